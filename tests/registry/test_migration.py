"""A registry of an older version is brought to this one when asked, whole, in one transaction, and is the same."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from biometrics.cases import CaseStatus
from biometrics.errors import RecordError, RecordNotFoundError, RecordVersionError, StorageError
from biometrics.positions import Modality
from biometrics.records import PAD_NOT_RECORDED, Actor, EncounterStatus
from registry import migration
from registry.migration import Migration, migrate, planned_migration
from registry.migrations import frozen
from registry.store import Registry
from registry.versions import SCHEMA_VERSION
from tests.registry.older import keep_plain
from tests.registry.people import enroll

pytestmark = pytest.mark.sqlite_only  # older versions knew nothing else

OLD = Path(__file__).resolve().parents[1] / "golden" / "registry_v1.sql"
WAIT_S = 5.0
ACTOR = Actor(name="administrator")
STATEMENTS_OF_A_MIGRATION = 560


@pytest.fixture(params=[1, 2], ids=lambda version: f"version {version}")
def old_home(request: pytest.FixtureRequest, home: Path) -> Path:
    keep_samples(home)
    with closing(sqlite3.connect(file_of(home))) as raw:
        raw.executescript(OLD.read_text())
        if request.param == 2:
            for statement in frozen.read("2", "sqlite"):
                raw.execute(statement)
            raw.execute("INSERT INTO kura_schema VALUES (2, '2026-06-01T12:00:00.000000+00:00')")
        raw.commit()
    return home


def keep_samples(home: Path) -> None:
    """Put the samples of the golden registry where it looks for them."""
    for label in ("first", "second", "third"):
        for kind in ("print", "face"):
            keep_plain(home, f"{kind} of {label}".encode())


def file_of(home: Path) -> Path:
    return home / "registry" / "registry.db"


def schema(home: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(file_of(home))) as raw:
        found = raw.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").fetchall()
    return [(name, " ".join(sql.replace('"', "").split())) for name, sql in found]


def version(file: Path) -> int:
    with closing(sqlite3.connect(file)) as raw:
        return int(raw.execute("SELECT max(version) FROM kura_schema").fetchone()[0])


def test_an_old_registry_is_refused_and_left_as_it_is(old_home: Path) -> None:
    before = file_of(old_home).read_bytes()
    with pytest.raises(RecordVersionError, match="schema version") as raised:
        Registry.open(old_home)
    assert raised.value.remedy and "kura registry migrate" in raised.value.remedy
    planned = planned_migration(old_home, WAIT_S)
    assert planned.needed and planned == Migration(before=version(file_of(old_home)), after=SCHEMA_VERSION)
    assert file_of(old_home).read_bytes() == before


def test_an_old_registry_is_the_same_afterwards(old_home: Path) -> None:
    migrate(old_home, WAIT_S, actor=ACTOR)
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
        last = migrated.events()[-1]
        assert (last.action, last.actor) == ("registry.migrated", ACTOR)
        assert enroll(migrated, "fourth", 4) and migrated.check() == []
    with Registry.open(old_home, create=False) as again:
        assert len(again.subjects()) == 4


def test_a_migrated_registry_has_the_tables_of_a_new_one(old_home: Path, tmp_path: Path) -> None:
    migrate(old_home, WAIT_S)
    Registry.open(tmp_path / "new").close()
    assert schema(old_home) == schema(tmp_path / "new")
    with closing(sqlite3.connect(file_of(old_home))) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [(str(SCHEMA_VERSION),)]
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute("DELETE FROM changes")


def test_a_copy_of_the_old_registry_is_kept(old_home: Path) -> None:
    before = version(file_of(old_home))
    done = migrate(old_home, WAIT_S)
    assert done.copy == file_of(old_home).with_name(f"registry-version-{before}.db")
    assert version(done.copy) == before and done.copy.stat().st_mode & 0o777 == 0o600
    shutil.move(done.copy, file_of(old_home))
    for log in (old_home / "registry").glob("registry.db-*"):
        log.unlink()
    with pytest.raises(StorageError, match="a sample of the older registry is missing"):
        migrate(old_home, WAIT_S, copy=False)  # the copy is of the tables alone
    keep_samples(old_home)
    again = migrate(old_home, WAIT_S, copy=False)
    assert (again.before, again.after, again.copy, again.erased) == (before, SCHEMA_VERSION, None, 6)
    assert {path.name for path in (old_home / "registry").glob("registry*")} == {"registry.db"}
    with Registry.open(old_home) as migrated:
        assert migrated.check() == []


def test_a_present_registry_needs_nothing(home: Path) -> None:
    with Registry.open(home) as registry:
        enroll(registry, "one")
    done = migrate(home, WAIT_S)
    assert done == Migration(before=SCHEMA_VERSION, after=SCHEMA_VERSION) and not done.needed
    with Registry.open(home) as registry:
        assert registry.counts().events == 1


def test_a_home_without_a_registry_has_nothing_to_migrate(home: Path) -> None:
    with pytest.raises(RecordNotFoundError):
        migrate(home, WAIT_S)
    with pytest.raises(RecordNotFoundError):
        planned_migration(home, WAIT_S)


def test_an_interrupted_migration_leaves_the_old_registry(old_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = schema(old_home)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(migration, "recount", fail)
        with pytest.raises(KeyboardInterrupt):
            migrate(old_home, WAIT_S)
    assert schema(old_home) == before
    migrate(old_home, WAIT_S)
    with Registry.open(old_home) as migrated:
        assert migrated.check() == []


@pytest.mark.parametrize("statement", range(1, STATEMENTS_OF_A_MIGRATION, 62))
def test_a_killed_migration_leaves_the_old_registry(old_home: Path, statement: int) -> None:
    before = schema(old_home)
    child = os.fork()
    if child == 0:
        try:
            _kill_before(statement)
            migrate(old_home, WAIT_S, copy=False)
        finally:
            os._exit(70)  # reached only when nothing killed it
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert schema(old_home) == before
    migrate(old_home, WAIT_S)
    with Registry.open(old_home) as migrated:
        assert migrated.check() == []


def _kill_before(statement: int) -> None:
    """Let this process die before it executes a statement, counted from now on."""
    numbers = count()

    def end(*_: object) -> None:
        if next(numbers) == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", end)


def test_two_processes_migrate_once(old_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copying = migration._copy

    def overtaken(*words: object) -> object:
        with monkeypatch.context() as patched:
            patched.setattr(migration, "_copy", copying)
            migrate(old_home, WAIT_S)
        return copying(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(migration, "_copy", overtaken)
    with pytest.raises(RecordError, match="another process"):
        migrate(old_home, WAIT_S)
    with Registry.open(old_home) as migrated:
        assert [one.action for one in migrated.events()].count("registry.migrated") == 1
