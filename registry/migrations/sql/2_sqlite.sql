ALTER TABLE samples ADD COLUMN pad TEXT NOT NULL DEFAULT '{"algorithm":"not evaluated","reason":"not recorded","score":null,"threshold":null}';

ALTER TABLE biometric_references RENAME TO old;

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
	added_at INTEGER NOT NULL,
	retired_at INTEGER,
	PRIMARY KEY (reference_id),
	CHECK (position IN ('unknown', 'right_thumb', 'right_index', 'right_middle', 'right_ring', 'right_little', 'left_thumb', 'left_index', 'left_middle', 'left_ring', 'left_little', 'face')),
	UNIQUE (encounter_id, added_at, ordinal),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id)
);

INSERT INTO biometric_references (reference_id, encounter_id, ordinal, position, algorithm, version, metric, dimension, simulated, sample_sha256, template, added_at, retired_at)
SELECT reference_id, encounter_id, ordinal, position, algorithm, version, metric, dimension, simulated, sample_sha256, template,
	(SELECT sequence FROM changes WHERE changes.encounter_id = old.encounter_id AND changes.kind = 'added'),
	(SELECT sequence FROM changes WHERE changes.encounter_id = old.encounter_id AND changes.kind = 'retired')
FROM old;

DROP TABLE old;

ALTER TABLE changes RENAME TO old;

CREATE TABLE changes (
	sequence INTEGER NOT NULL,
	kind TEXT NOT NULL,
	encounter_id TEXT NOT NULL,
	PRIMARY KEY (sequence),
	CHECK (kind IN ('added', 'retired')),
	FOREIGN KEY(encounter_id) REFERENCES encounters (encounter_id)
);

INSERT INTO changes (sequence, kind, encounter_id) SELECT sequence, kind, encounter_id FROM old;

DROP TABLE old;

CREATE INDEX ix_changes_encounter_id ON changes (encounter_id);

CREATE TRIGGER changes_no_update BEFORE UPDATE ON changes  BEGIN SELECT RAISE(ABORT, 'changes is append-only'); END;

CREATE TRIGGER changes_no_delete BEFORE DELETE ON changes  BEGIN SELECT RAISE(ABORT, 'changes is append-only'); END;

CREATE TRIGGER changes_no_insert BEFORE INSERT ON changes WHEN EXISTS (SELECT 1 FROM changes WHERE sequence = NEW.sequence) BEGIN SELECT RAISE(ABORT, 'changes is append-only'); END;

CREATE TABLE staged_references (
	replaces TEXT NOT NULL,
	model_id TEXT NOT NULL,
	reference_id TEXT,
	template BLOB,
	failure TEXT,
	PRIMARY KEY (replaces),
	CHECK ((template IS NULL) = (reference_id IS NULL) AND (template IS NULL) = (failure IS NOT NULL)),
	FOREIGN KEY(replaces) REFERENCES biometric_references (reference_id),
	UNIQUE (reference_id)
);
