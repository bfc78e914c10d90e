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

CREATE TABLE notifications (
	notification_id TEXT NOT NULL,
	event TEXT NOT NULL,
	reference TEXT NOT NULL,
	state TEXT NOT NULL,
	attempts INTEGER NOT NULL CHECK (attempts >= 0),
	made_at TEXT NOT NULL,
	next_at TEXT NOT NULL,
	nonce TEXT NOT NULL,
	PRIMARY KEY (notification_id),
	CHECK (state IN ('waiting', 'delivered', 'abandoned'))
);

CREATE INDEX notifications_unsent ON notifications (next_at) WHERE state = 'waiting';

CREATE TABLE retention_runs (
	run_id TEXT NOT NULL,
	rule TEXT NOT NULL,
	ran_at TEXT NOT NULL,
	cutoff TEXT NOT NULL,
	removed TEXT NOT NULL,
	nonce TEXT NOT NULL,
	PRIMARY KEY (run_id)
);

CREATE INDEX retention_runs_of_rule ON retention_runs (rule, ran_at);

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

CREATE TABLE legal_holds (
	hold_id TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	placed_at TEXT NOT NULL,
	placed_by TEXT NOT NULL,
	until TEXT,
	lifted_at TEXT,
	lifted_by TEXT,
	nonce TEXT NOT NULL,
	reference TEXT,
	reason TEXT,
	lift_reason TEXT,
	PRIMARY KEY (hold_id),
	CHECK ((lifted_at IS NULL) = (lifted_by IS NULL)),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id)
);

CREATE INDEX ix_legal_holds_subject_id ON legal_holds (subject_id);

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

CREATE TABLE encounter_notices (
	encounter_id TEXT NOT NULL,
	notice TEXT NOT NULL,
	version TEXT NOT NULL,
	language TEXT NOT NULL,
	sha256 TEXT NOT NULL,
	given_at TEXT NOT NULL,
	given_by TEXT NOT NULL,
	nonce TEXT NOT NULL,
	PRIMARY KEY (encounter_id),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id)
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

CREATE TABLE rights_requests (
	request_id TEXT NOT NULL,
	subject_id TEXT,
	kind TEXT NOT NULL,
	state TEXT NOT NULL,
	received_at TEXT NOT NULL,
	received_by TEXT NOT NULL,
	identity_check TEXT NOT NULL,
	due_at TEXT NOT NULL,
	case_id TEXT,
	decision TEXT,
	answered_at TEXT,
	answered_by TEXT,
	approved_by TEXT,
	nonce TEXT NOT NULL,
	asked TEXT,
	answer TEXT,
	PRIMARY KEY (request_id),
	CHECK (kind IN ('access', 'rectification', 'lock', 'objection', 'erasure', 'explanation', 'contest')),
	CHECK (state IN ('received', 'answered')),
	CHECK (identity_check IN ('biometric', 'document', 'known_in_person', 'representative', 'guardian')),
	CHECK (decision IN ('granted', 'partly', 'refused', 'withdrawn')),
	CHECK ((state = 'answered') = (decision IS NOT NULL)),
	CHECK ((decision IS NULL) = (answered_at IS NULL) AND (decision IS NULL) = (answered_by IS NULL)),
	CHECK (approved_by <> answered_by),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id),
	FOREIGN KEY(case_id) REFERENCES cases (case_id)
);

CREATE INDEX ix_rights_requests_case_id ON rights_requests (case_id);

CREATE INDEX ix_rights_requests_subject_id ON rights_requests (subject_id);

CREATE INDEX rights_requests_waiting ON rights_requests (due_at) WHERE state = 'received';

CREATE TABLE erasures (
	erasure_id TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	request_id TEXT,
	state TEXT NOT NULL,
	basis TEXT NOT NULL,
	asked_at TEXT NOT NULL,
	asked_by TEXT NOT NULL,
	approved_by TEXT NOT NULL,
	subjects TEXT NOT NULL,
	encounters TEXT NOT NULL,
	removed TEXT NOT NULL,
	done_at TEXT,
	nonce TEXT NOT NULL,
	PRIMARY KEY (erasure_id),
	CHECK (state IN ('records_gone', 'files_gone', 'done')),
	CHECK (approved_by <> asked_by),
	CHECK ((state = 'done') = (done_at IS NOT NULL)),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id),
	FOREIGN KEY(request_id) REFERENCES rights_requests (request_id)
);

CREATE INDEX ix_erasures_request_id ON erasures (request_id);

CREATE INDEX ix_erasures_subject_id ON erasures (subject_id);

CREATE TABLE restrictions (
	restriction_id TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	kind TEXT NOT NULL,
	purpose TEXT,
	request_id TEXT,
	placed_at TEXT NOT NULL,
	placed_by TEXT NOT NULL,
	lifted_at TEXT,
	lifted_by TEXT,
	nonce TEXT NOT NULL,
	reason TEXT,
	lift_reason TEXT,
	PRIMARY KEY (restriction_id),
	CHECK (kind IN ('lock', 'objection')),
	CHECK ((kind = 'objection') = (purpose IS NOT NULL)),
	CHECK ((lifted_at IS NULL) = (lifted_by IS NULL)),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id),
	FOREIGN KEY(request_id) REFERENCES rights_requests (request_id)
);

CREATE INDEX ix_restrictions_request_id ON restrictions (request_id);

CREATE INDEX ix_restrictions_subject_id ON restrictions (subject_id);

CREATE INDEX restrictions_standing ON restrictions (subject_id) WHERE lifted_at IS NULL;
