"""What is kept for systems that enroll and ask through the network: documents, tasks, drafts, given answers.

Everything but the key columns may be personal. `nonce` is random and goes into the digest that the audit trail keeps of
a row, as in `registry.tables.people`; `row_id` names a row in the trail where its own key was chosen by a client.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from registry.columns import UtcTime
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
    Column("name", Text, nullable=False),
    Column("asked_name", Text, nullable=False),
    Column("request", Text, unique=True),
    Column("in_use", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("document", Text, nullable=False),
)

# Long values come last: SQLite then reads the others without them.
tasks = Table(
    "tasks",
    metadata,
    Column("task_id", Text, primary_key=True),
    Column("client", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("transaction_id", Text, nullable=False),
    Column("callback", Text),
    Column("priority", Integer, nullable=False),
    *word("state", TaskState),
    Column("failed", Boolean, nullable=False),
    Column("attempts", Integer, CheckConstraint("attempts >= 0"), nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("asked", LargeBinary),
    Column("answer", LargeBinary),
    CheckConstraint(f"(state = '{TaskState.PENDING.value}') = (asked IS NOT NULL)"),
    CheckConstraint(f"(state = '{TaskState.PENDING.value}') = (answer IS NULL)"),
    Index("tasks_unfinished", "priority", "made_at", "task_id", sqlite_where=UNFINISHED, postgresql_where=UNFINISHED),
    Index("tasks_by_state", "state", "changed_at"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("row_id", Text, primary_key=True),
    Column("draft_id", Text, nullable=False, unique=True),
    Column("client", Text, nullable=False),
    *word("state", DraftState),
    Column("version", Integer, nullable=False),
    Column("person", Text),
    Column("encounter_id", ForeignKey("encounters.encounter_id"), index=True),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("attributes", Text, nullable=False),
    Column("document", Text, nullable=False),
    Index("drafts_of_client", "client", "draft_id"),
    CheckConstraint(f"encounter_id IS NULL OR state = '{DraftState.FINALIZED.value}'"),
)

# The bytes are a file of the sample store.
draft_buffers = Table(
    "draft_buffers",
    metadata,
    Column("buffer_id", Text, primary_key=True),
    Column("draft_id", ForeignKey("drafts.draft_id"), nullable=False, index=True),
    Column("sha256", Text, nullable=False, index=True),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("nonce", Text, nullable=False),
)

# What a client was told when it sent a request under a key of its own: sent again, it is told the same.
kept_answers = Table(
    "kept_answers",
    metadata,
    Column("row_id", Text, primary_key=True),
    Column("client", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("request_sha256", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("made_at", UtcTime, nullable=False, index=True),
    Column("nonce", Text, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    UniqueConstraint("client", "key"),
)

ROW_KEYS: dict[Table, Column[str]] = {
    encounter_documents: encounter_documents.c.encounter_id,
    tasks: tasks.c.task_id,
    drafts: drafts.c.row_id,
    draft_buffers: draft_buffers.c.buffer_id,
    kept_answers: kept_answers.c.row_id,
}
"""The column by which the audit trail names a row of each table."""
