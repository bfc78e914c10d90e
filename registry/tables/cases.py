"""Cases: questions for trained people, and the candidates they are about."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Integer, Table, Text

from biometrics.cases import CasePriority, CaseStatus
from registry.columns import CanonicalJson, UtcTime
from registry.tables.base import metadata, word

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
)
