CREATE TABLE kura_schema (
	version INTEGER NOT NULL,
	installed_at TEXT NOT NULL,
	PRIMARY KEY (version)
);

CREATE TABLE heads (
	id INTEGER NOT NULL CHECK (id = 1),
	change_sequence INTEGER NOT NULL,
	event_sequence INTEGER NOT NULL,
	event_digest TEXT NOT NULL,
	PRIMARY KEY (id)
);

CREATE TABLE subjects (
	subject_id TEXT NOT NULL,
	label TEXT NOT NULL,
	simulated BOOLEAN NOT NULL,
	created_at TEXT NOT NULL,
	PRIMARY KEY (subject_id),
	UNIQUE (label)
);

CREATE TABLE audit_events (
	sequence INTEGER NOT NULL,
	at TEXT NOT NULL,
	action TEXT NOT NULL,
	subject_id TEXT,
	details TEXT NOT NULL,
	previous TEXT NOT NULL,
	digest TEXT NOT NULL,
	PRIMARY KEY (sequence)
);

CREATE INDEX ix_audit_events_subject_id ON audit_events (subject_id);

CREATE TABLE encounters (
	encounter_id TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	status TEXT NOT NULL,
	recorded_at TEXT NOT NULL,
	policy_version TEXT NOT NULL,
	PRIMARY KEY (encounter_id),
	CHECK (status IN ('pending', 'active', 'retired')),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id)
);

CREATE INDEX encounters_pending ON encounters (encounter_id) WHERE status = 'pending';

CREATE INDEX ix_encounters_subject_id ON encounters (subject_id);

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
	simulated BOOLEAN NOT NULL,
	PRIMARY KEY (encounter_id, ordinal),
	CHECK (position IN ('unknown', 'right_thumb', 'right_index', 'right_middle', 'right_ring', 'right_little', 'left_thumb', 'left_index', 'left_middle', 'left_ring', 'left_little', 'face')),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id)
);

CREATE INDEX ix_samples_sha256 ON samples (sha256);

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
	template BLOB NOT NULL,
	PRIMARY KEY (reference_id),
	CHECK (position IN ('unknown', 'right_thumb', 'right_index', 'right_middle', 'right_ring', 'right_little', 'left_thumb', 'left_index', 'left_middle', 'left_ring', 'left_little', 'face')),
	UNIQUE (encounter_id, ordinal),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id)
);

CREATE TABLE changes (
	sequence INTEGER NOT NULL,
	kind TEXT NOT NULL,
	encounter_id TEXT NOT NULL,
	PRIMARY KEY (sequence),
	CHECK (kind IN ('added', 'retired')),
	UNIQUE (encounter_id, kind),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id)
);

CREATE TABLE cases (
	case_id TEXT NOT NULL,
	encounter_id TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	priority TEXT NOT NULL,
	status TEXT NOT NULL,
	reason TEXT NOT NULL,
	opened_at TEXT NOT NULL,
	PRIMARY KEY (case_id),
	CHECK (priority IN ('high', 'normal')),
	CHECK (status IN ('open', 'closed')),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id)
);

CREATE INDEX ix_cases_encounter_id ON cases (encounter_id);

CREATE INDEX ix_cases_subject_id ON cases (subject_id);

CREATE TABLE case_candidates (
	case_id TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	rank INTEGER NOT NULL,
	score FLOAT NOT NULL,
	scores TEXT NOT NULL,
	extrapolated BOOLEAN NOT NULL,
	PRIMARY KEY (case_id, subject_id),
	FOREIGN KEY(case_id) REFERENCES cases (case_id),
	FOREIGN KEY(subject_id) REFERENCES subjects (subject_id)
);

CREATE INDEX ix_case_candidates_subject_id ON case_candidates (subject_id);

CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events  BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END;

CREATE TRIGGER audit_events_no_insert BEFORE INSERT ON audit_events WHEN EXISTS (SELECT 1 FROM audit_events WHERE sequence = NEW.sequence) BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END;

CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events  BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END;

CREATE TRIGGER changes_no_delete BEFORE DELETE ON changes  BEGIN SELECT RAISE(ABORT, 'changes is append-only'); END;

CREATE TRIGGER changes_no_insert BEFORE INSERT ON changes WHEN EXISTS (SELECT 1 FROM changes WHERE sequence = NEW.sequence) BEGIN SELECT RAISE(ABORT, 'changes is append-only'); END;

CREATE TRIGGER changes_no_update BEFORE UPDATE ON changes  BEGIN SELECT RAISE(ABORT, 'changes is append-only'); END;

INSERT INTO heads (id, change_sequence, event_sequence, event_digest) VALUES (1, 0, 0, '0000000000000000000000000000000000000000000000000000000000000000');
