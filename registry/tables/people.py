"""What is recorded about persons beside their biometrics: versions, numbers, evidence, exceptions, guardians, events.

Rows are added and never rewritten; only the columns in `ENDINGS` are filled once, when something ends. `nonce` is
random and goes into the digest that the audit trail keeps of a row: with the row gone, the digest tells nothing.
What people state, why, and the nonces are sealed under the key of the subject, or of the encounter, whose row it is.
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
from registry.columns import UtcTime
from registry.sealed import Kind, Sealed, Token
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
    Column("reason", Sealed("person_versions.reason"), nullable=False),
    Column("content", Sealed("person_versions.content", Kind.JSON), nullable=False),
    Column("encounter_id", ForeignKey("encounters.encounter_id"), index=True),
    Column("nonce", Sealed("person_versions.nonce"), nullable=False),
)

identifiers = Table(
    "identifiers",
    metadata,
    Column("identifier_id", Text, primary_key=True),
    _subject(),
    *word("scheme", IdentifierScheme),
    Column("value", Sealed("identifiers.value"), nullable=False),
    Column("value_token", Token("identifiers.value"), nullable=False),
    *word("kind", IdentifierKind),
    Column("valid_from", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Sealed("identifiers.reason"), nullable=False),
    Column("ended_at", UtcTime),
    Column("end_reason", Sealed("identifiers.end_reason")),
    Column("nonce", Sealed("identifiers.nonce"), nullable=False),
    CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)"),
    Index("identifiers_by_value", "value_token"),
    Index("identifiers_held", "scheme", "value_token", unique=True, sqlite_where=_HELD, postgresql_where=_HELD),
)

evidence = Table(
    "evidence",
    metadata,
    Column("evidence_id", Text, primary_key=True),
    _subject(),
    Column("encounter_id", ForeignKey("encounters.encounter_id"), index=True),
    *word("type", EvidenceType),
    Column("number", Sealed("evidence.number")),
    Column("issued_by", Sealed("evidence.issued_by")),
    Column("issued_on", Sealed("evidence.issued_on", Kind.JSON), nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("scan_sha256", Text, index=True),
    Column("recorded_at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    # Deferred: an import brings both in one go, in any order.
    Column("replaced_by", ForeignKey("evidence.evidence_id", deferrable=True, initially="DEFERRED"), index=True),
    Column("nonce", Sealed("evidence.nonce"), nullable=False),
)

capture_exceptions = Table(
    "capture_exceptions",
    metadata,
    Column("encounter_id", ForeignKey("encounters.encounter_id"), nullable=False),
    *word("position", Position),
    *word("reason", ExceptionReason),
    *word("presence", Presence),
    Column("photo_sha256", Text, index=True),
    Column("without_photo", Sealed("capture_exceptions.without_photo")),
    Column("operator", Text, nullable=False),
    Column("approver", Text, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("nonce", Sealed("capture_exceptions.nonce"), nullable=False),
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
    Column("name", Sealed("guardians.name", Kind.JSON)),
    Column("document_number", Sealed("guardians.document_number")),
    Column("recorded_at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Sealed("guardians.reason"), nullable=False),
    Column("ended_at", UtcTime),
    Column("end_reason", Sealed("guardians.end_reason")),
    Column("nonce", Sealed("guardians.nonce"), nullable=False),
    CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)"),
)

life_events = Table(
    "life_events",
    metadata,
    Column("event_id", Text, primary_key=True),
    _subject(),
    *word("kind", LifeEventKind),
    Column("date", Sealed("life_events.date", Kind.JSON), nullable=False),
    Column("evidence_id", ForeignKey("evidence.evidence_id"), index=True),
    Column("recorded_at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Sealed("life_events.reason"), nullable=False),
    Column("annulled_at", UtcTime),
    Column("annulled_by", Text),
    Column("annulment_reason", Sealed("life_events.annulment_reason")),
    Column("nonce", Sealed("life_events.nonce"), nullable=False),
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

OWNERS = {table: "subject_id" if "subject_id" in table.columns else "encounter_id" for table in KEYS}
"""The column that names under whose key the sealed values of a row are."""

ENDINGS: dict[Table, tuple[str, ...]] = {
    person_versions: (),
    identifiers: ("ended_at", "end_reason"),
    evidence: ("replaced_by",),
    capture_exceptions: (),
    guardians: ("ended_at", "end_reason"),
    life_events: ("annulled_at", "annulled_by", "annulment_reason"),
}
"""Columns that are filled when a row ends, the one that shows it first; the others never change."""
