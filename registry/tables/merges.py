"""Merges: two subjects found to be one person, and what it takes to part them again.

The reasons are sealed under a key of the merge's or the move's own: they tell of two persons, and go with either.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, text

from biometrics.records import SubjectStatus
from registry.columns import UtcTime
from registry.sealed import Sealed
from registry.tables.base import metadata, word

_STANDING = text("undone_at IS NULL")

merges = Table(
    "merges",
    metadata,
    Column("merge_id", Text, primary_key=True),
    Column("source_id", ForeignKey("subjects.subject_id"), nullable=False),
    Column("into_id", ForeignKey("subjects.subject_id"), nullable=False, index=True),
    *word("source_status", SubjectStatus),
    Column("reason", Sealed("merges.reason"), nullable=False),
    Column("actor", Text, nullable=False),
    Column("case_id", ForeignKey("cases.case_id"), index=True),
    Column("merged_at", UtcTime, nullable=False),
    Column("undone_reason", Sealed("merges.undone_reason")),
    Column("undone_by", Text),
    Column("undone_at", UtcTime),
    CheckConstraint("source_id <> into_id"),
    CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL) AND (undone_at IS NULL) = (undone_reason IS NULL)"),
    Index("merges_of_source", "source_id"),
    # A subject is merged into one other at a time.
    Index("merges_standing", "source_id", unique=True, sqlite_where=_STANDING, postgresql_where=_STANDING),
)

merge_encounters = Table(
    "merge_encounters",
    metadata,
    Column("merge_id", ForeignKey("merges.merge_id"), primary_key=True),
    Column("encounter_id", ForeignKey("encounters.encounter_id"), primary_key=True, index=True),
    Column("ordinal", Integer, nullable=False),
)

# Why a single encounter went to another subject; those that went with a merge have its reason.
encounter_moves = Table(
    "encounter_moves",
    metadata,
    Column("change", ForeignKey("changes.sequence"), primary_key=True, autoincrement=False),
    Column("reason", Sealed("encounter_moves.reason"), nullable=False),
    Column("actor", Text, nullable=False),
    Column("moved_at", UtcTime, nullable=False),
)


def move_owner(change: int) -> str:
    """Return under whose key the reason of the move by a change is."""
    return f"move/{change}"
