"""Audit events about what is kept for systems that ask through the network; each tells identifiers and digests only."""

from __future__ import annotations

DOCUMENT_ADDED = "document.added"
DOCUMENT_CHANGED = "document.changed"
TASK_ACCEPTED = "task.accepted"
TASK_ANSWERED = "task.answered"
TASK_DELIVERED = "task.delivered"
TASKS_FORGOTTEN = "tasks.forgotten"
DRAFT_OPENED = "draft.opened"
DRAFT_CHANGED = "draft.changed"
DRAFT_FINALIZED = "draft.finalized"
DRAFT_DELETED = "draft.deleted"
BUFFER_ADDED = "draft.buffer_added"
ANSWER_KEPT = "answer.kept"
ANSWERS_FORGOTTEN = "answers.forgotten"
DOCUMENTS_PURGED = "documents.purged"

SERVICE_ACTIONS = frozenset(
    {
        DOCUMENT_ADDED,
        DOCUMENT_CHANGED,
        TASK_ACCEPTED,
        TASK_ANSWERED,
        TASK_DELIVERED,
        TASKS_FORGOTTEN,
        DRAFT_OPENED,
        DRAFT_CHANGED,
        DRAFT_FINALIZED,
        DRAFT_DELETED,
        BUFFER_ADDED,
        ANSWER_KEPT,
        ANSWERS_FORGOTTEN,
        DOCUMENTS_PURGED,
    }
)
"""Events that only the change itself leaves."""
