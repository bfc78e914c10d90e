"""Backups: one snapshot of the registry, whole tables and every sample it names, verified while it is copied."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, select

from biometrics.errors import RecordConflictError
from biometrics.protocols import Progress
from biometrics.samples import now_utc
from registry.backup.manifest import FILE_NAME, BackupManifest, write_manifest
from registry.backup.sample_files import write_samples
from registry.backup.table_files import write_table
from registry.points import Point, reach
from registry.samples import SampleStore, make_folder
from registry.tables.base import metadata
from registry.tables.core import heads
from registry.versions import SCHEMA_VERSION

TABLES = "tables"
_UNFINISHED = "unfinished"


def write_backup(connection: Connection, samples: SampleStore, folder: Path, progress: Progress) -> BackupManifest:
    """Write a snapshot into a folder and return its manifest.

    An interrupted backup is finished by the same command: sample files that are there and intact are not copied again,
    tables are written anew.

    Raises
    ------
    RecordConflictError
        When the folder holds a finished backup or anything else.
    StorageError
        When a sample is missing or damaged, or the disk is full.
    """
    _claim(folder)
    head = connection.execute(select(heads)).one()
    tables = {
        table.name: write_table(connection, table, folder / TABLES / f"{table.name}.jsonl", progress)
        for table in metadata.sorted_tables
    }
    listed = write_samples(connection, samples, folder, progress)
    reach(Point.FILES_COPIED)
    manifest = BackupManifest(
        made_at=now_utc().isoformat(),
        schema_version=SCHEMA_VERSION,
        change_sequence=head.change_sequence,
        event_sequence=head.event_sequence,
        event_digest=head.event_digest,
        tables=tables,
        samples=listed.rows,
        sample_list=listed,
    )
    write_manifest(folder, manifest)
    (folder / _UNFINISHED).unlink(missing_ok=True)
    return manifest


def _claim(folder: Path) -> None:
    """Make the folder this backup's own, or go on with one that was interrupted."""
    if (folder / FILE_NAME).exists():
        raise RecordConflictError("this folder holds a backup", source=str(folder), remedy="name a new folder")
    mark = folder / _UNFINISHED
    if folder.exists() and not mark.exists() and any(folder.iterdir()):
        raise RecordConflictError("this folder holds something else", source=str(folder), remedy="name a new folder")
    make_folder(folder / TABLES)
    mark.touch()
