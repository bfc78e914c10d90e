CREATE TABLE audit_anchors (
	number BIGINT NOT NULL,
	size BIGINT NOT NULL,
	at TEXT NOT NULL,
	line TEXT NOT NULL,
	delivered_at TEXT,
	PRIMARY KEY (number)
);

CREATE INDEX audit_anchors_undelivered ON audit_anchors (number) WHERE delivered_at IS NULL;

CREATE TABLE audit_events (
	sequence BIGINT NOT NULL,
	at TEXT NOT NULL,
	action TEXT NOT NULL,
	subject_id TEXT,
	details TEXT NOT NULL,
	actor TEXT,
	role TEXT,
	post TEXT,
	station TEXT,
	purpose TEXT,
	client TEXT,
	route TEXT,
	scope TEXT,
	digest TEXT NOT NULL,
	PRIMARY KEY (sequence),
	CHECK (role IN ('operator', 'supervisor', 'examiner', 'system'))
);

CREATE INDEX audit_events_about ON audit_events (subject_id, sequence);

CREATE INDEX audit_events_by_action ON audit_events (action, sequence);

CREATE INDEX audit_events_by_actor ON audit_events (actor, sequence);

CREATE TABLE audit_subtrees (
	height INTEGER NOT NULL,
	position BIGINT NOT NULL,
	digest TEXT NOT NULL,
	PRIMARY KEY (height, position)
);

CREATE TABLE counters (
	scope TEXT NOT NULL,
	grain TEXT NOT NULL,
	period TEXT NOT NULL,
	measure TEXT NOT NULL,
	gallery TEXT NOT NULL,
	post TEXT NOT NULL,
	station TEXT NOT NULL,
	operator TEXT NOT NULL,
	number BIGINT NOT NULL,
	seconds FLOAT NOT NULL,
	PRIMARY KEY (scope, grain, period, measure, gallery, post, station, operator),
	CHECK (scope IN ('everybody', 'post', 'operator')),
	CHECK (grain IN ('day', 'month', 'year'))
);

CREATE INDEX counters_of_operator ON counters (operator, grain, period);

CREATE INDEX counters_of_post ON counters (post, scope, grain, period);

CREATE TABLE data_keys (
	owner_id TEXT NOT NULL,
	root_generation INTEGER NOT NULL,
	wrapped BYTEA NOT NULL,
	PRIMARY KEY (owner_id)
);

CREATE INDEX ix_data_keys_root_generation ON data_keys (root_generation);

CREATE TABLE examiners (
	examiner TEXT NOT NULL,
	seed TEXT NOT NULL,
	handed INTEGER NOT NULL,
	PRIMARY KEY (examiner)
);

CREATE TABLE galleries (
	gallery_id TEXT NOT NULL,
	purpose TEXT NOT NULL,
	created_at TEXT NOT NULL,
	PRIMARY KEY (gallery_id)
);

CREATE TABLE heads (
	id INTEGER NOT NULL CHECK (id = 1),
	change_sequence BIGINT NOT NULL,
	event_sequence BIGINT NOT NULL,
	event_digest TEXT NOT NULL,
	event_at TEXT,
	frontier TEXT NOT NULL,
	log_id TEXT NOT NULL,
	event_mac TEXT NOT NULL,
	PRIMARY KEY (id)
);

CREATE TABLE installation_keys (
	name TEXT NOT NULL,
	generation INTEGER NOT NULL,
	kek_id TEXT NOT NULL,
	root_generation INTEGER NOT NULL,
	wrapped BYTEA NOT NULL,
	made_at TEXT NOT NULL,
	PRIMARY KEY (name, generation, kek_id)
);

CREATE TABLE kept_answers (
	row_id TEXT NOT NULL,
	client TEXT NOT NULL,
	key BYTEA NOT NULL,
	key_token TEXT NOT NULL,
	request_sha256 BYTEA NOT NULL,
	status INTEGER NOT NULL,
	made_at TEXT NOT NULL,
	nonce BYTEA NOT NULL,
	answer BYTEA NOT NULL,
	PRIMARY KEY (row_id),
	UNIQUE (client, key_token)
);

CREATE INDEX ix_kept_answers_made_at ON kept_answers (made_at);

CREATE TABLE kept_files (
	owner_id TEXT NOT NULL,
	sha256 TEXT NOT NULL,
	file TEXT NOT NULL,
	file_key BYTEA NOT NULL,
	PRIMARY KEY (owner_id, sha256)
);

CREATE INDEX ix_kept_files_file ON kept_files (file);

CREATE INDEX ix_kept_files_sha256 ON kept_files (sha256);

CREATE TABLE kura_schema (
	version INTEGER NOT NULL,
	installed_at TEXT NOT NULL,
	PRIMARY KEY (version)
);

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

CREATE TABLE signing_keys (
	key_id TEXT NOT NULL,
	purpose TEXT NOT NULL,
	algorithm TEXT NOT NULL,
	level TEXT NOT NULL,
	public_key TEXT NOT NULL,
	held TEXT NOT NULL,
	made_at TEXT NOT NULL,
	ended_at TEXT,
	ending TEXT,
	PRIMARY KEY (key_id),
	CHECK (purpose IN ('anchors', 'callbacks', 'cards', 'exports', 'receipts')),
	CHECK (algorithm IN ('EdDSA', 'ES256', 'PS256', 'RS256')),
	CHECK (level IN ('simple', 'advanced')),
	CHECK (ending IN ('replaced', 'compromised')),
	CHECK ((ended_at IS NULL) = (ending IS NULL))
);

CREATE UNIQUE INDEX signing_keys_in_use ON signing_keys (purpose) WHERE ended_at IS NULL;

CREATE TABLE subjects (
	subject_id TEXT NOT NULL,
	label BYTEA,
	label_token TEXT,
	simulated BOOLEAN NOT NULL,
	created_at TEXT NOT NULL,
	status TEXT DEFAULT 'active' NOT NULL,
	merged_into TEXT,
	PRIMARY KEY (subject_id),
	CHECK (status IN ('active', 'inactive', 'deceased', 'merged', 'purged')),
	CHECK ((label IS NULL) = (label_token IS NULL)),
	CHECK ((merged_into IS NOT NULL) = (status = 'merged')),
	UNIQUE (label_token),
	FOREIGN KEY(merged_into) REFERENCES subjects (subject_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_subjects_merged_into ON subjects (merged_into);

CREATE TABLE tasks (
	task_id TEXT NOT NULL,
	client TEXT NOT NULL,
	operation TEXT NOT NULL,
	transaction_id BYTEA NOT NULL,
	callback BYTEA,
	priority INTEGER NOT NULL,
	state TEXT NOT NULL,
	failed BOOLEAN NOT NULL,
	attempts INTEGER NOT NULL CHECK (attempts >= 0),
	made_at TEXT NOT NULL,
	changed_at TEXT NOT NULL,
	nonce BYTEA NOT NULL,
	asked BYTEA,
	answer BYTEA,
	PRIMARY KEY (task_id),
	CHECK (state IN ('PENDING', 'RESPONSE_SCHEDULED', 'RESPONSE_RETRY', 'RESPONSE_ERROR', 'COMPLETED')),
	CHECK ((state = 'PENDING') = (asked IS NOT NULL)),
	CHECK ((state = 'PENDING') = (answer IS NULL))
);

CREATE INDEX tasks_by_state ON tasks (state, changed_at);

CREATE INDEX tasks_unfinished ON tasks (priority, made_at, task_id) WHERE state <> 'COMPLETED' AND state <> 'RESPONSE_ERROR';

CREATE TABLE totals (
	table_name TEXT NOT NULL,
	row_count BIGINT NOT NULL,
	PRIMARY KEY (table_name)
);

CREATE TABLE encounters (
	encounter_id TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	status TEXT NOT NULL,
	recorded_at TEXT NOT NULL,
	policy_version TEXT NOT NULL,
	operator TEXT,
	station TEXT,
	post TEXT,
	appointment BYTEA,
	receipt BYTEA,
	purpose TEXT,
	receipt_token TEXT,
	purged_at TEXT,
	PRIMARY KEY (encounter_id),
	CHECK (status IN ('pending', 'active', 'rejected', 'retired')),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id),
	UNIQUE (receipt_token)
);

CREATE INDEX encounters_pending ON encounters (encounter_id) WHERE status = 'pending';

CREATE INDEX ix_encounters_subject_id ON encounters (subject_id);

CREATE TABLE guardians (
	guardian_id TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	relation TEXT NOT NULL,
	guardian_subject_id TEXT,
	name BYTEA,
	document_number BYTEA,
	recorded_at TEXT NOT NULL,
	actor TEXT NOT NULL,
	reason BYTEA NOT NULL,
	ended_at TEXT,
	end_reason BYTEA,
	nonce BYTEA NOT NULL,
	PRIMARY KEY (guardian_id),
	CHECK (relation IN ('parent', 'tutor', 'other')),
	CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id),
	FOREIGN KEY(guardian_subject_id) REFERENCES subjects (subject_id)
);

CREATE INDEX ix_guardians_guardian_subject_id ON guardians (guardian_subject_id);

CREATE INDEX ix_guardians_subject_id ON guardians (subject_id);

CREATE TABLE identifiers (
	identifier_id TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	scheme TEXT NOT NULL,
	value BYTEA NOT NULL,
	value_token TEXT NOT NULL,
	kind TEXT NOT NULL,
	valid_from TEXT NOT NULL,
	actor TEXT NOT NULL,
	reason BYTEA NOT NULL,
	ended_at TEXT,
	end_reason BYTEA,
	nonce BYTEA NOT NULL,
	PRIMARY KEY (identifier_id),
	CHECK (scheme IN ('nina', 'passport', 'id_card', 'consular_card', 'birth_act', 'foreign', 'other', 'simulated')),
	CHECK (kind IN ('permanent', 'temporary', 'none')),
	CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id)
);

CREATE INDEX identifiers_by_value ON identifiers (value_token);

CREATE UNIQUE INDEX identifiers_held ON identifiers (scheme, value_token) WHERE ended_at IS NULL;

CREATE INDEX ix_identifiers_subject_id ON identifiers (subject_id);

CREATE TABLE imports (
	import_id TEXT NOT NULL,
	source TEXT NOT NULL,
	sha256 TEXT NOT NULL,
	gallery TEXT NOT NULL,
	phase TEXT NOT NULL,
	line INTEGER NOT NULL,
	bytes_read BIGINT NOT NULL,
	added INTEGER NOT NULL,
	completed INTEGER NOT NULL,
	skipped INTEGER NOT NULL,
	refused INTEGER NOT NULL,
	encounters INTEGER NOT NULL,
	links INTEGER NOT NULL,
	report TEXT NOT NULL,
	report_bytes BIGINT NOT NULL,
	begun_at TEXT NOT NULL,
	changed_at TEXT NOT NULL,
	PRIMARY KEY (import_id),
	CHECK (phase IN ('persons', 'links', 'finished')),
	UNIQUE (sha256),
	FOREIGN KEY(gallery) REFERENCES galleries (gallery_id)
);

CREATE INDEX ix_imports_source ON imports (source);

CREATE TABLE legal_holds (
	hold_id TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	placed_at TEXT NOT NULL,
	placed_by TEXT NOT NULL,
	until TEXT,
	lifted_at TEXT,
	lifted_by TEXT,
	nonce BYTEA,
	reference BYTEA,
	reason BYTEA,
	lift_reason BYTEA,
	PRIMARY KEY (hold_id),
	CHECK ((lifted_at IS NULL) = (lifted_by IS NULL)),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id)
);

CREATE INDEX ix_legal_holds_subject_id ON legal_holds (subject_id);

CREATE TABLE person_search (
	family_key BYTEA NOT NULL,
	given_key BYTEA NOT NULL,
	family_spelling BYTEA NOT NULL,
	given_spelling BYTEA NOT NULL,
	galleries TEXT NOT NULL,
	birth_rank INTEGER NOT NULL,
	born_from TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	PRIMARY KEY (family_key, given_key, family_spelling, given_spelling, galleries, birth_rank, born_from, subject_id),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id)
);

CREATE INDEX ix_person_search_subject_id ON person_search (subject_id);

CREATE TABLE biometric_references (
	reference_id TEXT NOT NULL,
	encounter_id TEXT NOT NULL,
	ordinal INTEGER NOT NULL,
	position TEXT NOT NULL,
	algorithm TEXT NOT NULL,
	version TEXT NOT NULL,
	model_id TEXT GENERATED ALWAYS AS (algorithm || '/' || version) STORED,
	metric TEXT NOT NULL,
	dimension INTEGER NOT NULL,
	simulated BOOLEAN NOT NULL,
	sample_sha256 TEXT,
	template BYTEA NOT NULL,
	added_at BIGINT NOT NULL,
	retired_at BIGINT,
	PRIMARY KEY (reference_id),
	CHECK (position IN ('unknown', 'right_thumb', 'right_index', 'right_middle', 'right_ring', 'right_little', 'left_thumb', 'left_index', 'left_middle', 'left_ring', 'left_little', 'face')),
	UNIQUE (encounter_id, added_at, ordinal),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id)
);

CREATE INDEX references_in_use ON biometric_references (encounter_id, retired_at) WHERE retired_at IS NULL;

CREATE TABLE capture_exceptions (
	encounter_id TEXT NOT NULL,
	position TEXT NOT NULL,
	reason TEXT NOT NULL,
	presence TEXT NOT NULL,
	photo_sha256 TEXT,
	without_photo BYTEA,
	operator TEXT NOT NULL,
	approver TEXT NOT NULL,
	recorded_at TEXT NOT NULL,
	nonce BYTEA NOT NULL,
	PRIMARY KEY (encounter_id, position),
	CHECK (position IN ('unknown', 'right_thumb', 'right_index', 'right_middle', 'right_ring', 'right_little', 'left_thumb', 'left_index', 'left_middle', 'left_ring', 'left_little', 'face')),
	CHECK (reason IN ('missing', 'amputated', 'bandaged', 'worn', 'henna', 'child', 'unable', 'other')),
	CHECK (presence IN ('permanent', 'temporary')),
	CHECK ((photo_sha256 IS NULL) = (without_photo IS NOT NULL)),
	CHECK (operator <> approver),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id)
);

CREATE INDEX capture_exceptions_of_operator ON capture_exceptions (operator);

CREATE INDEX ix_capture_exceptions_photo_sha256 ON capture_exceptions (photo_sha256);

CREATE TABLE cases (
	case_id TEXT NOT NULL,
	encounter_id TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	priority TEXT NOT NULL,
	status TEXT NOT NULL,
	reason TEXT NOT NULL,
	opened_at TEXT NOT NULL,
	kind TEXT DEFAULT 'question' NOT NULL,
	post TEXT,
	evidence TEXT DEFAULT '{}' NOT NULL,
	assigned_to TEXT,
	assigned_until TEXT,
	round INTEGER DEFAULT '1' NOT NULL,
	closed_at TEXT,
	outcome TEXT,
	effects TEXT DEFAULT '{}' NOT NULL,
	PRIMARY KEY (case_id),
	CHECK (priority IN ('high', 'normal')),
	CHECK (status IN ('open', 'awaiting_second', 'disputed', 'closed')),
	CHECK (kind IN ('question', 'seeded')),
	CHECK (outcome IN ('same_person', 'fraud', 'different_persons', 'twin_or_relative', 'data_error', 'insufficient_quality', 'unfounded')),
	CHECK ((assigned_to IS NULL) = (assigned_until IS NULL)),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id)
);

CREATE INDEX cases_assigned ON cases (assigned_to);

CREATE INDEX cases_backlog ON cases (post, priority, opened_at) WHERE status <> 'closed' AND kind = 'question';

CREATE INDEX cases_waiting ON cases (priority, opened_at, case_id) WHERE status <> 'closed' AND kind = 'question';

CREATE INDEX ix_cases_encounter_id ON cases (encounter_id);

CREATE INDEX ix_cases_subject_id ON cases (subject_id);

CREATE TABLE changes (
	sequence BIGINT NOT NULL,
	kind TEXT NOT NULL,
	encounter_id TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	galleries TEXT NOT NULL,
	from_subject_id TEXT,
	from_galleries TEXT,
	PRIMARY KEY (sequence),
	CHECK (kind IN ('added', 'retired', 'moved')),
	CHECK ((kind = 'moved') = (from_subject_id IS NOT NULL)),
	CHECK ((from_subject_id IS NULL) = (from_galleries IS NULL)),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id),
	FOREIGN KEY(from_subject_id) REFERENCES subjects (subject_id)
);

CREATE INDEX ix_changes_encounter_id ON changes (encounter_id);

CREATE TABLE drafts (
	row_id TEXT NOT NULL,
	draft_id BYTEA NOT NULL,
	draft_token TEXT NOT NULL,
	client TEXT NOT NULL,
	state TEXT NOT NULL,
	version INTEGER NOT NULL,
	person BYTEA,
	encounter_id TEXT,
	created_at TEXT NOT NULL,
	updated_at TEXT NOT NULL,
	nonce BYTEA NOT NULL,
	attributes BYTEA NOT NULL,
	document BYTEA NOT NULL,
	PRIMARY KEY (row_id),
	CHECK (state IN ('IN_PROGRESS', 'FINALIZED')),
	CHECK (encounter_id IS NULL OR state = 'FINALIZED'),
	UNIQUE (draft_token),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id)
);

CREATE INDEX drafts_of_client ON drafts (client, draft_token);

CREATE INDEX ix_drafts_encounter_id ON drafts (encounter_id);

CREATE TABLE encounter_documents (
	encounter_id TEXT NOT NULL,
	name BYTEA NOT NULL,
	name_token TEXT NOT NULL,
	asked_name BYTEA NOT NULL,
	request BYTEA,
	request_token TEXT,
	in_use BOOLEAN NOT NULL,
	created_at TEXT NOT NULL,
	updated_at TEXT NOT NULL,
	nonce BYTEA NOT NULL,
	document BYTEA NOT NULL,
	PRIMARY KEY (encounter_id),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id),
	UNIQUE (request_token)
);

CREATE TABLE encounter_galleries (
	encounter_id TEXT NOT NULL,
	gallery_id TEXT NOT NULL,
	PRIMARY KEY (encounter_id, gallery_id),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id),
	FOREIGN KEY(gallery_id) REFERENCES galleries (gallery_id)
);

CREATE INDEX ix_encounter_galleries_gallery_id ON encounter_galleries (gallery_id);

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

CREATE TABLE evidence (
	evidence_id TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	encounter_id TEXT,
	type TEXT NOT NULL,
	number BYTEA,
	issued_by BYTEA,
	issued_on BYTEA NOT NULL,
	provisional BOOLEAN NOT NULL,
	scan_sha256 TEXT,
	recorded_at TEXT NOT NULL,
	actor TEXT NOT NULL,
	replaced_by TEXT,
	nonce BYTEA NOT NULL,
	PRIMARY KEY (evidence_id),
	CHECK (type IN ('birth_act', 'jugement_suppletif', 'acte_de_notoriete', 'fiche_individuelle', 'recepisse', 'passport', 'id_card', 'other')),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id),
	FOREIGN KEY(replaced_by) REFERENCES evidence (evidence_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_evidence_encounter_id ON evidence (encounter_id);

CREATE INDEX ix_evidence_replaced_by ON evidence (replaced_by);

CREATE INDEX ix_evidence_scan_sha256 ON evidence (scan_sha256);

CREATE INDEX ix_evidence_subject_id ON evidence (subject_id);

CREATE TABLE imported_persons (
	subject_id TEXT NOT NULL,
	import_id TEXT NOT NULL,
	line INTEGER NOT NULL,
	sha256 TEXT NOT NULL,
	PRIMARY KEY (subject_id),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id),
	FOREIGN KEY(import_id) REFERENCES imports (import_id)
);

CREATE INDEX ix_imported_persons_import_id ON imported_persons (import_id);

CREATE TABLE person_versions (
	subject_id TEXT NOT NULL,
	version INTEGER NOT NULL,
	recorded_at TEXT NOT NULL,
	actor TEXT NOT NULL,
	reason BYTEA NOT NULL,
	content BYTEA NOT NULL,
	encounter_id TEXT,
	nonce BYTEA NOT NULL,
	PRIMARY KEY (subject_id, version),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id)
);

CREATE INDEX ix_person_versions_encounter_id ON person_versions (encounter_id);

CREATE TABLE samples (
	encounter_id TEXT NOT NULL,
	ordinal INTEGER NOT NULL,
	sha256 TEXT NOT NULL,
	position TEXT NOT NULL,
	ppi FLOAT,
	captured_at TEXT NOT NULL,
	quality INTEGER NOT NULL,
	quality_algorithm TEXT NOT NULL,
	quality_components TEXT NOT NULL,
	pad TEXT DEFAULT '{"algorithm":"not evaluated","reason":"not recorded","score":null,"threshold":null}' NOT NULL,
	simulated BOOLEAN NOT NULL,
	unextracted TEXT,
	PRIMARY KEY (encounter_id, ordinal),
	CHECK (position IN ('unknown', 'right_thumb', 'right_index', 'right_middle', 'right_ring', 'right_little', 'left_thumb', 'left_index', 'left_middle', 'left_ring', 'left_little', 'face')),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id)
);

CREATE INDEX ix_samples_sha256 ON samples (sha256);

CREATE INDEX samples_unextracted ON samples (unextracted, encounter_id) WHERE unextracted IS NOT NULL;

CREATE TABLE waiting_receipts (
	encounter_id TEXT NOT NULL,
	since TEXT NOT NULL,
	PRIMARY KEY (encounter_id),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id)
);

CREATE TABLE case_candidates (
	case_id TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	rank INTEGER NOT NULL,
	score FLOAT NOT NULL,
	scores TEXT NOT NULL,
	extrapolated BOOLEAN NOT NULL,
	fmrs TEXT DEFAULT '{}' NOT NULL,
	PRIMARY KEY (case_id, subject_id),
	FOREIGN KEY(case_id) REFERENCES cases (case_id),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id)
);

CREATE INDEX ix_case_candidates_subject_id ON case_candidates (subject_id);

CREATE TABLE case_reopenings (
	case_id TEXT NOT NULL,
	round INTEGER NOT NULL,
	actor TEXT NOT NULL,
	contested BOOLEAN NOT NULL,
	reason BYTEA NOT NULL,
	reopened_at TEXT NOT NULL,
	PRIMARY KEY (case_id, round),
	FOREIGN KEY(case_id) REFERENCES cases (case_id)
);

CREATE TABLE case_seeds (
	case_id TEXT NOT NULL,
	candidate_encounter_id TEXT NOT NULL,
	same_person BOOLEAN NOT NULL,
	PRIMARY KEY (case_id),
	FOREIGN KEY(case_id) REFERENCES cases (case_id),
	FOREIGN KEY(candidate_encounter_id) REFERENCES encounters (encounter_id)
);

CREATE TABLE case_verdicts (
	case_id TEXT NOT NULL,
	ordinal INTEGER NOT NULL,
	round INTEGER NOT NULL,
	examiner TEXT NOT NULL,
	outcome TEXT NOT NULL,
	candidate_id TEXT,
	reason BYTEA NOT NULL,
	given_at TEXT NOT NULL,
	PRIMARY KEY (case_id, ordinal),
	CHECK (outcome IN ('same_person', 'fraud', 'different_persons', 'twin_or_relative', 'data_error', 'insufficient_quality', 'unfounded')),
	FOREIGN KEY(case_id) REFERENCES cases (case_id),
	FOREIGN KEY(candidate_id) REFERENCES subjects (subject_id)
);

CREATE UNIQUE INDEX case_verdicts_of_examiner ON case_verdicts (examiner, case_id);

CREATE TABLE decided_pairs (
	subject_a TEXT NOT NULL,
	subject_b TEXT NOT NULL,
	case_id TEXT NOT NULL,
	outcome TEXT NOT NULL,
	change BIGINT NOT NULL,
	PRIMARY KEY (subject_a, subject_b, case_id),
	CHECK (outcome IN ('same_person', 'fraud', 'different_persons', 'twin_or_relative', 'data_error', 'insufficient_quality', 'unfounded')),
	CHECK (subject_a < subject_b),
	FOREIGN KEY(subject_a) REFERENCES subjects (subject_id),
	FOREIGN KEY(subject_b) REFERENCES subjects (subject_id),
	FOREIGN KEY(case_id) REFERENCES cases (case_id)
);

CREATE INDEX ix_decided_pairs_case_id ON decided_pairs (case_id);

CREATE INDEX ix_decided_pairs_subject_b ON decided_pairs (subject_b);

CREATE TABLE draft_buffers (
	buffer_id TEXT NOT NULL,
	draft_row TEXT NOT NULL,
	draft_id BYTEA NOT NULL,
	sha256 TEXT NOT NULL,
	media_type TEXT NOT NULL,
	size INTEGER NOT NULL,
	created_at TEXT NOT NULL,
	nonce BYTEA NOT NULL,
	PRIMARY KEY (buffer_id),
	FOREIGN KEY(draft_row) REFERENCES drafts (row_id)
);

CREATE INDEX ix_draft_buffers_draft_row ON draft_buffers (draft_row);

CREATE INDEX ix_draft_buffers_sha256 ON draft_buffers (sha256);

CREATE TABLE encounter_moves (
	change BIGINT NOT NULL,
	reason BYTEA NOT NULL,
	actor TEXT NOT NULL,
	moved_at TEXT NOT NULL,
	PRIMARY KEY (change),
	FOREIGN KEY(change) REFERENCES changes (sequence)
);

CREATE TABLE life_events (
	event_id TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	kind TEXT NOT NULL,
	date BYTEA NOT NULL,
	evidence_id TEXT,
	recorded_at TEXT NOT NULL,
	actor TEXT NOT NULL,
	reason BYTEA NOT NULL,
	annulled_at TEXT,
	annulled_by TEXT,
	annulment_reason BYTEA,
	nonce BYTEA NOT NULL,
	PRIMARY KEY (event_id),
	CHECK (kind IN ('death', 'inactive', 'active')),
	CHECK ((annulled_at IS NULL) = (annulled_by IS NULL) AND (annulled_at IS NULL) = (annulment_reason IS NULL)),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id),
	FOREIGN KEY(evidence_id) REFERENCES evidence (evidence_id)
);

CREATE INDEX ix_life_events_evidence_id ON life_events (evidence_id);

CREATE INDEX ix_life_events_subject_id ON life_events (subject_id);

CREATE TABLE merges (
	merge_id TEXT NOT NULL,
	source_id TEXT NOT NULL,
	into_id TEXT NOT NULL,
	source_status TEXT NOT NULL,
	reason BYTEA NOT NULL,
	actor TEXT NOT NULL,
	case_id TEXT,
	merged_at TEXT NOT NULL,
	undone_reason BYTEA,
	undone_by TEXT,
	undone_at TEXT,
	PRIMARY KEY (merge_id),
	CHECK (source_status IN ('active', 'inactive', 'deceased', 'merged', 'purged')),
	CHECK (source_id <> into_id),
	CHECK ((undone_at IS NULL) = (undone_by IS NULL) AND (undone_at IS NULL) = (undone_reason IS NULL)),
	FOREIGN KEY(source_id) REFERENCES subjects (subject_id),
	FOREIGN KEY(into_id) REFERENCES subjects (subject_id),
	FOREIGN KEY(case_id) REFERENCES cases (case_id)
);

CREATE INDEX ix_merges_case_id ON merges (case_id);

CREATE INDEX ix_merges_into_id ON merges (into_id);

CREATE INDEX merges_of_source ON merges (source_id);

CREATE UNIQUE INDEX merges_standing ON merges (source_id) WHERE undone_at IS NULL;

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
	nonce BYTEA,
	asked BYTEA,
	answer BYTEA,
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

CREATE TABLE staged_references (
	replaces TEXT NOT NULL,
	model_id TEXT NOT NULL,
	reference_id TEXT,
	template BYTEA,
	failure TEXT,
	PRIMARY KEY (replaces),
	CHECK ((template IS NULL) = (reference_id IS NULL) AND (template IS NULL) = (failure IS NOT NULL)),
	FOREIGN KEY(replaces) REFERENCES biometric_references (reference_id),
	UNIQUE (reference_id)
);

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
	files TEXT NOT NULL,
	removed TEXT NOT NULL,
	done_at TEXT,
	nonce TEXT NOT NULL,
	PRIMARY KEY (erasure_id),
	CHECK (state IN ('accepted', 'records_gone', 'files_gone', 'done')),
	CHECK (approved_by <> asked_by),
	CHECK ((state = 'done') = (done_at IS NOT NULL)),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id),
	FOREIGN KEY(request_id) REFERENCES rights_requests (request_id)
);

CREATE INDEX ix_erasures_request_id ON erasures (request_id);

CREATE INDEX ix_erasures_subject_id ON erasures (subject_id);

CREATE TABLE merge_encounters (
	merge_id TEXT NOT NULL,
	encounter_id TEXT NOT NULL,
	ordinal INTEGER NOT NULL,
	PRIMARY KEY (merge_id, encounter_id),
	FOREIGN KEY(merge_id) REFERENCES merges (merge_id),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id)
);

CREATE INDEX ix_merge_encounters_encounter_id ON merge_encounters (encounter_id);

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
	nonce BYTEA,
	reason BYTEA,
	lift_reason BYTEA,
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

CREATE FUNCTION changes_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'changes is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$;

CREATE TRIGGER changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON changes FOR EACH STATEMENT EXECUTE FUNCTION changes_append_only();

CREATE FUNCTION audit_events_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'audit_events is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$;

CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION audit_events_append_only();
