"""Registries of an older version brought to the present one, in one transaction: all of it is done, or nothing.

Up to version 4 everything lay in the clear. What did is erased behind the transaction; a mark says that this is still
to be done, so that a migration killed there is finished by the same command.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from biometrics.errors import ConfigurationError, RecordError, RecordNotFoundError
from biometrics.protocols import Progress, no_progress
from biometrics.records import SYSTEM, Actor
from registry.audit import REGISTRY_MIGRATED, act_as, append_event
from registry.database import Database
from registry.keys.default import DEFAULT_KEY_FILE
from registry.keys.encryption import FileKeyEncryption, KeyEncryption
from registry.keys.key_file import make_key
from registry.keys.keyring import Keyring
from registry.keys.sections import give_keyring
from registry.location import known_database, registry_folder
from registry.migrations.plain_files import erase_plain, flushed_mark, seal_files
from registry.recounting import recount
from registry.samples import SampleStore
from registry.sqlite import SqliteDatabase
from registry.versions import SCHEMA_VERSION, record_revision, version_of

_FIRST_KNOWN_TO_ALEMBIC = 3
"""Version of the schema since which Alembic keeps a note of its own in the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """From which version of the schema to which, where a copy of the older one was put, and what else there is to do.

    Parameters
    ----------
    before, after
        Versions of the schema.
    copy
        The copy of the older registry, which holds everything in the clear.
    unfinished
        Whether an earlier migration left data in the clear that are still to be erased.
    erased
        How many files that held data in the clear were erased.
    """

    before: int
    after: int
    copy: Path | None = None
    unfinished: bool = False
    erased: int = 0

    @property
    def needed(self) -> bool:
        """Whether there is anything to do."""
        return self.before != self.after or self.unfinished


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
        return Migration(before=_version(database), after=SCHEMA_VERSION, unfinished=_mark(home).exists())


def migrate(  # noqa: PLR0913 - where, and what nobody gives but the command
    home: Path,
    busy_timeout_s: float,
    *,
    copy: bool = True,
    actor: Actor = SYSTEM,
    key_encryption: KeyEncryption | None = None,
    progress: Progress = no_progress,
) -> Migration:
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
    key_encryption
        The key from outside that will protect the registry; by default one in the file `protection.key` of the home,
        which is made.
    progress
        Told how many samples were sealed.

    Raises
    ------
    ConfigurationError
        When a copy is asked for that this kind of database cannot make.
    KeyUnavailableError
        When the key cannot be used.
    RecordNotFoundError, RecordVersionError, RecordBusyError, StorageError
        As `planned_migration`; or the disk is full.
    """
    with closing(known_database(home, busy_timeout_s)) as database:
        version, store = _version(database), SampleStore(registry_folder(home) / "samples")
        if version == SCHEMA_VERSION:
            unfinished = _mark(home).exists()
            erased = _erase_plain(home, database, store) if unfinished else 0
            return Migration(before=version, after=version, unfinished=unfinished, erased=erased)
        keyring = Keyring(database, key_encryption or _home_key(home))
        give_keyring(database.dialect, keyring)
        kept = _copy(database, version) if copy else None
        flushed_mark(_mark(home), there=True)
        with database.writing() as connection:
            if version_of(connection, database.source) != version:
                raise RecordError("another process has just migrated this registry", source=database.source)
            _upgrade(connection, version, actor, store, progress)
        return Migration(before=version, after=SCHEMA_VERSION, copy=kept, erased=_erase_plain(home, database, store))


def _mark(home: Path) -> Path:
    """Return the file that is there as long as something may lie in the clear."""
    return registry_folder(home) / "unfinished-migration"


def _home_key(home: Path) -> KeyEncryption:
    path = home / DEFAULT_KEY_FILE
    make_key(path)  # one that an interrupted migration made protects nothing yet, and does
    return FileKeyEncryption(path)


def _erase_plain(home: Path, database: Database, store: SampleStore) -> int:
    """Erase what lay in the clear before the migration, which is committed."""
    erased = erase_plain(home, store)
    if isinstance(database, SqliteDatabase):
        database.compact()
    flushed_mark(_mark(home), there=False)
    return erased


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


def _upgrade(
    connection: Connection, version: int, actor: Actor, store: SampleStore, progress: Progress = no_progress
) -> None:
    # Every command would wait for it, and hardly one migrates.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "registry:migrations")
    config.attributes["connection"] = connection
    if version < _FIRST_KNOWN_TO_ALEMBIC:
        record_revision(connection, version)
    command.upgrade(config, "head")
    seal_files(connection, store, progress)
    details = {"from_version": version, "to_version": SCHEMA_VERSION}
    act_as(connection, actor)
    append_event(connection, action=REGISTRY_MIGRATED, subject_id=None, details=details)
    recount(connection)
