"""Rights of people over their records: requests, restrictions, holds, erasures, retention, notices, notifications.

`nonce` is random and goes into the digest that the audit trail keeps of a row, as in `registry.tables.people`. What
people wrote is sealed under a key of the row, and NULL once the person is erased; that there was a request, and what
came of it, stays.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ColumnElement, ForeignKey, Index, Integer, Table, Text, and_, or_, text

from biometrics.rights.words import (
    ErasureState,
    IdentityCheck,
    NotificationState,
    RequestDecision,
    RequestKind,
    RequestState,
    RestrictionKind,
)
from registry.columns import CanonicalJson, UtcTime
from registry.sealed import Sealed
from registry.tables.base import metadata, word

_WAITING = text(f"state = '{RequestState.RECEIVED.value}'")
_STANDING = text("lifted_at IS NULL")
_UNSENT = text(f"state = '{NotificationState.WAITING.value}'")

# Without a subject: the applicant is not in the registry, and is told so.
rights_requests = Table(
    "rights_requests",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("subject_id", ForeignKey("subjects.subject_id"), index=True),
    *word("kind", RequestKind),
    *word("state", RequestState),
    Column("received_at", UtcTime, nullable=False),
    Column("received_by", Text, nullable=False),
    *word("identity_check", IdentityCheck),
    Column("due_at", UtcTime, nullable=False),
    Column("case_id", ForeignKey("cases.case_id"), index=True),
    *word("decision", RequestDecision, nullable=True),
    Column("answered_at", UtcTime),
    Column("answered_by", Text),
    Column("approved_by", Text),
    Column("nonce", Sealed("rights_requests.nonce")),
    Column("asked", Sealed("rights_requests.asked")),
    Column("answer", Sealed("rights_requests.answer")),
    CheckConstraint(f"(state = '{RequestState.ANSWERED.value}') = (decision IS NOT NULL)"),
    CheckConstraint("(decision IS NULL) = (answered_at IS NULL) AND (decision IS NULL) = (answered_by IS NULL)"),
    CheckConstraint("approved_by <> answered_by"),
    Index("rights_requests_waiting", "due_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
)

restrictions = Table(
    "restrictions",
    metadata,
    Column("restriction_id", Text, primary_key=True),
    Column("subject_id", ForeignKey("subjects.subject_id"), nullable=False, index=True),
    *word("kind", RestrictionKind),
    Column("purpose", Text),
    Column("request_id", ForeignKey("rights_requests.request_id"), index=True),
    Column("placed_at", UtcTime, nullable=False),
    Column("placed_by", Text, nullable=False),
    Column("lifted_at", UtcTime),
    Column("lifted_by", Text),
    Column("nonce", Sealed("restrictions.nonce")),
    Column("reason", Sealed("restrictions.reason")),
    Column("lift_reason", Sealed("restrictions.lift_reason")),
    CheckConstraint(f"(kind = '{RestrictionKind.OBJECTION.value}') = (purpose IS NOT NULL)"),
    CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)"),
    Index("restrictions_standing", "subject_id", sqlite_where=_STANDING, postgresql_where=_STANDING),
)

# Until when is the authority's to say; without it a hold stands until somebody lifts it.
legal_holds = Table(
    "legal_holds",
    metadata,
    Column("hold_id", Text, primary_key=True),
    Column("subject_id", ForeignKey("subjects.subject_id"), nullable=False, index=True),
    Column("placed_at", UtcTime, nullable=False),
    Column("placed_by", Text, nullable=False),
    Column("until", UtcTime),
    Column("lifted_at", UtcTime),
    Column("lifted_by", Text),
    Column("nonce", Sealed("legal_holds.nonce")),
    Column("reference", Sealed("legal_holds.reference")),
    Column("reason", Sealed("legal_holds.reason")),
    Column("lift_reason", Sealed("legal_holds.lift_reason")),
    CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)"),
)

# Identifiers, counts and the legal basis only: this is what stays of an erased person. `files` are names in the sample
# store that are still to be removed.
erasures = Table(
    "erasures",
    metadata,
    Column("erasure_id", Text, primary_key=True),
    Column("subject_id", ForeignKey("subjects.subject_id"), nullable=False, index=True),
    Column("request_id", ForeignKey("rights_requests.request_id"), index=True),
    *word("state", ErasureState),
    Column("basis", Text, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("subjects", CanonicalJson, nullable=False),
    Column("encounters", CanonicalJson, nullable=False),
    Column("files", CanonicalJson, nullable=False),
    Column("removed", CanonicalJson, nullable=False),
    Column("done_at", UtcTime),
    Column("nonce", Text, nullable=False),
    CheckConstraint("approved_by <> asked_by"),
    CheckConstraint(f"(state = '{ErasureState.DONE.value}') = (done_at IS NOT NULL)"),
)

retention_runs = Table(
    "retention_runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("ran_at", UtcTime, nullable=False),
    Column("cutoff", UtcTime, nullable=False),
    Column("removed", CanonicalJson, nullable=False),
    Column("nonce", Text, nullable=False),
    Index("retention_runs_of_rule", "rule", "ran_at"),
)

encounter_notices = Table(
    "encounter_notices",
    metadata,
    Column("encounter_id", ForeignKey("encounters.encounter_id"), primary_key=True),
    Column("notice", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("given_at", UtcTime, nullable=False),
    Column("given_by", Text, nullable=False),
    Column("nonce", Text, nullable=False),
)

# An opaque reference, and what happened to it: never a person.
notifications = Table(
    "notifications",
    metadata,
    Column("notification_id", Text, primary_key=True),
    Column("event", Text, nullable=False),
    Column("reference", Text, nullable=False),
    *word("state", NotificationState),
    Column("attempts", Integer, CheckConstraint("attempts >= 0"), nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("next_at", UtcTime, nullable=False),
    Column("nonce", Text, nullable=False),
    Index("notifications_unsent", "next_at", sqlite_where=_UNSENT, postgresql_where=_UNSENT),
)

ROW_KEYS: dict[Table, Column[str]] = {
    rights_requests: rights_requests.c.request_id,
    restrictions: restrictions.c.restriction_id,
    legal_holds: legal_holds.c.hold_id,
    erasures: erasures.c.erasure_id,
    retention_runs: retention_runs.c.run_id,
    encounter_notices: encounter_notices.c.encounter_id,
    notifications: notifications.c.notification_id,
}
"""The column by which the audit trail names a row of each table."""

SEALED: dict[Table, tuple[str, ...]] = {
    table: tuple(column.name for column in table.columns if isinstance(column.type, Sealed)) for table in ROW_KEYS
}
"""The columns of each table that are sealed under a key of the row."""


def stands_at(at: datetime) -> ColumnElement[bool]:
    """Return the condition that a legal hold stands at a moment."""
    return and_(legal_holds.c.lifted_at.is_(None), or_(legal_holds.c.until.is_(None), legal_holds.c.until > at))
