"""A registry in one SQLite file: a write-ahead log, so that readers and the writer do not wait for each other."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, Engine, create_engine, event

from registry.database import Database
from registry.failures import database_errors, file_error

_RETRY_S = 0.02


class SqliteDatabase(Database):
    """One SQLite file that holds a registry; it is made when it is missing.

    Parameters
    ----------
    path
        The file.
    busy_timeout_s
        How long to wait for another writer.
    """

    reading_options: ClassVar[Mapping[str, Any]] = {"begin": "DEFERRED"}
    writing_options: ClassVar[Mapping[str, Any]] = {"begin": "IMMEDIATE"}

    def __init__(self, path: Path, busy_timeout_s: float) -> None:
        self.path = path
        self._busy_timeout_s = busy_timeout_s
        super().__init__(str(path), _engine(path, busy_timeout_s))

    def copy_to(self, path: Path) -> Path:
        """Put a copy of one moment into a file, replacing an older one, and return its path.

        Raises
        ------
        RecordBusyError, StorageError
            When it cannot be read, or the copy cannot be written.
        """
        partial = path.with_name(f"{path.name}.partial")
        try:
            partial.unlink(missing_ok=True)
            partial.touch(mode=0o600)
            with database_errors(self.source), closing(self._engine.raw_connection()) as connection:
                connection.cursor().execute("VACUUM INTO ?", (str(partial),))
            with partial.open("rb") as written:
                os.fsync(written.fileno())
            return partial.replace(path)
        except OSError as error:
            raise file_error(error, path) from error

    def clean_up(self) -> bool:
        """Write the log into the database and empty it; False when a reader still needs what was before."""
        with database_errors(self.source), closing(self._engine.raw_connection()) as connection:
            cursor = connection.cursor()
            (busy, _, _) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            cursor.close()
        return not busy

    def compact(self) -> None:
        """Write the file anew without what was deleted, and empty the log that held it.

        Raises
        ------
        RecordBusyError, StorageError
            When somebody else uses it, or the disk is full.
        """
        with database_errors(self.source), closing(self._engine.raw_connection()) as connection:
            cursor = connection.cursor()
            # The new file may not fit into memory, and what is in it is sealed.
            cursor.execute("PRAGMA temp_store = FILE")
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA temp_store = MEMORY")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _exclude_other_writers(self, connection: Connection) -> None:
        """Do nothing: BEGIN IMMEDIATE has waited."""

    def _ready(self) -> None:
        """Switch to the write-ahead log; SQLite does not wait for locks here, so this does."""
        deadline = time.monotonic() + self._busy_timeout_s
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
    # transactional modes"). FULL makes a commit wait until the log is on the disk. What is deleted is overwritten, and
    # nothing is sorted in files.
    dbapi_connection.isolation_level = None
    for pragma in (
        "foreign_keys = ON",
        "synchronous = FULL",
        "trusted_schema = OFF",
        "secure_delete = ON",
        "temp_store = MEMORY",
    ):
        dbapi_connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    kind = connection.get_execution_options()["begin"]
    connection.exec_driver_sql(f"BEGIN {kind}")
