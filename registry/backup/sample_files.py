"""Sample files in a backup: copied as they lie, sealed, and listed with the digests of what lies there."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, select

from biometrics.errors import StorageError
from biometrics.protocols import Progress
from registry.backup.manifest import TableFile
from registry.backup.table_files import read_rows
from registry.failures import file_error
from registry.kept_files import kept_names
from registry.keys.sections import keyring_of
from registry.rows import StoredRow
from registry.sample_sealing import SampleFile, open_sample
from registry.samples import SampleStore
from registry.sealed import as_it_lies, opened
from registry.tables.keys import kept_files

SAMPLES, LIST = "samples", "samples.jsonl"
COLUMNS = ("file", "sha256")

_AT_ONCE = 500


def write_samples(connection: Connection, store: SampleStore, folder: Path, progress: Progress) -> TableFile:
    """Copy every file that records name, verified against what they say, and list them; return what the list is.

    Files that an interrupted backup has copied and that are intact are not copied again.

    Raises
    ------
    StorageError
        When a file is missing or damaged, or the disk is full.
    """
    copies, digest, done = SampleStore(folder / SAMPLES), hashlib.sha256(), 0
    total = len(kept_names(connection))
    path = folder / LIST
    try:
        with path.open("wb") as written:
            for name, sealed in _sealed_files(connection, store):
                copies.put_sealed(name, sealed)
                line = json.dumps([name, hashlib.sha256(sealed).hexdigest()], separators=(",", ":")).encode() + b"\n"
                digest.update(line)
                written.write(line)
                done += 1
                progress(done, total, "samples")
            written.flush()
            os.fsync(written.fileno())
    except OSError as error:
        raise file_error(error, path) from error
    return TableFile(columns=COLUMNS, rows=done, sha256=digest.hexdigest())


def restore_samples(folder: Path, store: SampleStore, told: TableFile, progress: Progress) -> None:
    """Copy the sample files of a backup, each verified; files that no record names yet do no harm.

    Raises
    ------
    StorageError
        When a file is missing or damaged, or the disk is full.
    """
    copies = SampleStore(folder / SAMPLES)
    for done, (name, sha256) in enumerate(read_rows(folder / LIST, told, [False] * len(COLUMNS)), start=1):
        if not copies.has(name):
            raise StorageError("the backup lacks a sample file", source=name, remedy="use another backup")
        sealed = copies.sealed_bytes(name)
        if hashlib.sha256(sealed).hexdigest() != sha256:
            raise StorageError("a sample file of the backup is damaged", source=name, remedy="use another backup")
        store.put_sealed(name, sealed)
        progress(done, told.rows, "samples")


def _sealed_files(connection: Connection, store: SampleStore) -> Iterator[tuple[str, bytes]]:
    """Yield each file once as it lies, after it was opened with a key that records hold."""
    columns = kept_files.c.owner_id, kept_files.c.sha256, kept_files.c.file, as_it_lies(kept_files.c.file_key)
    query = select(*columns).order_by(kept_files.c.file, kept_files.c.owner_id)
    last = None
    with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as rows:
        for some in rows.partitions():
            keyring_of(connection).prefetch(connection, {row.owner_id for row in some})
            for row in some:
                if row.file != last:
                    last = row.file
                    yield row.file, _verified(connection, store, row)


def _verified(connection: Connection, store: SampleStore, row: StoredRow) -> bytes:
    sealed = store.sealed_bytes(row.file)
    data = open_sample(SampleFile(row.file, opened(connection, kept_files.c.file_key, row.file_key)), sealed)
    if data is None or hashlib.sha256(data).hexdigest() != row.sha256:
        raise StorageError(
            "the stored sample is damaged", source=row.sha256, remedy="restore this file from another backup"
        )
    return sealed
