"""A registry of schema version 3 gains tables and an index on either database, and nothing it holds changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from biometrics.errors import ConfigurationError, RecordConflictError, RecordVersionError
from biometrics.records import Actor
from registry import migration
from registry.migration import Migration, migrate
from registry.store import Registry
from registry.versions import SCHEMA_VERSION
from tests.golden.record_schema import added
from tests.registry.people import enroll
from tests.registry.test_documents import document
from tests.registry.test_schema import catalog

WAIT_S = 5.0
ACTOR = Actor(name="administrator")


@pytest.fixture
def old_home(home: Path) -> Path:
    """Return a home whose registry is as version 3 left it, with two people and a gallery."""
    with Registry.open(home) as registry:
        enroll(registry, "one")
        enroll(registry, "two", 1)
        with registry.writing() as writer:
            writer.galleries.create("ghosts", "an older name")
        with registry._database.writing() as connection:
            for statement in reversed(added(connection.dialect.name)):
                kind, name = statement.split()[1:3]
                connection.exec_driver_sql(f"DROP {kind} {name}")
            connection.exec_driver_sql("UPDATE kura_schema SET version = 3")
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '3'")
    return home


def upgrade(home: Path) -> Migration:
    """Migrate; Kura makes no copy of a PostgreSQL database."""
    return migrate(home, WAIT_S, copy=False, actor=ACTOR)


def test_an_older_registry_is_refused_until_it_is_migrated(old_home: Path) -> None:
    with pytest.raises(RecordVersionError, match="schema version 3"):
        Registry.open(old_home)
    assert upgrade(old_home) == Migration(before=3, after=SCHEMA_VERSION)
    with Registry.open(old_home) as migrated:
        assert migrated.check() == []
        assert [one.label for one in migrated.subjects()] == ["one", "two"]
        assert (migrated.active_references(), migrated.active_subjects("citizens")) == (4, 2)
        last = migrated.events()[-1]
        assert (last.action, last.actor) == ("registry.migrated", ACTOR)
        assert last.details == {"from_version": 3, "to_version": SCHEMA_VERSION}
        encounter = enroll(migrated, "three", 2)
        document(migrated, encounter)
        assert migrated.check() == []


def test_a_migrated_registry_has_the_tables_of_a_new_one(old_home: Path, tmp_path: Path) -> None:
    upgrade(old_home)
    found = []
    for home in (old_home, tmp_path / "new"):
        with Registry.open(home) as registry, registry._database.reading() as connection:
            found.append((catalog(connection), connection.scalar(text("SELECT version_num FROM alembic_version"))))
    assert found[0] == found[1] and found[0][1] == str(SCHEMA_VERSION)


def test_an_interrupted_migration_leaves_the_older_registry(old_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(migration, "recount", fail)
        with pytest.raises(KeyboardInterrupt):
            upgrade(old_home)
    with pytest.raises(RecordVersionError, match="schema version 3"):
        Registry.open(old_home)
    upgrade(old_home)
    with Registry.open(old_home) as migrated:
        assert migrated.check() == []


def test_a_copy_is_made_where_kura_can_make_one(old_home: Path) -> None:
    try:
        done = migrate(old_home, WAIT_S)
    except ConfigurationError as error:
        assert "PostgreSQL" in error.message
    else:
        assert done.copy is not None and done.copy.name == "registry-version-3.db"


def test_older_galleries_keep_their_names(old_home: Path) -> None:
    upgrade(old_home)
    with Registry.open(old_home) as migrated, migrated.writing() as writer:
        with pytest.raises(RecordConflictError):
            writer.galleries.create("Ghosts", "another")
        writer.galleries.create("Border_2", "new ones may have capitals")
        assert [one.gallery_id for one in writer.galleries.known()] == [
            "Border_2",
            "citizens",
            "ghosts",
            "visa_applicants",
        ]
