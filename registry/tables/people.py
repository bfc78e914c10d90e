"""What is recorded about persons beside their biometrics: versions, numbers, evidence, exceptions, guardians, events.

Rows are added and never rewritten; only the columns in `ENDINGS` are filled once, when something ends. `nonce` is
random and goes into the digest that the audit trail keeps of a row: with the row gone, the digest tells nothing.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from biometrics.people.evidence import EvidenceType
from biometrics.people.exceptions import ExceptionReason, Presence
from biometrics.people.identifiers import IdentifierKind, IdentifierScheme
from biometrics.people.life import GuardianRelation, LifeEventKind
from biometrics.positions import Position
from registry.columns import CanonicalJson, UtcTime
from registry.tables.base import metadata, word

_HELD = text("ended_at IS NULL")


def _subject() -> Column[str]:
    return Column("subject_id", ForeignKey("subjects.subject_id"), nullable=False, index=True)


person_versions = Table(
    "person_versions",
    metadata,
    Column("subject_id", ForeignKey("subjects.subject_id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("content", CanonicalJson, nullable=False),
    Column("encounter_id", ForeignKey("encounters.encounter_id"), index=True),
    Column("nonce", Text, nullable=False),
)

identifiers = Table(
    "identifiers",
    metadata,
    Column("identifier_id", Text, primary_key=True),
    _subject(),
    *word("scheme", IdentifierScheme),
    Column("value", Text, nullable=False),
    *word("kind", IdentifierKind),
    Column("valid_from", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ended_at", UtcTime),
    Column("end_reason", Text),
    Column("nonce", Text, nullable=False),
    CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)"),
    Index("identifiers_by_value", "value"),
    Index("identifiers_held", "scheme", "value", unique=True, sqlite_where=_HELD, postgresql_where=_HELD),
)

evidence = Table(
    "evidence",
    metadata,
    Column("evidence_id", Text, primary_key=True),
    _subject(),
    Column("encounter_id", ForeignKey("encounters.encounter_id"), index=True),
    *word("type", EvidenceType),
    Column("number", Text),
    Column("issued_by", Text),
    Column("issued_on", CanonicalJson, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("scan_sha256", Text, index=True),
    Column("recorded_at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    # Deferred: an import brings both in one go, in any order.
    Column("replaced_by", ForeignKey("evidence.evidence_id", deferrable=True, initially="DEFERRED"), index=True),
    Column("nonce", Text, nullable=False),
)

capture_exceptions = Table(
    "capture_exceptions",
    metadata,
    Column("encounter_id", ForeignKey("encounters.encounter_id"), nullable=False),
    *word("position", Position),
    *word("reason", ExceptionReason),
    *word("presence", Presence),
    Column("photo_sha256", Text, index=True),
    Column("without_photo", Text),
    Column("operator", Text, nullable=False),
    Column("approver", Text, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("nonce", Text, nullable=False),
    CheckConstraint("(photo_sha256 IS NULL) = (without_photo IS NOT NULL)"),
    PrimaryKeyConstraint("encounter_id", "position"),
    CheckConstraint("operator <> approver"),
    Index("capture_exceptions_of_operator", "operator"),
)

guardians = Table(
    "guardians",
    metadata,
    Column("guardian_id", Text, primary_key=True),
    _subject(),
    *word("relation", GuardianRelation),
    Column("guardian_subject_id", ForeignKey("subjects.subject_id"), index=True),
    Column("name", CanonicalJson, nullable=False),
    Column("document_number", Text),
    Column("recorded_at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ended_at", UtcTime),
    Column("end_reason", Text),
    Column("nonce", Text, nullable=False),
    CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)"),
)

life_events = Table(
    "life_events",
    metadata,
    Column("event_id", Text, primary_key=True),
    _subject(),
    *word("kind", LifeEventKind),
    Column("date", CanonicalJson, nullable=False),
    Column("evidence_id", ForeignKey("evidence.evidence_id"), index=True),
    Column("recorded_at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("annulled_at", UtcTime),
    Column("annulled_by", Text),
    Column("annulment_reason", Text),
    Column("nonce", Text, nullable=False),
    CheckConstraint(
        "(annulled_at IS NULL) = (annulled_by IS NULL) AND (annulled_at IS NULL) = (annulment_reason IS NULL)"
    ),
)

KEYS: dict[Table, tuple[str, ...]] = {
    person_versions: ("subject_id", "version"),
    identifiers: ("identifier_id",),
    evidence: ("evidence_id",),
    capture_exceptions: ("encounter_id", "position"),
    guardians: ("guardian_id",),
    life_events: ("event_id",),
}
"""Columns by which the audit trail names a row of each table."""

ENDINGS: dict[Table, tuple[str, ...]] = {
    person_versions: (),
    identifiers: ("ended_at", "end_reason"),
    evidence: ("replaced_by",),
    capture_exceptions: (),
    guardians: ("ended_at", "end_reason"),
    life_events: ("annulled_at", "annulled_by", "annulment_reason"),
}
"""Columns that are filled when a row ends, the one that shows it first; the others never change."""
