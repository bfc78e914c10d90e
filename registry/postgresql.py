"""A registry in a PostgreSQL database: snapshots for readers, one lock that every writer takes first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, Engine, create_engine, text

from biometrics.errors import ConfigurationError
from registry.database import Database
from registry.failures import database_errors

_WRITER_LOCK = 0x4B757261
"""Key of the advisory lock that makes a writer the only one; the bytes of "Kura"."""

_OWNER_LOCK = 0x4B75726F
"""Key of the advisory lock that the owner of the registry holds; the bytes of "Kuro"."""

_SHORTEST_CONNECT_TIMEOUT_S = 2
"""What libpq takes for its shortest."""


class PostgresqlDatabase(Database):
    """One PostgreSQL database that holds a registry.

    Parameters
    ----------
    url
        Its address, without a password: libpq finds that in PGPASSFILE, PGPASSWORD or a service file.
    busy_timeout_s
        How long to wait for another writer, and for the server.
    """

    reading_options: ClassVar[Mapping[str, Any]] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    # The lock is taken by the first statement. In an isolation with one snapshot per transaction, that statement would
    # fix the snapshot before it waits, and the writer would not see what the one before it committed.
    writing_options: ClassVar[Mapping[str, Any]] = {"isolation_level": "READ COMMITTED", "postgresql_readonly": False}

    def __init__(self, url: URL, busy_timeout_s: float) -> None:
        self.url = url
        super().__init__(url.render_as_string(), _engine(url, busy_timeout_s))

    def clean_up(self) -> bool:
        """Let the server reuse the room of deleted keys; what it leaves in its log, only a new root key makes void."""
        with database_errors(self.source), self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM data_keys")
        return True

    def _exclude_other_writers(self, connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK})

    def _ready(self) -> None:
        """Refuse a database that orders text otherwise than SQLite, by bytes of UTF-8, or cannot hold all of it."""
        with self.reading() as connection:
            fits = text("SELECT current_setting('server_encoding') = 'UTF8' AND 'Z' < 'a' AND 'a' < 'é'")
            if not connection.scalar(fits):
                raise ConfigurationError(
                    "the database does not hold UTF-8 text in the order of its bytes",
                    source=self.source,
                    remedy="create it with createdb --template=template0 --encoding=UTF8 --locale=C",
                )


class OwnerLock:
    """The lock by which one process at a time owns the registry in a database, wherever it runs.

    It is held by a connection of its own, and gone with it.

    Raises
    ------
    StorageError, RecordError
        When the database cannot be reached.
    """

    def __init__(self, url: URL) -> None:
        self._engine = _engine(url, _SHORTEST_CONNECT_TIMEOUT_S)
        try:
            with database_errors(url.render_as_string()):
                connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                self.taken = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _OWNER_LOCK}))
                self._connection = connection
        except BaseException:
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Give the lock back."""
        self._connection.invalidate()  # the session ends, and with it the lock
        self._engine.dispose()


def _engine(url: URL, busy_timeout_s: float) -> Engine:
    settings = {"lock_timeout": math.ceil(busy_timeout_s * 1000), "synchronous_commit": "on", "timezone": "UTC"}
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={
            "connect_timeout": max(_SHORTEST_CONNECT_TIMEOUT_S, math.ceil(busy_timeout_s)),
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
            "application_name": "kura",
        },
        pool_timeout=busy_timeout_s,
        pool_pre_ping=True,  # a server that was restarted meanwhile is no error
        hide_parameters=True,  # templates and labels must not reach error messages
    )
