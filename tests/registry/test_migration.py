"""A registry of an older version is brought to this one whole, in one transaction, and is the same registry."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection

import registry.migration
from biometrics.cases import CaseStatus
from biometrics.positions import Modality
from biometrics.records import PAD_NOT_RECORDED, EncounterStatus
from registry.schema import SCHEMA_VERSION
from registry.store import Registry
from tests.registry.people import enroll

OLD = Path(__file__).resolve().parents[1] / "golden" / "registry_v1.sql"


@pytest.fixture
def old_home(home: Path) -> Path:
    with Registry.open(home) as newer:
        for label in ("first", "second", "third"):
            for kind in ("print", "face"):
                newer.keep_sample(f"{kind} of {label}".encode())
    for path in (home / "registry").glob("registry.db*"):
        path.unlink()
    with sqlite3.connect(home / "registry" / "registry.db") as raw:
        raw.executescript(OLD.read_text())
    raw.close()
    return home


def schema(home: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(home / "registry" / "registry.db") as raw:
        found = raw.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").fetchall()
    raw.close()
    return [(name, " ".join(sql.replace('"', "").split())) for name, sql in found]


def test_an_old_registry_is_the_same_afterwards(old_home: Path) -> None:
    with Registry.open(old_home) as migrated:
        assert migrated.check() == []
        assert [subject.label for subject in migrated.subjects()] == ["first", "second", "third"]
        statuses = [migrated.encounters(subject.subject_id)[0].status for subject in migrated.subjects()]
        assert statuses == [EncounterStatus.ACTIVE, EncounterStatus.RETIRED, EncounterStatus.PENDING]
        counts = [len(migrated.references(subject.subject_id)) for subject in migrated.subjects()]
        assert counts == [2, 0, 2]
        assert len(migrated.cases(CaseStatus.OPEN)) == 1
        assert migrated.active_subjects() == 2
        assert [(use.modality, use.references) for use in migrated.models_in_use()] == [
            (Modality.FINGER, 2),
            (Modality.FACE, 2),
        ]
        sample = migrated.encounters(migrated.subjects()[0].subject_id)[0].samples[1]
        assert sample.pad == PAD_NOT_RECORDED
        assert enroll(migrated, "fourth", 4) and migrated.check() == []
    with Registry.open(old_home, create=False) as again:
        assert len(again.subjects()) == 4


def test_a_migrated_registry_has_the_tables_of_a_new_one(old_home: Path, tmp_path: Path) -> None:
    Registry.open(old_home).close()
    Registry.open(tmp_path / "new").close()
    migrated, new = dict(schema(old_home)), dict(schema(tmp_path / "new"))
    assert migrated.keys() == new.keys()
    differing = [name for name in new if migrated[name] != new[name]]
    assert differing == ["samples"]  # SQLite appends a column behind the constraints
    with sqlite3.connect(old_home / "registry" / "registry.db") as raw:
        assert raw.execute("SELECT max(version) FROM kura_schema").fetchone() == (SCHEMA_VERSION,)
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute("DELETE FROM changes")
    raw.close()


def test_an_interrupted_migration_leaves_the_old_registry(old_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = schema(old_home)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(registry.migration, "append_only", fail)
        with pytest.raises(KeyboardInterrupt):
            Registry.open(old_home)
    assert schema(old_home) == before
    with Registry.open(old_home) as migrated:
        assert migrated.check() == []


def test_two_processes_migrate_once(old_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    migrate = registry.migration.migrate

    def counted(connection: Connection, version: int) -> None:
        calls.append(version)
        migrate(connection, version)

    monkeypatch.setattr("registry.database.migrate", counted)
    with Registry.open(old_home), Registry.open(old_home):
        pass
    assert calls == [1]
