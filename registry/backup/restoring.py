"""Restoring a backup: verified as it is read, in one transaction; all of it is there, or nothing changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, exists, select

from biometrics.errors import RecordConflictError, RecordVersionError, StorageError
from biometrics.protocols import Progress
from registry.audit import REGISTRY_RESTORED
from registry.audit_log.verifying import log_faults
from registry.backup.manifest import BackupManifest, TableFile, read_manifest
from registry.backup.table_files import load_table, read_rows
from registry.backup.writing import SAMPLES, TABLES
from registry.kept_files import kept_names
from registry.points import Point, reach
from registry.samples import SampleStore, is_name
from registry.schema import create_tables, drop_tables
from registry.tables.base import metadata
from registry.tables.core import audit_events, heads
from registry.versions import SCHEMA_VERSION

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
    if _digest_of(folder, manifest.tables[audit_events.name], last.sequence) != last.digest:
        raise RecordConflictError(
            "the registry here is another one than that of the backup, or went on differently",
            source=str(folder),
            remedy="restore into a new --home",
        )


def restore_samples(folder: Path, samples: SampleStore, manifest: BackupManifest, progress: Progress) -> None:
    """Copy the sample files of a backup, each verified; files that no record names yet do no harm.

    Raises
    ------
    StorageError
        When a file is damaged, or the disk is full.
    """
    copies = SampleStore(folder / SAMPLES)
    # An interrupted backup may have left parts of files under other names.
    names = (path.name for path in copies.files() if is_name(path.name))
    for done, name in enumerate(names, start=1):
        samples.put_sealed(name, copies.sealed_bytes(name))
        progress(done, manifest.samples, "samples")


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
    _verify(connection, samples, folder, manifest)


def _digest_of(folder: Path, told: TableFile, sequence: int) -> Any:
    """Return the digest that the backup's trail has at an event; None when it has no such event."""
    place, value = told.columns.index("sequence"), told.columns.index("digest")
    found = None
    for row in read_rows(_file(folder, audit_events.name), told, [False] * len(told.columns)):
        if row[place] == sequence:
            found = row[value]
    return found


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
