CREATE TABLE kept_answers (
	row_id TEXT NOT NULL,
	client TEXT NOT NULL,
	"key" TEXT NOT NULL,
	request_sha256 TEXT NOT NULL,
	status INTEGER NOT NULL,
	made_at TEXT NOT NULL,
	nonce TEXT NOT NULL,
	answer BLOB NOT NULL,
	PRIMARY KEY (row_id),
	UNIQUE (client, "key")
);

CREATE INDEX ix_kept_answers_made_at ON kept_answers (made_at);

CREATE TABLE tasks (
	task_id TEXT NOT NULL,
	client TEXT NOT NULL,
	operation TEXT NOT NULL,
	transaction_id TEXT NOT NULL,
	callback TEXT,
	priority INTEGER NOT NULL,
	state TEXT NOT NULL,
	failed BOOLEAN NOT NULL,
	attempts INTEGER NOT NULL CHECK (attempts >= 0),
	made_at TEXT NOT NULL,
	changed_at TEXT NOT NULL,
	nonce TEXT NOT NULL,
	asked BLOB,
	answer BLOB,
	PRIMARY KEY (task_id),
	CHECK (state IN ('PENDING', 'RESPONSE_SCHEDULED', 'RESPONSE_RETRY', 'RESPONSE_ERROR', 'COMPLETED')),
	CHECK ((state = 'PENDING') = (asked IS NOT NULL)),
	CHECK ((state = 'PENDING') = (answer IS NULL))
);

CREATE INDEX tasks_by_state ON tasks (state, changed_at);

CREATE INDEX tasks_unfinished ON tasks (priority, made_at, task_id) WHERE state <> 'COMPLETED' AND state <> 'RESPONSE_ERROR';

CREATE INDEX references_in_use ON biometric_references (encounter_id, retired_at) WHERE retired_at IS NULL;

CREATE TABLE drafts (
	row_id TEXT NOT NULL,
	draft_id TEXT NOT NULL,
	client TEXT NOT NULL,
	state TEXT NOT NULL,
	version INTEGER NOT NULL,
	person TEXT,
	encounter_id TEXT,
	created_at TEXT NOT NULL,
	updated_at TEXT NOT NULL,
	nonce TEXT NOT NULL,
	attributes TEXT NOT NULL,
	document TEXT NOT NULL,
	PRIMARY KEY (row_id),
	CHECK (state IN ('IN_PROGRESS', 'FINALIZED')),
	CHECK (encounter_id IS NULL OR state = 'FINALIZED'),
	UNIQUE (draft_id),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id)
);

CREATE INDEX drafts_of_client ON drafts (client, draft_id);

CREATE INDEX ix_drafts_encounter_id ON drafts (encounter_id);

CREATE TABLE encounter_documents (
	encounter_id TEXT NOT NULL,
	name TEXT NOT NULL,
	asked_name TEXT NOT NULL,
	request TEXT,
	in_use BOOLEAN NOT NULL,
	created_at TEXT NOT NULL,
	updated_at TEXT NOT NULL,
	nonce TEXT NOT NULL,
	document TEXT NOT NULL,
	PRIMARY KEY (encounter_id),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id),
	UNIQUE (request)
);

CREATE TABLE draft_buffers (
	buffer_id TEXT NOT NULL,
	draft_id TEXT NOT NULL,
	sha256 TEXT NOT NULL,
	media_type TEXT NOT NULL,
	size INTEGER NOT NULL,
	created_at TEXT NOT NULL,
	nonce TEXT NOT NULL,
	PRIMARY KEY (buffer_id),
	FOREIGN KEY(draft_id) REFERENCES drafts (draft_id)
);

CREATE INDEX ix_draft_buffers_draft_id ON draft_buffers (draft_id);

CREATE INDEX ix_draft_buffers_sha256 ON draft_buffers (sha256);
