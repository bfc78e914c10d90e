"""Cases: questions for trained people, the candidates they are about, and what people answered.

What people write about a case is sealed under a key of the case's own; why it was opened is the program's own word.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Float, ForeignKey, Index, Integer, Table, Text, text

from biometrics.cases import CaseKind, CaseOutcome, CasePriority, CaseStatus
from registry.columns import CanonicalJson, SequenceNumber, UtcTime
from registry.sealed import Sealed
from registry.tables.base import metadata, word

_WAITING = text(f"status <> '{CaseStatus.CLOSED.value}' AND kind = '{CaseKind.QUESTION.value}'")

# `round` counts from 1, one more whenever a case is reopened. `effects` tells what closing did, so that reopening can
# undo it.
cases = Table(
    "cases",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("encounter_id", ForeignKey("encounters.encounter_id"), nullable=False, index=True),
    Column("subject_id", ForeignKey("subjects.subject_id"), nullable=False, index=True),
    *word("priority", CasePriority),
    *word("status", CaseStatus),
    Column("reason", Text, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    *word("kind", CaseKind, default=CaseKind.QUESTION),
    Column("post", Text),
    Column("evidence", CanonicalJson, nullable=False, server_default="{}"),
    Column("assigned_to", Text),
    Column("assigned_until", UtcTime),
    Column("round", Integer, nullable=False, server_default="1"),
    Column("closed_at", UtcTime),
    *word("outcome", CaseOutcome, nullable=True),
    Column("effects", CanonicalJson, nullable=False, server_default="{}"),
    CheckConstraint("(assigned_to IS NULL) = (assigned_until IS NULL)"),
    Index("cases_waiting", "priority", "opened_at", "case_id", sqlite_where=_WAITING, postgresql_where=_WAITING),
    Index("cases_backlog", "post", "priority", "opened_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    Index("cases_assigned", "assigned_to"),
)

case_candidates = Table(
    "case_candidates",
    metadata,
    Column("case_id", ForeignKey("cases.case_id"), primary_key=True),
    Column("subject_id", ForeignKey("subjects.subject_id"), primary_key=True, index=True),
    Column("rank", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("scores", CanonicalJson, nullable=False),
    Column("extrapolated", Boolean, nullable=False),
    Column("fmrs", CanonicalJson, nullable=False, server_default="{}"),
)

# Both are only ever added to; no examiner gives two verdicts on one case, in whatever round.
case_verdicts = Table(
    "case_verdicts",
    metadata,
    Column("case_id", ForeignKey("cases.case_id"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("round", Integer, nullable=False),
    Column("examiner", Text, nullable=False),
    *word("outcome", CaseOutcome),
    Column("candidate_id", ForeignKey("subjects.subject_id")),
    Column("reason", Sealed("case_verdicts.reason"), nullable=False),
    Column("given_at", UtcTime, nullable=False),
    Index("case_verdicts_of_examiner", "examiner", "case_id", unique=True),
)

case_reopenings = Table(
    "case_reopenings",
    metadata,
    Column("case_id", ForeignKey("cases.case_id"), primary_key=True),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("actor", Text, nullable=False),
    Column("contested", Boolean, nullable=False),
    Column("reason", Sealed("case_reopenings.reason"), nullable=False),
    Column("reopened_at", UtcTime, nullable=False),
)

# What closed cases found about two subjects, the smaller identifier first, at a change of the registry. The question is
# not asked again while nothing about either was added since.
decided_pairs = Table(
    "decided_pairs",
    metadata,
    Column("subject_a", ForeignKey("subjects.subject_id"), primary_key=True),
    Column("subject_b", ForeignKey("subjects.subject_id"), primary_key=True, index=True),
    Column("case_id", ForeignKey("cases.case_id"), primary_key=True, index=True),
    *word("outcome", CaseOutcome),
    Column("change", SequenceNumber, nullable=False),
    CheckConstraint("subject_a < subject_b"),
)

# Cases whose answer is known, and the encounter that is shown as the candidate.
case_seeds = Table(
    "case_seeds",
    metadata,
    Column("case_id", ForeignKey("cases.case_id"), primary_key=True),
    Column("candidate_encounter_id", ForeignKey("encounters.encounter_id"), nullable=False),
    Column("same_person", Boolean, nullable=False),
)

# Which of the cases handed to an examiner are seeded follows from the seed and from how many were handed out.
examiners = Table(
    "examiners",
    metadata,
    Column("examiner", Text, primary_key=True),
    Column("seed", Text, nullable=False),
    Column("handed", Integer, nullable=False),
)
