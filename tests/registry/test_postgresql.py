"""A PostgreSQL server that fails, or that cannot be used, is named with what to do, and loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import exc, text

from biometrics.errors import (
    ConfigurationError,
    RecordBusyError,
    RecordConflictError,
    RecordError,
    RecordVersionError,
    StorageError,
)
from biometrics.records import SYSTEM
from registry.failures import database_errors
from registry.store import Registry
from tests.postgres import PostgresServer
from tests.registry.people import add_person, enroll, new_subject
from tests.registry.raw import plain_connection

pytestmark = pytest.mark.postgresql_only


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """Return a server for one test, which waits for the disk as those of users do."""
    with PostgresServer(settings=()) as own:
        yield own


def test_commits_are_durable_and_readers_write_nothing(registry: Registry) -> None:
    with registry.reading() as record:
        settings = ("transaction_isolation", "transaction_read_only", "synchronous_commit")
        found = [record._connection.scalar(text(f"SHOW {name}")) for name in settings]
    assert found == ["repeatable read", "on", "on"]
    with pytest.raises(StorageError, match="may not be written"), registry.reading() as record:
        record._connection.execute(text("DELETE FROM subjects"))


def test_another_writer_is_waited_for_and_then_busy(registry: Registry) -> None:
    enroll(registry, "before")
    with plain_connection(registry) as other:
        other.execute(text("SELECT pg_advisory_lock(1265988193)"))
        with pytest.raises(RecordBusyError) as raised:
            enroll(registry, "refused")
        assert raised.value.remedy and "repeat" in raised.value.remedy
        assert registry.counts().subjects == 1  # readers do not wait
    enroll(registry, "after")
    assert [subject.label for subject in registry.subjects()] == ["before", "after"]


def test_a_writer_whose_connection_is_cut_leaves_nothing(registry: Registry) -> None:
    enroll(registry, "before")
    with pytest.raises(StorageError, match="connection to the database was lost"), registry.writing() as writer:
        add_person(writer, new_subject("lost"))
        own = writer._connection.scalar(text("SELECT pg_backend_pid()"))
        with plain_connection(registry) as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": own})
    enroll(registry, "after")
    assert [subject.label for subject in registry.subjects()] == ["before", "after"]
    assert registry.check() == []


def test_an_attempt_whose_connection_is_cut_takes_the_section_with_it(registry: Registry) -> None:
    enroll(registry, "before")
    with pytest.raises(StorageError, match="connection to the database was lost"), registry.writing() as writer:
        with pytest.raises(StorageError, match="connection to the database was lost"), writer.attempt(SYSTEM):
            own = writer._connection.scalar(text("SELECT pg_backend_pid()"))
            with plain_connection(registry) as other:
                other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": own})
            add_person(writer, new_subject("lost"))
        with writer.attempt(SYSTEM):  # whoever is next in the section
            add_person(writer, new_subject("next"))
    enroll(registry, "after")
    assert [subject.label for subject in registry.subjects()] == ["before", "after"]


def test_a_crash_of_the_server_loses_nothing_that_was_acknowledged(own_server: PostgresServer, home: Path) -> None:
    with Registry.open(home, database=own_server.create("kura")) as registry:
        enroll(registry, "acknowledged")
        with pytest.raises(StorageError), registry.writing() as writer:
            add_person(writer, new_subject("under way"))
            own_server.stop(crash=True)
        with pytest.raises(StorageError, match="cannot be reached") as raised:
            registry.counts()
        assert raised.value.remedy and "server runs" in raised.value.remedy
        own_server.start()
        assert [subject.label for subject in registry.subjects()] == ["acknowledged"]
        enroll(registry, "after")
        assert registry.check() == []


def test_a_server_that_was_restarted_meanwhile_is_no_error(own_server: PostgresServer, home: Path) -> None:
    with Registry.open(home, database=own_server.create("kura")) as registry:
        own_server.stop()
        own_server.start()
        enroll(registry, "after")
        assert registry.counts().subjects == 1


def test_a_full_disk_records_nothing(home: Path) -> None:
    half_a_page_too_much = 2 * 1024 * 1024 + 4096
    with (
        PostgresServer(largest_file=half_a_page_too_much) as narrow,
        Registry.open(home, database=narrow.create("kura")) as registry,
    ):
        enroll(registry, "before")
        with pytest.raises(StorageError, match="disk is full") as raised, registry.writing() as writer:
            add_person(writer, new_subject("lost"))
            writer._connection.execute(text("CREATE TABLE filler AS SELECT generate_series(1, 100000)"))
        assert raised.value.remedy and "free some space" in raised.value.remedy
        assert registry.counts().subjects == 1
        assert registry.check() == []


def test_a_database_that_is_not_there_is_named_and_the_home_stays_new(server: PostgresServer, home: Path) -> None:
    address = server.address("absent")
    with pytest.raises(StorageError, match="does not exist") as raised:
        Registry.open(home, database=address)
    assert raised.value.source and "absent" in raised.value.source
    server.create("absent")
    with Registry.open(home, database=address) as registry:
        enroll(registry, "one")
    with Registry.open(home, create=False) as again:
        assert again.counts().subjects == 1
    server.execute("DROP DATABASE absent WITH (FORCE)")


def test_the_database_of_another_application_is_left_as_it_is(server: PostgresServer, home: Path) -> None:
    address = server.create("recipes")
    with psycopg.connect(address, autocommit=True) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(RecordVersionError, match="not a Kura registry"):
        Registry.open(home, database=address)
    with psycopg.connect(address) as other:
        tables = other.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert tables == [("recipes",)]
    server.execute("DROP DATABASE recipes WITH (FORCE)")


def test_a_database_that_orders_or_holds_text_otherwise_is_refused(server: PostgresServer, home: Path) -> None:
    address = server.create("latin", "TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    with pytest.raises(ConfigurationError, match="UTF-8") as raised:
        Registry.open(home, database=address)
    assert raised.value.remedy and "--encoding=UTF8 --locale=C" in raised.value.remedy
    server.execute("DROP DATABASE latin WITH (FORCE)")


def test_who_may_not_write_is_told(server: PostgresServer, registry: Registry, home: Path, tmp_path: Path) -> None:
    enroll(registry, "one")
    address = (home / "registry" / "database.url").read_text()
    with plain_connection(registry) as owner:
        owner.execute(text("CREATE ROLE clerk LOGIN"))
        owner.execute(text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO clerk"))
        try:
            there, key = address.replace("registrar", "clerk"), registry.keys.encryption
            with Registry.open(tmp_path / "clerk", database=there, key_encryption=key) as clerk:
                assert clerk.counts().subjects == 1
                with pytest.raises(StorageError, match="may not be written"):
                    enroll(clerk, "two")
        finally:
            owner.execute(text("DROP OWNED BY clerk"))
            owner.execute(text("DROP ROLE clerk"))
    assert registry.counts().subjects == 1


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("23505", RecordConflictError),
        ("23503", RecordConflictError),
        ("40001", RecordBusyError),
        ("55P03", RecordBusyError),
        ("53300", RecordBusyError),
        ("25006", StorageError),
        ("42501", StorageError),
        ("53100", StorageError),
        ("57P01", StorageError),
        ("08006", StorageError),
        ("XX001", StorageError),
        ("42P01", RecordError),
    ],
)
def test_each_sqlstate_has_its_type_and_no_word_of_the_server(state: str, expected: type[RecordError]) -> None:
    cause = psycopg.errors.lookup(state)("Failing row contains (somebody)")
    with pytest.raises(expected) as raised, database_errors("postgresql:///kura"):
        raise exc.DBAPIError.instance("INSERT", None, cause, psycopg.Error)
    assert type(raised.value) is expected
    assert raised.value.source == "postgresql:///kura" and raised.value.remedy
    assert "somebody" not in str(raised.value) and raised.value.__suppress_context__
