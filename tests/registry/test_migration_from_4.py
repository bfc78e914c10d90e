"""Registries of versions 3 and 4 are sealed as they are migrated: nothing is lost, and nothing lies open afterwards."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from biometrics.errors import ConfigurationError, KeyUnavailableError, RecordVersionError, StorageError
from biometrics.records import Actor
from registry import migration
from registry.keys.encryption import PlainKeyEncryption
from registry.location import known_database
from registry.migration import migrate, planned_migration
from registry.migrations.sealing import OWNERS, sealed_tables
from registry.store import Registry
from registry.tables.base import metadata
from registry.versions import SCHEMA_VERSION
from tests.registry.older import PERSONAL, older_home
from tests.registry.people import enroll
from tests.registry.raw import plain_connection
from tests.registry.test_documents import document
from tests.registry.test_schema import catalog

WAIT_S = 5.0
ACTOR = Actor(name="administrator")


@pytest.fixture(params=[3, 4], ids=lambda version: f"version {version}")
def version(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def golden(home: Path, version: int) -> dict[str, Any]:
    return older_home(home, version)


def upgrade(home: Path) -> migration.Migration:
    """Migrate; Kura makes no copy of a PostgreSQL database."""
    return migrate(home, WAIT_S, copy=False, actor=ACTOR)


def rows_of(golden: dict[str, Any], table: str) -> list[dict[str, Any]]:
    columns = golden["tables"][table]["columns"]
    return [dict(zip(columns, row, strict=True)) for row in golden["tables"][table]["rows"]]


def test_everything_is_there_and_proved_as_before(home: Path, golden: dict[str, Any], version: int) -> None:
    with pytest.raises(RecordVersionError, match=f"schema version {version}"):
        Registry.open(home)
    done = upgrade(home)
    assert (done.before, done.after, done.erased) == (version, SCHEMA_VERSION, len(golden["samples"]))
    with Registry.open(home) as migrated:
        assert migrated.check() == []
        labels = {row["subject_id"]: row["label"] for row in rows_of(golden, "subjects")}
        purged = {name for name, label in labels.items() if label.startswith("purged/")}
        assert {one.subject_id: one.label for one in migrated.subjects()} == {
            name: label for name, label in labels.items() if name not in purged
        } | {name: migrated.subject(name).label for name in purged}
        assert len(migrated.events()) == len(rows_of(golden, "audit_events")) + 1
        with migrated.reading() as record:
            for number in rows_of(golden, "identifiers"):
                assert record.people.find(number["value"]) == number["subject_id"]
                assert number["value"] in {one.number.value for one in record.people.numbers(number["subject_id"])}
        last = migrated.events()[-1]
        assert (last.action, last.actor, last.details["from_version"]) == ("registry.migrated", ACTOR, version)
        named = {row["sha256"] for row in rows_of(golden, "samples")}
        assert all(hashlib.sha256(migrated.sample_bytes(sha256)).hexdigest() == sha256 for sha256 in named)
        document(migrated, enroll(migrated, "newcomer", 5))
        assert migrated.check() == []


def test_the_tables_are_those_of_a_new_registry(home: Path, golden: dict[str, Any], tmp_path: Path) -> None:
    upgrade(home)
    found = []
    for one in (home, tmp_path / "new"):
        with Registry.open(one) as registry, registry._database.reading() as connection:
            told = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
            found.append((catalog(connection), told))
    assert found[0] == found[1] and found[0][1] == str(SCHEMA_VERSION)


def test_nothing_of_anybody_lies_open_afterwards(home: Path, golden: dict[str, Any]) -> None:
    secrets = [*PERSONAL, *(base64.b64decode(sample)[:24] for sample in golden["samples"])]
    secrets += [base64.b64decode(row["template"])[:24] for row in rows_of(golden, "biometric_references")]
    secrets += [row["nonce"].encode() for row in rows_of(golden, "person_versions")]
    if not (home / "registry" / "database.url").exists():
        before = b"".join(everything(home))
        assert all(secret in before for secret in secrets)
    upgrade(home)
    after = b"".join(everything(home))
    assert len(after) > 100_000 and [secret for secret in secrets if secret in after] == []


def everything(home: Path) -> Iterator[bytes]:
    """Yield the bytes of every file of a home, and what is in its database where that is elsewhere."""
    for path in home.rglob("*"):
        if path.is_file():
            yield path.read_bytes()
    if not (home / "registry" / "database.url").exists():
        return
    with Registry.open(home) as registry, plain_connection(registry) as connection:
        for table in metadata.sorted_tables:
            for row in connection.exec_driver_sql(f"SELECT * FROM {table.name}").all():
                yield b"\0".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row)


def test_an_interrupted_migration_leaves_the_older_registry(
    home: Path, golden: dict[str, Any], version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(migration, "recount", fail)
        with pytest.raises(KeyboardInterrupt):
            upgrade(home)
    with pytest.raises(RecordVersionError, match=f"schema version {version}"):
        Registry.open(home)
    assert upgrade(home).erased == len(golden["samples"])
    with Registry.open(home) as migrated:
        assert migrated.check() == []


def test_what_was_not_erased_behind_the_commit_is_erased_by_the_same_command(
    home: Path, golden: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(migration, "erase_plain", fail)
        with pytest.raises(KeyboardInterrupt):
            upgrade(home)
    planned = planned_migration(home, WAIT_S)
    assert planned.needed and planned.unfinished and planned.before == SCHEMA_VERSION
    done = upgrade(home)
    assert (done.before, done.erased) == (SCHEMA_VERSION, len(golden["samples"]))
    assert not planned_migration(home, WAIT_S).needed
    with Registry.open(home) as migrated:
        assert migrated.check() == []


def test_a_missing_sample_stops_the_migration_before_anything_changes(home: Path, golden: dict[str, Any]) -> None:
    sha256 = rows_of(golden, "samples")[0]["sha256"]
    path = home / "registry" / "samples" / sha256[:2] / sha256[2:4] / sha256
    kept = path.read_bytes()
    path.write_bytes(kept + b"x")
    with pytest.raises(StorageError, match="is damaged"):
        upgrade(home)
    path.unlink()
    with pytest.raises(StorageError, match="is missing"):
        upgrade(home)
    path.write_bytes(kept)
    assert upgrade(home).after == SCHEMA_VERSION


def test_an_edited_trail_is_not_carried_over(home: Path, golden: dict[str, Any]) -> None:
    with closing(known_database(home, WAIT_S)) as database, database.writing() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        trigger = "audit_events_no_update" if on_sqlite else "audit_events_append_only ON audit_events"
        connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        connection.exec_driver_sql("UPDATE audit_events SET action = 'x' WHERE sequence = 3")
    with pytest.raises(StorageError, match="was edited: event 3"):
        upgrade(home)


def test_a_key_from_elsewhere_protects_what_was_migrated(home: Path, golden: dict[str, Any]) -> None:
    key = PlainKeyEncryption(b"k" * 32, "test")
    migrate(home, WAIT_S, copy=False, key_encryption=key)
    assert not (home / "protection.key").exists()
    with pytest.raises(KeyUnavailableError):
        Registry.open(home, key_encryption=PlainKeyEncryption(b"x" * 32, "test"))
    with Registry.open(home, key_encryption=key) as migrated:
        assert migrated.check() == []


def test_a_copy_is_made_where_kura_can_make_one(home: Path, golden: dict[str, Any], version: int) -> None:
    try:
        done = migrate(home, WAIT_S)
    except ConfigurationError as error:
        assert "PostgreSQL" in error.message
    else:
        assert done.copy is not None and done.copy.name == f"registry-version-{version}.db"


def test_older_galleries_keep_their_names(home: Path, golden: dict[str, Any]) -> None:
    upgrade(home)
    with Registry.open(home) as migrated, migrated.writing() as writer:
        writer.galleries.create("Border_2", "new ones may have capitals")
        names = [one.gallery_id for one in writer.galleries.known()]
        assert names == ["Border_2", "citizens", "ghosts", "visa_applicants"]


def test_every_sealed_table_of_the_older_versions_has_its_owners() -> None:
    older = {"subjects", "person_versions", "identifiers", "evidence", "guardians", "life_events", "encounters"}
    assert older <= set(OWNERS)
    new = {"legal_holds", "rights_requests", "restrictions", "kept_files", "waiting_receipts", "erasures"}
    assert set(sealed_tables(metadata.sorted_tables)) - set(OWNERS) - new == set()
