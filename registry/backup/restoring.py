"""Restoring a backup: verified as it is read, in one transaction; all of it is there, or nothing changed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, delete, exists, select

from biometrics.errors import RecordConflictError, RecordVersionError, StorageError
from biometrics.protocols import Progress
from registry.audit import REGISTRY_RESTORED
from registry.audit_log.hashing import Frontier
from registry.audit_log.verifying import log_faults
from registry.backup.keys import require_key
from registry.backup.manifest import BackupManifest, TableFile, read_manifest
from registry.backup.table_files import load_table, read_rows
from registry.backup.writing import TABLES
from registry.kept_files import kept_names
from registry.keys.default import DEFAULT_KEY_FILE
from registry.keys.encryption import FileKeyEncryption, KeyEncryption
from registry.keys.sections import keyring_of
from registry.location import has_registry
from registry.points import Point, reach
from registry.samples import SampleStore
from registry.schema import create_tables, drop_tables
from registry.tables.base import metadata
from registry.tables.core import audit_events, heads
from registry.tables.keys import installation_keys
from registry.versions import SCHEMA_VERSION

_EVENTS_AT_ONCE = 1000
_OTHER_BACKUP = "use another backup; nothing was changed"


def read_restorable(folder: Path) -> BackupManifest:
    """Read the manifest of a backup that this Kura can restore.

    Raises
    ------
    RecordNotFoundError, RecordVersionError, RecordError
        When the folder holds no finished backup that this Kura reads.
    """
    manifest = read_manifest(folder)
    if manifest.schema_version != SCHEMA_VERSION:
        raise RecordVersionError(
            f"the backup has schema version {manifest.schema_version}, this Kura writes version {SCHEMA_VERSION}",
            source=str(folder),
            remedy="restore it with the Kura that wrote it, then use kura registry migrate",
        )
    return manifest


def require_opening(folder: Path, manifest: BackupManifest, encryption: KeyEncryption) -> None:
    """Refuse a backup that this key from outside does not open.

    Raises
    ------
    KeyUnavailableError
        When it is protected by others.
    StorageError
        When the backup is damaged.
    """
    if installation_keys.name not in manifest.tables:
        raise StorageError("the backup holds no keys", source=str(folder), remedy=_OTHER_BACKUP)
    require_key(_file(folder, installation_keys.name), manifest.tables[installation_keys.name], encryption)


def require_opening_in(home: Path, folder: Path, manifest: BackupManifest, encryption: KeyEncryption | None) -> None:
    """Refuse a backup that the key of a home without a registry does not open, before one is made with it.

    Parameters
    ----------
    home
        Where the backup would be restored; nothing is asked where it has a registry.
    folder, manifest
        The backup.
    encryption
        The key that its settings name; None for the file `protection.key` in it.

    Raises
    ------
    KeyUnavailableError
        When there is no key, or another one.
    StorageError
        When the backup is damaged.
    """
    if not has_registry(home):
        require_opening(folder, manifest, encryption or FileKeyEncryption(home / DEFAULT_KEY_FILE))


def require_older(connection: Connection, folder: Path, manifest: BackupManifest) -> None:
    """Refuse to lose anything: the last event recorded here, earlier restores aside, must be one of the backup's.

    Raises
    ------
    RecordConflictError
        When the registry here is newer, or another one.
    """
    own = audit_events.c.action != REGISTRY_RESTORED
    last = connection.execute(
        select(audit_events.c.sequence, audit_events.c.digest)
        .where(own)
        .order_by(audit_events.c.sequence.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return
    if last.sequence > manifest.event_sequence:
        raise RecordConflictError(
            f"the registry here is newer: its last event is {last.sequence}, the backup's {manifest.event_sequence}",
            source=str(folder),
            remedy="restore into a new --home; what is recorded here would be lost",
        )
    if _root_here(connection, last.sequence) != _root_of(folder, manifest.tables[audit_events.name], last.sequence):
        raise RecordConflictError(
            "the registry here is another one than that of the backup, or went on differently",
            source=str(folder),
            remedy="restore into a new --home",
        )


def restore_tables(
    connection: Connection, samples: SampleStore, folder: Path, manifest: BackupManifest, progress: Progress
) -> None:
    """Fill the registry from a backup, within the caller's transaction, replacing an older state of the same one.

    Raises
    ------
    RecordConflictError
        When the registry holds something that the backup does not know: it is newer, or another one.
    StorageError
        When the backup is damaged or not whole.
    """
    require_older(connection, folder, manifest)
    drop_tables(connection)
    create_tables(connection)
    expected = {table.name for table in metadata.sorted_tables}
    if expected != manifest.tables.keys():
        raise StorageError("the backup holds other tables", source=str(folder), remedy=_OTHER_BACKUP)
    for table in reversed(metadata.sorted_tables):
        if connection.scalar(select(exists(select(table)))):
            connection.execute(delete(table))  # what a new registry starts with comes from the backup too
    for table in metadata.sorted_tables:
        load_table(connection, table, _file(folder, table.name), manifest.tables[table.name], progress)
    reach(Point.TABLES_RESTORED)
    keyring_of(connection).reload()  # from here on everything opens with the keys of the backup
    _verify(connection, samples, folder, manifest)


def _root_here(connection: Connection, size: int) -> bytes:
    """Return the root of the log here when it had so many events."""
    digests = select(audit_events.c.digest).where(audit_events.c.sequence <= size).order_by(audit_events.c.sequence)
    with connection.execute(digests.execution_options(yield_per=_EVENTS_AT_ONCE)) as rows:
        return _root(rows.scalars())


def _root_of(folder: Path, told: TableFile, size: int) -> bytes:
    """Return the root of the backup's log when it had so many events."""
    place, value = told.columns.index("sequence"), told.columns.index("digest")
    rows = read_rows(_file(folder, audit_events.name), told, [False] * len(told.columns))
    return _root(row[value] for row in rows if row[place] <= size)


def _root(digests: Iterable[str]) -> bytes:
    tree = Frontier()
    for digest in digests:
        tree.append(bytes.fromhex(digest))
    return tree.root()


def _verify(connection: Connection, samples: SampleStore, folder: Path, manifest: BackupManifest) -> None:
    """Refuse a backup whose parts do not belong together, whatever their digests say."""
    head = connection.execute(select(heads)).one()
    told = (manifest.change_sequence, manifest.event_sequence, manifest.event_digest)
    if (head.change_sequence, head.event_sequence, head.event_digest) != told:
        raise StorageError("the tables are of another state than the manifest says", source=str(folder))
    for fault in log_faults(connection):
        raise StorageError(f"the audit trail of the backup is damaged: {fault}", source=str(folder))
    for name in kept_names(connection):
        if not samples.has(name):
            raise StorageError("the backup lacks a sample file", source=name, remedy=_OTHER_BACKUP)


def _file(folder: Path, table: str) -> Path:
    return folder / TABLES / f"{table}.jsonl"
