"""What is kept beside the audit log: hashes of its complete subtrees, and the anchors that were signed of it."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text, text

from registry.columns import SequenceNumber, UtcTime
from registry.tables.base import metadata

# Of 2^8, 2^16, ... events each: with them, a proof about one event among 100 million reads a few hundred rows.
audit_subtrees = Table(
    "audit_subtrees",
    metadata,
    Column("height", Integer, primary_key=True, autoincrement=False),
    Column("position", SequenceNumber, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False),
)

_UNDELIVERED = text("delivered_at IS NULL")

# An anchor is recorded before it goes to the second sink, so that none is lost between the two; `line` is what goes.
audit_anchors = Table(
    "audit_anchors",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=False),
    Column("size", SequenceNumber, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("line", Text, nullable=False),
    Column("delivered_at", UtcTime),
    Index("audit_anchors_undelivered", "number", sqlite_where=_UNDELIVERED, postgresql_where=_UNDELIVERED),
)
