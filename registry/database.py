"""Connections to the registry's database: durable, one writer at a time, readers never waiting."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, inspect, select

from biometrics.errors import RecordVersionError
from registry.failures import database_errors, foreign
from registry.migration import OLDEST_VERSION, migrate
from registry.schema import SCHEMA_VERSION, create_tables
from registry.tables.core import schema_versions

_RETRY_S = 0.02


class Database:
    """One SQLite file that holds a registry; safe to share between threads, and processes may each open their own.

    Parameters
    ----------
    path
        The file; created with its tables when it is missing or empty, and brought to this version when it is older.
    busy_timeout_s
        How long to wait for another writer.

    Raises
    ------
    RecordVersionError
        When the file belongs to another application or a newer version of Kura; it stays as it is.
    RecordBusyError, StorageError
        When it cannot be opened.
    """

    def __init__(self, path: Path, busy_timeout_s: float) -> None:
        self.path = path
        self._engine = _engine(path, busy_timeout_s)
        try:
            with database_errors(path):
                self._prepare(busy_timeout_s)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a snapshot: what others commit meanwhile stays invisible, and nobody waits."""
        with self._section("DEFERRED") as connection:
            yield connection
            connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open the one write transaction; it commits at the end, or rolls back when an exception leaves the block."""
        with self._section("IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _section(self, begin: str) -> Iterator[Connection]:
        with database_errors(self.path), self._engine.connect() as connection:
            connection.execution_options(begin=begin)
            try:
                with connection.begin():
                    yield connection
            except BaseException:
                # The error may have left a cursor half read; in the pool it would pin the connection to this snapshot.
                connection.invalidate()
                raise

    def close(self) -> None:
        """Close every idle connection."""
        self._engine.dispose()

    def _prepare(self, busy_timeout_s: float) -> None:
        with self.reading() as connection:
            version = _version(connection, self.path)
        # Only now, when the file is known to be ours or empty, may anything in it change.
        self._write_ahead(time.monotonic() + busy_timeout_s)
        if version == SCHEMA_VERSION:
            return
        with self.writing() as connection:
            version = _version(connection, self.path)  # another process may have been quicker
            if version is None:
                create_tables(connection)
            elif version < SCHEMA_VERSION:
                migrate(connection, version)

    def _write_ahead(self, deadline: float) -> None:
        """Switch to the write-ahead log; SQLite does not wait for locks here, so this does."""
        while True:
            connection = self._engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
            finally:
                connection.close()
            time.sleep(_RETRY_S)


def _engine(path: Path, busy_timeout_s: float) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": busy_timeout_s},
        pool_timeout=busy_timeout_s,
        hide_parameters=True,  # templates and labels must not reach error messages
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(dbapi_connection: Any, _record: object) -> None:
    # The driver would begin transactions by its own rules; `_begin` does it instead (SQLAlchemy manual, "SQLite
    # transactional modes"). FULL makes a commit wait until the log is on the disk.
    dbapi_connection.isolation_level = None
    for pragma in ("foreign_keys = ON", "synchronous = FULL", "trusted_schema = OFF"):
        dbapi_connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    kind = connection.get_execution_options()["begin"]
    connection.exec_driver_sql(f"BEGIN {kind}")


def _version(connection: Connection, path: Path) -> int | None:
    """Return the version of a registry, None while its tables are still to be created; refuse what is none."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    columns = inspect(connection).get_columns(schema_versions.name) if schema_versions.name in tables else []
    if "version" not in {column["name"] for column in columns}:
        raise foreign(path)
    version = connection.scalar(select(func.max(schema_versions.c.version)))
    if not isinstance(version, int) or not OLDEST_VERSION <= version <= SCHEMA_VERSION:
        raise RecordVersionError(
            f"the registry has schema version {version}, this Kura writes version {SCHEMA_VERSION}",
            source=str(path),
            remedy="use the Kura that wrote it, or a newer one; the file was left as it is",
        )
    return version
