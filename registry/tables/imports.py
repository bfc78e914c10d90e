"""Imports: how far each has come, and what it brought; both are written with the records themselves."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text

from registry.columns import UtcTime
from registry.sealed import Token
from registry.tables.base import metadata, word


class ImportPhase(Enum):
    """What an import does: persons first, then what joins one to another, as all of them must be there for that."""

    PERSONS = "persons"
    LINKS = "links"
    FINISHED = "finished"


imports = Table(
    "imports",
    metadata,
    Column("import_id", Text, primary_key=True),
    Column("source", Text, nullable=False, index=True),
    Column("sha256", Token("imports.sha256"), nullable=False, unique=True),
    Column("gallery", ForeignKey("galleries.gallery_id"), nullable=False),
    *word("phase", ImportPhase),
    Column("line", Integer, nullable=False),
    Column("bytes_read", BigInteger, nullable=False),
    Column("added", Integer, nullable=False),
    Column("completed", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("encounters", Integer, nullable=False),
    Column("links", Integer, nullable=False),
    Column("report", Text, nullable=False),
    Column("report_bytes", BigInteger, nullable=False),
    Column("begun_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

# By the digest of its line, a person that comes again is known to be the same, whatever was left to be filled in. All
# digests are kept as tokens: from one as it is, a person could be guessed, since lines of a person are much alike.
imported_persons = Table(
    "imported_persons",
    metadata,
    Column("subject_id", ForeignKey("subjects.subject_id"), primary_key=True),
    Column("import_id", ForeignKey("imports.import_id"), nullable=False, index=True),
    Column("line", Integer, nullable=False),
    Column("sha256", Token("imported_persons.sha256"), nullable=False),
)
