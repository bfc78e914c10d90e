"""Sections of the registry's database, whichever it is: durable, one writer at a time, readers never waiting."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from sqlalchemy import Connection, Dialect, Engine, event

from registry.columns import require_storable
from registry.failures import database_errors
from registry.keys.encryption import KeyEncryption
from registry.keys.keyring import Keyring
from registry.keys.sections import OpenSections, give_keyring
from registry.points import Point, reach
from registry.schema import create_tables
from registry.versions import SCHEMA_VERSION, outdated, version_of


class Database(ABC):
    """A database that holds a registry; safe to share between threads, and processes may each open their own.

    Parameters
    ----------
    source
        What errors name: the file, or the address of the database.
    engine
        Its connections.
    """

    reading_options: ClassVar[Mapping[str, Any]]
    """What makes a transaction a snapshot that writes nothing."""

    writing_options: ClassVar[Mapping[str, Any]]
    """What makes a transaction the writer's."""

    def __init__(self, source: str, engine: Engine) -> None:
        self.source = source
        self._engine = engine
        self.sections = OpenSections()
        event.listen(engine, "before_cursor_execute", _refuse_what_cannot_be_stored)

    @property
    def dialect(self) -> Dialect:
        """What all connections of this database share."""
        return self._engine.dialect

    def open_keys(self, encryption: KeyEncryption) -> Keyring:
        """Open the keys of the registry that this holds, or make its first ones; sealed columns can be used from then.

        Raises
        ------
        KeyUnavailableError
            When it is protected by another key.
        """
        keyring = Keyring(self, encryption)
        give_keyring(self._engine.dialect, keyring)
        keyring.open()
        return keyring

    def prepare(self) -> None:
        """Refuse what is not a registry of this version, and create the tables where nothing is.

        Raises
        ------
        RecordVersionError
            When it belongs to another application or another version of Kura; it stays as it is.
        ConfigurationError
            When it cannot hold a registry.
        RecordBusyError, StorageError
            When it is locked, damaged, or cannot be reached or written.
        """
        try:
            with database_errors(self.source):
                self._prepare()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a snapshot: what others commit meanwhile stays invisible, and nobody waits."""
        with self._section(self.reading_options) as connection, self.sections.entered(connection, writing=False):
            yield connection
            connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open the one write transaction; it commits at the end, or rolls back when an exception leaves the block."""
        with (
            self._section(self.writing_options) as connection,
            self.sections.entered(connection, writing=True) as section,
        ):
            self._exclude_other_writers(connection)
            reach(Point.SECTION_BEGUN)
            yield connection
            reach(Point.SECTION_FILLED)
        section.committed()
        reach(Point.SECTION_COMMITTED)

    @abstractmethod
    def clean_up(self) -> bool:
        """Take what was deleted out of the log as far as this database can; False where somebody still reads."""

    @abstractmethod
    def _exclude_other_writers(self, connection: Connection) -> None:
        """Wait until no other writer section is open, within a write transaction that has just begun."""

    @abstractmethod
    def _ready(self) -> None:
        """Set up what this kind of database needs, now that it is known to hold a registry or nothing."""

    @contextmanager
    def _section(self, options: Mapping[str, Any]) -> Iterator[Connection]:
        with database_errors(self.source), self._engine.connect() as connection:
            connection.execution_options(**options)
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

    def _prepare(self) -> None:
        with self.reading() as connection:
            version = version_of(connection, self.source)
        if version is not None and version < SCHEMA_VERSION:
            raise outdated(version, self.source)
        self._ready()
        if version is None:
            with self.writing() as connection:
                if version_of(connection, self.source) is None:  # else another process was quicker
                    create_tables(connection)


def _refuse_what_cannot_be_stored(
    _connection: Connection, _cursor: object, _statement: str, parameters: Any, _context: object, executemany: bool
) -> None:
    """Refuse text that not every database can hold, before it goes to any."""
    rows: Sequence[Any] = parameters if executemany else (parameters,)
    for row in rows:
        for value in row.values() if isinstance(row, Mapping) else row:
            if isinstance(value, str):
                require_storable(value)
