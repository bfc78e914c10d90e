"""What is kept for systems that enroll and ask through the network: documents, tasks, drafts, given answers.

What clients chose or said may be personal and lies sealed: a document under its encounter's key, a task, a draft or an
answer under one of its own. `nonce` is random and goes into the digest that the audit trail keeps of a row, as in
`registry.tables.people`; `row_id` names a row in the trail where its own key was chosen by a client.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from registry.columns import UtcTime
from registry.sealed import Kind, Sealed, Token
from registry.service_states import DraftState, TaskState
from registry.tables.base import metadata, word

UNFINISHED = text(f"state <> '{TaskState.COMPLETED.value}' AND state <> '{TaskState.RESPONSE_ERROR.value}'")
"""Tasks that somebody still has to perform or to deliver; written as the partial index says it."""

# `name` tells encounters of one person apart. It is `asked_name`, the client's own, unless a merge or a move brought
# the encounter to a person who has one of that name; then it is the encounter's identifier.
encounter_documents = Table(
    "encounter_documents",
    metadata,
    Column("encounter_id", ForeignKey("encounters.encounter_id"), primary_key=True),
    Column("name", Sealed("encounter_documents.name"), nullable=False),
    Column("name_token", Token("encounter_documents.name"), nullable=False),
    Column("asked_name", Sealed("encounter_documents.asked_name"), nullable=False),
    Column("request", Sealed("encounter_documents.request")),
    Column("request_token", Token("encounter_documents.request"), unique=True),
    Column("in_use", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("nonce", Sealed("encounter_documents.nonce"), nullable=False),
    Column("document", Sealed("encounter_documents.document"), nullable=False),
)

# Long values come last: SQLite then reads the others without them.
tasks = Table(
    "tasks",
    metadata,
    Column("task_id", Text, primary_key=True),
    Column("client", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("transaction_id", Sealed("tasks.transaction_id"), nullable=False),
    Column("callback", Sealed("tasks.callback")),
    Column("priority", Integer, nullable=False),
    *word("state", TaskState),
    Column("failed", Boolean, nullable=False),
    Column("attempts", Integer, CheckConstraint("attempts >= 0"), nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("nonce", Sealed("tasks.nonce"), nullable=False),
    Column("asked", Sealed("tasks.asked", Kind.BYTES)),
    Column("answer", Sealed("tasks.answer", Kind.BYTES)),
    CheckConstraint(f"(state = '{TaskState.PENDING.value}') = (asked IS NOT NULL)"),
    CheckConstraint(f"(state = '{TaskState.PENDING.value}') = (answer IS NULL)"),
    Index("tasks_unfinished", "priority", "made_at", "task_id", sqlite_where=UNFINISHED, postgresql_where=UNFINISHED),
    Index("tasks_by_state", "state", "changed_at"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("row_id", Text, primary_key=True),
    Column("draft_id", Sealed("drafts.draft_id"), nullable=False),
    Column("draft_token", Token("drafts.draft_id"), nullable=False, unique=True),
    Column("client", Text, nullable=False),
    *word("state", DraftState),
    Column("version", Integer, nullable=False),
    Column("person", Sealed("drafts.person")),
    Column("encounter_id", ForeignKey("encounters.encounter_id"), index=True),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("nonce", Sealed("drafts.nonce"), nullable=False),
    Column("attributes", Sealed("drafts.attributes"), nullable=False),
    Column("document", Sealed("drafts.document"), nullable=False),
    Index("drafts_of_client", "client", "draft_token"),
    CheckConstraint(f"encounter_id IS NULL OR state = '{DraftState.FINALIZED.value}'"),
)

# The bytes are a file of the sample store; all of it is sealed under the draft's key.
draft_buffers = Table(
    "draft_buffers",
    metadata,
    Column("buffer_id", Text, primary_key=True),
    Column("draft_row", ForeignKey("drafts.row_id"), nullable=False, index=True),
    Column("draft_id", Sealed("draft_buffers.draft_id"), nullable=False),
    Column("sha256", Text, nullable=False, index=True),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("nonce", Sealed("draft_buffers.nonce"), nullable=False),
)

# What a client was told when it sent a request under a key of its own: sent again, it is told the same.
kept_answers = Table(
    "kept_answers",
    metadata,
    Column("row_id", Text, primary_key=True),
    Column("client", Text, nullable=False),
    Column("key", Sealed("kept_answers.key"), nullable=False),
    Column("key_token", Token("kept_answers.key"), nullable=False),
    Column("request_sha256", Sealed("kept_answers.request_sha256"), nullable=False),
    Column("status", Integer, nullable=False),
    Column("made_at", UtcTime, nullable=False, index=True),
    Column("nonce", Sealed("kept_answers.nonce"), nullable=False),
    Column("answer", Sealed("kept_answers.answer", Kind.BYTES), nullable=False),
    UniqueConstraint("client", "key_token"),
)

ROW_KEYS: dict[Table, Column[str]] = {
    encounter_documents: encounter_documents.c.encounter_id,
    tasks: tasks.c.task_id,
    drafts: drafts.c.row_id,
    draft_buffers: draft_buffers.c.buffer_id,
    kept_answers: kept_answers.c.row_id,
}
"""The column by which the audit trail names a row of each table."""

OWNERS: dict[Table, Column[str]] = {**ROW_KEYS, draft_buffers: draft_buffers.c.draft_row}
"""The column that names under whose key a row of each table is sealed."""

KEY_HOLDERS = (tasks, drafts, kept_answers)
"""Tables of which each row has a key of its own, which is gone with the row."""

DERIVED: dict[Table, dict[str, str]] = {
    encounter_documents: {"name_token": "name", "request_token": "request"},
    drafts: {"draft_token": "draft_id"},
    draft_buffers: {"draft_row": "draft_id"},
    kept_answers: {"key_token": "key"},
}
"""Columns that follow from another one, which the digest of a row covers in their place."""
