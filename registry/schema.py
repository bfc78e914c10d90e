"""The tables of the registry, version 2 (`registry.migration` brings version 1 here).

Everything is plain SQL that PostgreSQL understands too; what is SQLite's own (the triggers' dialect) is marked so.
`heads` holds one row: the last change, and the last audit event with its digest. Whoever writes updates it, so numbers
are given without gaps and in the order of the commits.
"""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    insert,
    text,
)

from biometrics.positions import Position
from biometrics.protocols import ChangeKind
from biometrics.records import PAD_NOT_RECORDED, CasePriority, CaseStatus, EncounterStatus
from biometrics.samples import now_utc
from registry.columns import CanonicalJson, Label, UtcTime, Word, canonical_json

SCHEMA_VERSION = 2

NO_DIGEST = "0" * 64
"""What the first audit event names as its predecessor."""

metadata = MetaData()

PAD_NOT_RECORDED_JSON = canonical_json(asdict(PAD_NOT_RECORDED))
"""Attack evidence of samples from before it was kept."""

_PENDING = text(f"status = '{EncounterStatus.PENDING.value}'")


def _word(name: str, members: type[Enum]) -> tuple[Column[Enum], CheckConstraint]:
    allowed = ", ".join(f"'{member.value}'" for member in members)
    return Column(name, Word(members), nullable=False), CheckConstraint(f"{name} IN ({allowed})")


schema_versions = Table(
    "kura_schema",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("installed_at", UtcTime, nullable=False),
)

heads = Table(
    "heads",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    Column("change_sequence", Integer, nullable=False),
    Column("event_sequence", Integer, nullable=False),
    Column("event_digest", Text, nullable=False),
)

subjects = Table(
    "subjects",
    metadata,
    Column("subject_id", Text, primary_key=True),
    Column("label", Label, nullable=False, unique=True),
    Column("simulated", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

encounters = Table(
    "encounters",
    metadata,
    Column("encounter_id", Text, primary_key=True),
    Column("subject_id", ForeignKey("subjects.subject_id"), nullable=False, index=True),
    *_word("status", EncounterStatus),
    Column("recorded_at", UtcTime, nullable=False),
    Column("policy_version", Text, nullable=False),
    Index("encounters_pending", "encounter_id", sqlite_where=_PENDING, postgresql_where=_PENDING),
)

samples = Table(
    "samples",
    metadata,
    Column("encounter_id", ForeignKey("encounters.encounter_id"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("sha256", Text, nullable=False, index=True),
    *_word("position", Position),
    Column("ppi", Float),
    Column("captured_at", UtcTime, nullable=False),
    Column("quality", Integer, nullable=False),
    Column("quality_algorithm", Text, nullable=False),
    Column("quality_components", CanonicalJson, nullable=False),
    Column("pad", CanonicalJson, nullable=False, server_default=PAD_NOT_RECORDED_JSON),
    Column("simulated", Boolean, nullable=False),
)

# "references" alone is a reserved word of SQL. `added_at` and `retired_at` name the changes that brought a reference
# into the gallery and took it out; a re-extraction retires some references of an encounter and adds others.
references = Table(
    "biometric_references",
    metadata,
    Column("reference_id", Text, primary_key=True),
    Column("encounter_id", ForeignKey("encounters.encounter_id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    *_word("position", Position),
    Column("algorithm", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("model_id", Text, Computed("algorithm || '/' || version", persisted=True)),
    Column("metric", Text, nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("sample_sha256", Text),
    Column("template", LargeBinary, nullable=False),
    Column("added_at", Integer, nullable=False),
    Column("retired_at", Integer),
    UniqueConstraint("encounter_id", "added_at", "ordinal"),
)

# What a re-extraction has made so far, or why it could not: nothing here is searched before all of it is.
staged_references = Table(
    "staged_references",
    metadata,
    Column("replaces", ForeignKey("biometric_references.reference_id"), primary_key=True),
    Column("model_id", Text, nullable=False),
    Column("reference_id", Text, unique=True),
    Column("template", LargeBinary),
    Column("failure", Text),
    CheckConstraint("(template IS NULL) = (reference_id IS NULL) AND (template IS NULL) = (failure IS NOT NULL)"),
)

changes = Table(
    "changes",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    *_word("kind", ChangeKind),
    Column("encounter_id", ForeignKey("encounters.encounter_id"), nullable=False, index=True),
)

cases = Table(
    "cases",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("encounter_id", ForeignKey("encounters.encounter_id"), nullable=False, index=True),
    Column("subject_id", ForeignKey("subjects.subject_id"), nullable=False, index=True),
    *_word("priority", CasePriority),
    *_word("status", CaseStatus),
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

# No foreign key: the trail outlives what it tells about.
audit_events = Table(
    "audit_events",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject_id", Text, index=True),
    Column("details", CanonicalJson, nullable=False),
    Column("previous", Text, nullable=False),
    Column("digest", Text, nullable=False),
)


def append_only(connection: Connection, table: Table) -> None:
    """Let SQLite refuse to rewrite a table, INSERT OR REPLACE included (which fires no delete trigger)."""
    refusal = f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
    known = f"WHEN EXISTS (SELECT 1 FROM {table.name} WHERE sequence = NEW.sequence)"
    for action, condition in (("UPDATE", ""), ("DELETE", ""), ("INSERT", known)):
        trigger = f"CREATE TRIGGER {table.name}_no_{action.lower()} BEFORE {action} ON {table.name}"
        connection.exec_driver_sql(f"{trigger} {condition} {refusal}")


def create_tables(connection: Connection) -> None:
    """Create every table and trigger, and the rows that say that nothing is recorded yet."""
    metadata.create_all(connection, checkfirst=False)
    for table in (changes, audit_events):
        append_only(connection, table)
    connection.execute(insert(schema_versions).values(version=SCHEMA_VERSION, installed_at=now_utc()))
    connection.execute(insert(heads).values(id=1, change_sequence=0, event_sequence=0, event_digest=NO_DIGEST))
