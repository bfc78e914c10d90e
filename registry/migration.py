"""Registries of an older version brought to the present one, in one transaction: all of it is done, or nothing."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from biometrics.errors import ConfigurationError, RecordError, RecordNotFoundError
from biometrics.records import SYSTEM, Actor
from registry.audit import REGISTRY_MIGRATED, act_as, append_event
from registry.database import Database
from registry.location import known_database
from registry.recounting import recount
from registry.sqlite import SqliteDatabase
from registry.versions import SCHEMA_VERSION, record_revision, version_of

_FIRST_KNOWN_TO_ALEMBIC = 3
"""Version of the schema since which Alembic keeps a note of its own in the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """From which version of the schema to which, and where a copy of the older one was put."""

    before: int
    after: int
    copy: Path | None = None

    @property
    def needed(self) -> bool:
        """Whether the versions differ."""
        return self.before != self.after


def planned_migration(home: Path, busy_timeout_s: float) -> Migration:
    """Return what `migrate` would do; nothing changes.

    Raises
    ------
    RecordNotFoundError
        When the home has no registry.
    RecordVersionError
        When it is another application's or a newer version's.
    RecordBusyError, StorageError
        When it cannot be read.
    """
    with closing(known_database(home, busy_timeout_s)) as database:
        return Migration(before=_version(database), after=SCHEMA_VERSION)


def migrate(home: Path, busy_timeout_s: float, *, copy: bool = True, actor: Actor = SYSTEM) -> Migration:
    """Bring the registry of a home to the present version, or leave it as it is when anything fails.

    Parameters
    ----------
    home
        The installation; nothing else should use it meanwhile.
    busy_timeout_s
        How long to wait for a writer.
    copy
        Whether to put a copy of the older registry beside it first.
    actor
        Who asks for it.

    Raises
    ------
    ConfigurationError
        When a copy is asked for that this kind of database cannot make.
    RecordNotFoundError, RecordVersionError, RecordBusyError, StorageError
        As `planned_migration`; or the disk is full.
    """
    with closing(known_database(home, busy_timeout_s)) as database:
        version = _version(database)
        if version == SCHEMA_VERSION:
            return Migration(before=version, after=version)
        kept = _copy(database, version) if copy else None
        with database.writing() as connection:
            if version_of(connection, database.source) != version:
                raise RecordError("another process has just migrated this registry", source=database.source)
            _upgrade(connection, version, actor)
        return Migration(before=version, after=SCHEMA_VERSION, copy=kept)


def _version(database: Database) -> int:
    with database.reading() as connection:
        version = version_of(connection, database.source)
    if version is None:
        raise RecordNotFoundError("there is no registry here", source=database.source)
    return version


def _copy(database: Database, version: int) -> Path:
    if not isinstance(database, SqliteDatabase):
        raise ConfigurationError(
            "Kura makes no copy of a PostgreSQL database",
            source=database.source,
            remedy="back it up with pg_dump, then repeat without a copy",
        )
    return database.copy_to(database.path.with_name(f"registry-version-{version}.db"))


def _upgrade(connection: Connection, version: int, actor: Actor) -> None:
    # Every command would wait for it, and hardly one migrates.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "registry:migrations")
    config.attributes["connection"] = connection
    if version < _FIRST_KNOWN_TO_ALEMBIC:
        record_revision(connection, version)
    command.upgrade(config, "head")
    details = {"from_version": version, "to_version": SCHEMA_VERSION}
    act_as(connection, actor)
    append_event(connection, action=REGISTRY_MIGRATED, subject_id=None, details=details)
    recount(connection)
