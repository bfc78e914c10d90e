"""A file that cannot be used is named, with what to do, and left as it is."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import exc, text

from biometrics.errors import RecordBusyError, RecordError, RecordVersionError, StorageError
from registry.failures import database_errors
from registry.store import Registry
from registry.versions import SCHEMA_VERSION
from tests.registry.people import add_person, enroll, new_subject
from tests.registry.raw import plain_connection, tamper

ROOT = Path(__file__).resolve().parents[2]


def database_file(home: Path) -> Path:
    file = home / "registry" / "registry.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


@pytest.mark.sqlite_only
def test_the_database_is_durable_and_keeps_references_whole(registry: Registry) -> None:
    pragmas = {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2}
    with registry.reading() as record:
        for name, value in pragmas.items():
            assert record._connection.exec_driver_sql(f"PRAGMA {name}").scalar() == value
    with registry.writing() as writer:
        for name, value in pragmas.items():
            assert writer._connection.exec_driver_sql(f"PRAGMA {name}").scalar() == value


@pytest.mark.sqlite_only
def test_a_locked_database_is_busy_and_works_again_afterwards(registry: Registry, home: Path) -> None:
    enroll(registry, "before")
    other = sqlite3.connect(database_file(home), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RecordBusyError) as raised:
        enroll(registry, "refused")
    assert raised.value.source == str(database_file(home))
    assert raised.value.remedy and "repeat" in raised.value.remedy
    assert registry.counts().subjects == 1  # readers do not wait
    assert len(list(registry.changes_since(0))) == 1
    with Registry.open(home, busy_timeout_s=0.2) as opened_meanwhile:
        assert opened_meanwhile.counts().subjects == 1
    other.execute("ROLLBACK")
    other.close()
    enroll(registry, "after")
    assert [subject.label for subject in registry.subjects()] == ["before", "after"]


def test_a_writer_does_not_hold_up_readers(registry: Registry) -> None:
    enroll(registry, "before")
    with registry.writing() as writer:
        add_person(writer, new_subject("uncommitted"))
        assert writer.counts().subjects == 2
        assert registry.counts().subjects == 1
    assert registry.counts().subjects == 2


def test_a_snapshot_stays_as_it_is(registry: Registry) -> None:
    enroll(registry, "before")
    with registry.reading() as record:
        assert record.latest_sequence() == 1
        enroll(registry, "meanwhile")
        assert record.latest_sequence() == record.counts().subjects == 1
    assert registry.latest_sequence() == 2


def test_a_section_that_failed_with_a_cursor_half_read_pins_nothing_to_its_snapshot(
    registry: Registry, home: Path
) -> None:
    enroll(registry, "one")
    enroll(registry, "two")
    held = []
    with pytest.raises(KeyError), registry.reading() as record:
        held.append(record._connection.exec_driver_sql("SELECT * FROM subjects").cursor)
        held[0].fetchone()
        raise KeyError("caller failed")
    with Registry.open(home) as other:
        enroll(other, "three")
    assert registry.counts().subjects == 3
    enroll(registry, "four")


@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, 0])
def test_another_version_is_refused(registry: Registry, home: Path, version: int) -> None:
    tamper(registry, "UPDATE kura_schema SET version = :version", version=version)
    registry.close()
    with pytest.raises(RecordVersionError, match=f"schema version {version}"):
        Registry.open(home)
    with plain_connection(registry) as raw:
        assert raw.scalar(text("SELECT version FROM kura_schema")) == version


@pytest.mark.sqlite_only
@pytest.mark.parametrize("statement", ["CREATE TABLE recipes (name TEXT)", "CREATE TABLE kura_schema (name TEXT)"])
def test_the_database_of_another_application_is_left_as_it_is(home: Path, statement: str) -> None:
    raw = sqlite3.connect(database_file(home))
    raw.execute(statement)
    raw.commit()
    raw.close()
    before = database_file(home).read_bytes()
    with pytest.raises(RecordVersionError, match="not a Kura registry"):
        Registry.open(home)
    assert database_file(home).read_bytes() == before
    assert [path.name for path in database_file(home).parent.iterdir()] == ["registry.db"]


@pytest.mark.sqlite_only
def test_a_file_that_is_no_database_is_left_as_it_is(home: Path) -> None:
    database_file(home).write_bytes(b"names,ages\n" * 1000)
    with pytest.raises(RecordVersionError, match="not a Kura registry") as raised:
        Registry.open(home)
    assert raised.value.source == str(database_file(home))
    assert database_file(home).read_bytes() == b"names,ages\n" * 1000


@pytest.mark.sqlite_only
def test_an_empty_file_becomes_a_registry(home: Path) -> None:
    database_file(home).touch()
    with Registry.open(home) as registry:
        enroll(registry, "one")
        assert registry.check() == []


@pytest.mark.sqlite_only
def test_a_damaged_database_is_an_error_or_a_fault(home: Path) -> None:
    with Registry.open(home) as registry:
        for number in range(150):
            enroll(registry, f"person {number}")
    data = bytearray(database_file(home).read_bytes())
    page = 4096
    for start in range(len(data) // page // 2 * page, len(data), page):
        data[start : start + 64] = b"\xa5" * 64
    database_file(home).write_bytes(data)
    with Registry.open(home) as registry:
        assert any(fault.severe for fault in registry.check())
        with pytest.raises(StorageError, match="damaged"):
            list(registry.changes_since(0))


@pytest.mark.sqlite_only
def test_a_path_that_cannot_be_a_registry_is_named(home: Path) -> None:
    home.write_text("a file is in the way")
    with pytest.raises(StorageError) as raised:
        Registry.open(home)
    assert str(home) in str(raised.value)
    home.unlink()
    (home / "registry" / "registry.db").mkdir(parents=True)
    with pytest.raises(StorageError, match="cannot be read or written"):
        Registry.open(home)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere: this check was not run")
def test_a_folder_without_permission_is_named(home: Path) -> None:
    home.mkdir(mode=0o500)
    with pytest.raises(StorageError, match="Permission denied"):
        Registry.open(home)


@pytest.mark.sqlite_only
def test_a_database_that_may_not_grow_is_full_and_records_nothing(registry: Registry) -> None:
    enroll(registry, "before")
    with pytest.raises(StorageError, match="disk is full") as raised, registry.writing() as writer:
        writer._connection.exec_driver_sql("PRAGMA max_page_count = 1")
        for number in range(500):
            add_person(writer, new_subject(f"person {number}"))
    assert raised.value.remedy and "free some space" in raised.value.remedy
    assert registry.counts().subjects == 1
    assert registry.check() == []


LIMITED = """
import resource, signal, sys
from pathlib import Path
from biometrics.errors import StorageError
from registry.store import Registry
from tests.registry.people import add_person, enroll, new_subject

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
registry = Registry.open(Path(sys.argv[1]))
enroll(registry, "before")
resource.setrlimit(resource.RLIMIT_FSIZE, (2_500_000, resource.RLIM_INFINITY))
for number in range(2_000):
    try:
        with registry.writing() as writer:
            add_person(writer, new_subject(f"person {number}"))
    except StorageError as error:
        assert error.source.endswith("registry.db") and error.remedy, error
        break
    sys.stdout.write(f"{number}\\n")
try:
    registry.keep_sample(bytes(3_000_000))
except StorageError as error:
    assert "free some space" in error.remedy, error
    sys.stdout.write("refused\\n")
"""


@pytest.mark.sqlite_only
def test_a_real_limit_of_the_file_system_loses_nothing_that_was_acknowledged(home: Path) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", LIMITED, str(home)]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    *acknowledged, last = ended.stdout.split()
    assert last == "refused"
    assert 5 < len(acknowledged) < 2_000
    with Registry.open(home) as registry:
        labels = {subject.label for subject in registry.subjects()}
        assert labels == {"before", *(f"person {number}" for number in acknowledged)}
        assert registry.check() == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_BUSY, RecordBusyError),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, RecordBusyError),
        (sqlite3.SQLITE_READONLY_DIRECTORY, StorageError),
        (sqlite3.SQLITE_IOERR_FSYNC, StorageError),
        (sqlite3.SQLITE_CANTOPEN, StorageError),
        (sqlite3.SQLITE_CORRUPT_INDEX, StorageError),
        (sqlite3.SQLITE_FULL, StorageError),
        (sqlite3.SQLITE_NOTADB, RecordVersionError),
        (sqlite3.SQLITE_ERROR, RecordError),
    ],
)
def test_each_database_error_has_its_type(code: int, expected: type[RecordError]) -> None:
    cause = sqlite3.OperationalError("from SQLite")
    cause.sqlite_errorcode = code
    for error in (cause, exc.OperationalError("SELECT", None, cause)):
        with pytest.raises(expected) as raised, database_errors("x.db"):
            raise error
        assert type(raised.value) is expected
        assert raised.value.source == "x.db"


def test_too_many_users_of_one_registry_are_told_to_wait() -> None:
    with pytest.raises(RecordBusyError), database_errors("x.db"):
        raise exc.TimeoutError
