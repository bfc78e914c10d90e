"""Verification of the sample store: every file opens and is what records say, and who names a file has its key."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, select, union_all

from biometrics.errors import BiometricsError
from biometrics.protocols import Progress
from registry.faults import Fault, FaultKind
from registry.keys.sections import keyring_of
from registry.rows import StoredRow
from registry.sample_sealing import SampleFile
from registry.samples import SampleStore
from registry.sealed import as_it_lies, opened
from registry.tables.core import samples
from registry.tables.keys import kept_files
from registry.tables.people import capture_exceptions, evidence
from registry.tables.service import draft_buffers

_ROWS_AT_ONCE = 256

_NAMING: tuple[tuple[ColumnElement[str], ColumnElement[str]], ...] = (
    (samples.c.encounter_id, samples.c.sha256),
    (evidence.c.subject_id, evidence.c.scan_sha256),
    (capture_exceptions.c.encounter_id, capture_exceptions.c.photo_sha256),
    (draft_buffers.c.draft_row, draft_buffers.c.sha256),
)
"""Who names which digest."""


def check_kept_files(connection: Connection, store: SampleStore, progress: Progress) -> Iterator[Fault]:
    """Yield a fault for every file that is missing, does not open, or is not what its digest says.

    A file that several owners share is read once; that each of them has its key is told from the opened keys.
    """
    total = connection.scalar(select(func.count()).select_from(kept_files)) or 0
    columns = kept_files.c.owner_id, kept_files.c.sha256, kept_files.c.file, as_it_lies(kept_files.c.file_key)
    query = select(*columns).order_by(kept_files.c.file, kept_files.c.owner_id)
    known: tuple[SampleFile, str] | None = None
    done = 0
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        for some in rows.partitions():
            keyring_of(connection).prefetch(connection, {row.owner_id for row in some})
            for row in some:
                try:
                    known = _verified(connection, store, row, known)
                except BiometricsError as error:
                    yield Fault(kind=FaultKind.SAMPLE, source=row.sha256, message=error.message)
                done += 1
                progress(done, total, "samples")


def check_claims(connection: Connection) -> Iterator[Fault]:
    """Yield a fault for everybody who names a file and holds no key to it, and for keys of files that nobody names."""
    named = union_all(
        *(
            select(owner.label("owner_id"), digest.label("sha256")).where(digest.is_not(None))
            for owner, digest in _NAMING
        )
    ).subquery()
    same = and_(kept_files.c.owner_id == named.c.owner_id, kept_files.c.sha256 == named.c.sha256)
    lacking: Select[tuple[str]] = (
        select(named.c.sha256).outerjoin(kept_files, same).where(kept_files.c.owner_id.is_(None)).distinct()
    )
    digests: list[str] = list(connection.scalars(lacking.order_by(named.c.sha256)))
    for sha256 in digests:
        yield Fault(kind=FaultKind.SAMPLE, source=sha256, message="whoever names this file holds no key to it")
    left = select(kept_files.c.sha256).where(~select(literal(1)).where(same).exists())
    for sha256 in connection.scalars(left.order_by(kept_files.c.sha256)).all():
        message = "a key to this file is kept for somebody who names it no more"
        yield Fault(kind=FaultKind.UNREFERENCED_FILE, source=sha256, message=message)


def _verified(
    connection: Connection, store: SampleStore, row: StoredRow, known: tuple[SampleFile, str] | None
) -> tuple[SampleFile, str]:
    """Return a file with its digest after it was read, unless it is the one just read."""
    file = SampleFile(row.file, opened(connection, kept_files.c.file_key, row.file_key))
    if known != (file, row.sha256):
        store.read(file, row.sha256)
    return file, row.sha256
