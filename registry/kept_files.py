"""Which files of the sample store records name: samples, scans of evidence, photos of exceptions."""

from __future__ import annotations

from sqlalchemy import CompoundSelect, Connection, select, union

from registry.tables.core import samples
from registry.tables.people import capture_exceptions, evidence


def named_files() -> CompoundSelect[tuple[str]]:
    """Select the digest of every file that any record names, each once."""
    columns = samples.c.sha256, evidence.c.scan_sha256, capture_exceptions.c.photo_sha256
    return union(*(select(column.label("sha256")).where(column.is_not(None)) for column in columns))


def named_digests(connection: Connection) -> list[str]:
    """Return the digests of all files that records name, in order."""
    return list(connection.scalars(named_files().order_by("sha256")))
