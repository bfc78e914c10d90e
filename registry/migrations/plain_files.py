"""Sample files of version 4, which lay in the clear: sealed beside the records, and erased once these are committed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from sqlalchemy import Column, Connection, Table, select

from biometrics.errors import StorageError
from biometrics.protocols import Progress
from registry.failures import file_error
from registry.kept_files import Claim, claim_files
from registry.samples import SampleStore, is_digest, is_name
from registry.tables.core import samples
from registry.tables.people import capture_exceptions, evidence
from registry.tables.service import draft_buffers

_NAMING: tuple[tuple[Table, Column[str], Column[str]], ...] = (
    (samples, samples.c.encounter_id, samples.c.sha256),
    (evidence, evidence.c.subject_id, evidence.c.scan_sha256),
    (capture_exceptions, capture_exceptions.c.encounter_id, capture_exceptions.c.photo_sha256),
    (draft_buffers, draft_buffers.c.draft_row, draft_buffers.c.sha256),
)
"""Owner and digest of every file that records name."""

_AT_ONCE = 100
_WRITERS = 8
"""Files written at a time: each waits for the disk, which can do several at once."""

_OLD_GALLERY_KEY, _OLD_SNAPSHOTS = "gallery.key", "galleries/*/snapshot-*"


def seal_files(connection: Connection, store: SampleStore, progress: Progress) -> int:
    """Seal every file that records name, within the caller's transaction, and return how many records do.

    The old files stay: until the transaction commits, they are all there is. What an interrupted migration has sealed
    is noise, whose keys are gone with it; it is removed first.

    Raises
    ------
    StorageError
        When a file is missing or damaged, or the disk is full.
    """
    for path in list(store.files()):
        if is_name(path.name):
            store.erase(path)
    done, claims = 0, _claims(connection)
    with ThreadPoolExecutor(_WRITERS) as writers:
        while some := list(islice(claims, _AT_ONCE)):
            wanted = {sha256 for _, sha256 in some if store.remembered(sha256) is None}
            list(writers.map(lambda sha256: store.keep(_old_bytes(store, sha256)), sorted(wanted)))
            claim_files(connection, store, some)
            done += len(some)
            progress(done, done, "samples")
    return done


def erase_plain(home: Path, store: SampleStore) -> int:
    """Overwrite and remove what lay in the clear, or under a key beside it; return how many files.

    Doing it again does the rest.

    Raises
    ------
    StorageError
        When a file cannot be written or removed.
    """
    plain = [path for path in store.files() if not is_name(path.name)]
    plain += [path for path in (home / _OLD_GALLERY_KEY, *home.glob(_OLD_SNAPSHOTS)) if path.is_file()]
    with ThreadPoolExecutor(_WRITERS) as writers:
        list(writers.map(store.erase, plain))
    return len(plain)


def _claims(connection: Connection) -> Iterator[Claim]:
    for table, owner, digest in _NAMING:
        query = select(owner, digest).select_from(table).where(digest.is_not(None)).distinct()
        with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as rows:
            for row in rows:
                yield row[0], row[1]


def _old_bytes(store: SampleStore, sha256: str) -> bytes:
    """Return what lay under its digest, verified."""
    if not is_digest(sha256):
        raise StorageError(f"{sha256!r} is not the digest of a sample")
    path = store.folder / sha256[:2] / sha256[2:4] / sha256
    remedy = "restore this file from a backup, then migrate again; nothing was changed"
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise StorageError("a sample of the older registry is missing", source=str(path), remedy=remedy) from error
    except OSError as error:
        raise file_error(error, path) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise StorageError("a sample of the older registry is damaged", source=str(path), remedy=remedy)
    return data


def flushed_mark(path: Path, *, there: bool) -> None:
    """Make or remove an empty file, durably.

    Raises
    ------
    StorageError
        When it cannot be done.
    """
    try:
        if there:
            path.touch(mode=0o600)
        else:
            path.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise file_error(error, path) from error
