"""The tables an enrollment and the gallery need: subjects, encounters, samples, references, changes, the audit trail.

`heads` holds one row: the last change, and where the audit log stands. Whoever writes updates it, so numbers are given
without gaps and in the order of the commits.
"""

from __future__ import annotations

from dataclasses import asdict, fields

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from biometrics.positions import Position
from biometrics.protocols import ChangeKind
from biometrics.records import PAD_NOT_RECORDED, ActorRole, EncounterContext, EncounterStatus, SubjectStatus
from registry.columns import CanonicalJson, NameSet, SequenceNumber, UtcTime, canonical_json
from registry.sealed import Kind, Sealed, Token
from registry.tables.base import metadata, word

PAD_NOT_RECORDED_JSON = canonical_json(asdict(PAD_NOT_RECORDED))
"""Attack evidence of samples from before it was kept."""

CONTEXT = tuple(field.name for field in fields(EncounterContext))
"""Columns of an encounter that tell who met the subject, where, and why."""

SEALED_CONTEXT = frozenset({"appointment", "receipt"})
"""Those of them that are the person's own."""

UNTRIED = "not tried yet"
"""Why there is no reference of a picture that came without one, until an extraction looks at it."""

_PENDING = text(f"status = '{EncounterStatus.PENDING.value}'")
_UNEXTRACTED = text("unextracted IS NOT NULL")
_IN_USE = text("retired_at IS NULL")

schema_versions = Table(
    "kura_schema",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("installed_at", UtcTime, nullable=False),
)

# The log is a Merkle tree: `event_digest` is its root, `frontier` its right edge in hexadecimal, and `event_mac` shows
# that whoever wrote this row had the installation's keys.
heads = Table(
    "heads",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    Column("change_sequence", SequenceNumber, nullable=False),
    Column("event_sequence", SequenceNumber, nullable=False),
    Column("event_digest", Text, nullable=False),
    Column("event_at", UtcTime),
    Column("frontier", Text, nullable=False),
    Column("log_id", Text, nullable=False),
    Column("event_mac", Text, nullable=False),
)

subjects = Table(
    "subjects",
    metadata,
    Column("subject_id", Text, primary_key=True),
    # None once the subject is purged.
    Column("label", Sealed("subjects.label")),
    Column("label_token", Token("subjects.label"), unique=True),
    Column("simulated", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    *word("status", SubjectStatus, default=SubjectStatus.ACTIVE),
    # Deferred: a restore brings both in one go, in any order.
    Column("merged_into", ForeignKey("subjects.subject_id", deferrable=True, initially="DEFERRED"), index=True),
    CheckConstraint("(label IS NULL) = (label_token IS NULL)"),
    CheckConstraint(f"(merged_into IS NOT NULL) = (status = '{SubjectStatus.MERGED.value}')"),
)

encounters = Table(
    "encounters",
    metadata,
    Column("encounter_id", Text, primary_key=True),
    Column("subject_id", ForeignKey("subjects.subject_id"), nullable=False, index=True),
    *word("status", EncounterStatus),
    Column("recorded_at", UtcTime, nullable=False),
    Column("policy_version", Text, nullable=False),
    *(Column(name, Sealed(f"encounters.{name}") if name in SEALED_CONTEXT else Text) for name in CONTEXT),
    Column("receipt_token", Token("encounters.receipt"), unique=True),
    Column("purged_at", UtcTime),
    Index("encounters_pending", "encounter_id", sqlite_where=_PENDING, postgresql_where=_PENDING),
)

samples = Table(
    "samples",
    metadata,
    Column("encounter_id", ForeignKey("encounters.encounter_id"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("sha256", Text, nullable=False, index=True),
    *word("position", Position),
    Column("ppi", Float),
    Column("captured_at", UtcTime, nullable=False),
    Column("quality", Integer, nullable=False),
    Column("quality_algorithm", Text, nullable=False),
    Column("quality_components", CanonicalJson, nullable=False),
    Column("pad", CanonicalJson, nullable=False, server_default=PAD_NOT_RECORDED_JSON),
    Column("simulated", Boolean, nullable=False),
    # Why no reference was made of a picture that came without one; see `registry.extraction`.
    Column("unextracted", Text),
    Index(
        "samples_unextracted", "unextracted", "encounter_id", sqlite_where=_UNEXTRACTED, postgresql_where=_UNEXTRACTED
    ),
)

# "references" alone is a reserved word of SQL. `added_at` and `retired_at` name the changes that brought a reference
# into the gallery and took it out; a re-extraction retires some references of an encounter and adds others.
references = Table(
    "biometric_references",
    metadata,
    Column("reference_id", Text, primary_key=True),
    Column("encounter_id", ForeignKey("encounters.encounter_id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    *word("position", Position),
    Column("algorithm", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("model_id", Text, Computed("algorithm || '/' || version", persisted=True)),
    Column("metric", Text, nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("sample_sha256", Text),
    Column("template", Sealed("biometric_references.template", Kind.BYTES), nullable=False),
    Column("added_at", SequenceNumber, nullable=False),
    Column("retired_at", SequenceNumber),
    UniqueConstraint("encounter_id", "added_at", "ordinal"),
    # Counted without reading the rows, as long as the index holds all that is asked of them.
    Index("references_in_use", "encounter_id", "retired_at", sqlite_where=_IN_USE, postgresql_where=_IN_USE),
)

# What a re-extraction has made so far, or why it could not: nothing here is searched before all of it is.
staged_references = Table(
    "staged_references",
    metadata,
    Column("replaces", ForeignKey("biometric_references.reference_id"), primary_key=True),
    Column("model_id", Text, nullable=False),
    Column("reference_id", Text, unique=True),
    Column("template", Sealed("staged_references.template", Kind.BYTES)),
    Column("failure", Text),
    CheckConstraint("(template IS NULL) = (reference_id IS NULL) AND (template IS NULL) = (failure IS NOT NULL)"),
)

# Whose an encounter is, and in which galleries, as of the change: a merge changes both for later changes only.
changes = Table(
    "changes",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=False),
    *word("kind", ChangeKind),
    Column("encounter_id", ForeignKey("encounters.encounter_id"), nullable=False, index=True),
    Column("subject_id", ForeignKey("subjects.subject_id"), nullable=False),
    Column("galleries", NameSet, nullable=False),
    Column("from_subject_id", ForeignKey("subjects.subject_id")),
    Column("from_galleries", NameSet),
    CheckConstraint(f"(kind = '{ChangeKind.MOVED.value}') = (from_subject_id IS NOT NULL)"),
    CheckConstraint("(from_subject_id IS NULL) = (from_galleries IS NULL)"),
)

# No foreign key: the trail outlives what it tells about. Events from before actors were recorded have none; `client`,
# `route` and `scope` are those of a call that came through the network. `digest` is the hash of the event as a leaf.
audit_events = Table(
    "audit_events",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject_id", Text),
    Column("details", CanonicalJson, nullable=False),
    Column("actor", Text),
    *word("role", ActorRole, nullable=True),
    Column("post", Text),
    Column("station", Text),
    Column("purpose", Text),
    Column("client", Text),
    Column("route", Text),
    Column("scope", Text),
    Column("digest", Text, nullable=False),
    Index("audit_events_about", "subject_id", "sequence"),
    Index("audit_events_by_actor", "actor", "sequence"),
    Index("audit_events_by_action", "action", "sequence"),
)
