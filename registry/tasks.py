"""Calls that are answered later: what was asked, how far it is, and the answer until it has arrived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from biometrics.errors import RecordConflictError, RecordError, RecordNotFoundError
from biometrics.samples import now_utc
from registry.audit import append_event
from registry.keys.sections import keyring_of
from registry.rows import StoredRow
from registry.service_actions import TASK_ACCEPTED, TASK_ANSWERED, TASK_DELIVERED, TASKS_FORGOTTEN
from registry.service_rows import SEALS, change_row, insert_row, remove_rows
from registry.service_states import TaskState
from registry.tables.service import UNFINISHED, tasks

_FORGOTTEN_AT_ONCE = 500
"""Tasks that one event names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskHead:
    """A task without what was asked and answered, which may be long.

    Parameters
    ----------
    task_id, client, operation, transaction_id
        Which task, whose, what it does, and what the client calls the call.
    callback
        Address the answer goes to; None when nobody waits for it.
    priority
        Higher ones come first.
    state, attempts
        How far it is, and how often the answer was sent in vain.
    made_at, changed_at
        When it was accepted and last changed, UTC.
    failed
        Whether the answer is an error.
    """

    task_id: str
    client: str
    operation: str
    transaction_id: str
    callback: str | None
    priority: int
    state: TaskState
    made_at: datetime
    changed_at: datetime
    failed: bool = False
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(TaskHead):
    """A task; `asked` is kept until there is an answer, which is kept until the task is forgotten."""

    asked: bytes | None = field(repr=False)
    answer: bytes | None = field(default=None, repr=False)


_HEAD = tuple(tasks.c[name] for name in TaskHead.__dataclass_fields__)


class TaskReader:
    """Calls that are answered later: `record.tasks`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, task_id: str) -> Task:
        """Return a task.

        Raises
        ------
        RecordNotFoundError
            When there is none with this identifier.
        """
        row = self._row(task_id)
        return Task(**{name: getattr(row, name) for name in Task.__dataclass_fields__})

    def unfinished(self, limit: int | None = None) -> tuple[TaskHead, ...]:
        """Return the tasks that are to be performed or delivered, highest priority first, the oldest of these first."""
        keyring_of(self._connection).prefetch(self._connection, select(tasks.c.task_id).where(UNFINISHED))
        order = tasks.c.priority.desc(), tasks.c.made_at, tasks.c.task_id
        rows = self._connection.execute(select(*_HEAD).where(UNFINISHED).order_by(*order).limit(limit)).all()
        return tuple(TaskHead(**row._mapping) for row in rows)

    def _row(self, task_id: str) -> StoredRow:
        row = self._connection.execute(select(tasks).where(tasks.c.task_id == task_id)).one_or_none()
        if row is None:
            raise RecordNotFoundError("there is no such task", source=task_id)
        return row


class TaskWriter(TaskReader):
    """Tasks accepted, answered, delivered and forgotten: `writer.tasks`."""

    def add(self, task: Task) -> bool:
        """Accept a task; return False when the same client's is known under this identifier, which changes nothing.

        Raises
        ------
        RecordError
            When it is answered already, or asks nothing.
        RecordConflictError
            When another client has a task of this identifier.
        """
        if task.state is not TaskState.PENDING or task.asked is None or task.answer is not None:
            raise RecordError("a new task has a question and no answer", source=task.task_id)
        known = self._connection.scalar(select(tasks.c.client).where(tasks.c.task_id == task.task_id))
        if known is not None:
            if known != task.client:
                raise RecordConflictError("another client has a task of this identifier", source=task.task_id)
            return False
        seals = insert_row(self._connection, tasks, asdict(task))
        told = {"task_id": task.task_id, "client": task.client, "operation": task.operation, SEALS: seals}
        self._tell(TASK_ACCEPTED, told)
        return True

    def answer(self, task_id: str, answer: bytes, *, failed: bool) -> None:
        """Record the answer, to be delivered if somebody waits for it; what was asked is dropped.

        Raises
        ------
        RecordNotFoundError
            When there is no such task.
        RecordConflictError
            When it has an answer.
        """
        row = self._row(task_id)
        if row.state is not TaskState.PENDING:
            raise RecordConflictError("this task has an answer already", source=task_id)
        state = TaskState.COMPLETED if row.callback is None else TaskState.RESPONSE_SCHEDULED
        values = {"state": state, "answer": answer, "failed": failed, "asked": None}
        self._change(TASK_ANSWERED, task_id, values, {"state": state.value, "failed": failed})

    def delivery(self, task_id: str, state: TaskState, attempts: int) -> None:
        """Record how far the delivery of an answer is; one that is over may begin anew.

        Raises
        ------
        RecordNotFoundError
            When there is no such task.
        RecordConflictError
            When there is nothing to deliver.
        RecordError
            When the state or the number is none of a delivery.
        """
        if state is TaskState.PENDING or attempts < 0:
            raise RecordError("a delivery has another state", source=task_id)
        row = self._row(task_id)
        if row.state is TaskState.PENDING or row.callback is None:
            raise RecordConflictError("this task has nothing to deliver", source=task_id)
        told = {"state": state.value, "attempts": attempts}
        self._change(TASK_DELIVERED, task_id, {"state": state, "attempts": attempts}, told)

    def forget(self, completed_before: datetime, given_up_before: datetime | None = None) -> int:
        """Drop tasks that were completed before a moment, and those given up before another; return how many."""
        done: ColumnElement[bool] = and_(tasks.c.state == TaskState.COMPLETED, tasks.c.changed_at < completed_before)
        if given_up_before is not None:
            over = and_(tasks.c.state == TaskState.RESPONSE_ERROR, tasks.c.changed_at < given_up_before)
            done = or_(done, over)
        chosen = self._connection.scalars(select(tasks.c.task_id).where(done).order_by(tasks.c.task_id)).all()
        for start in range(0, len(chosen), _FORGOTTEN_AT_ONCE):
            piece = chosen[start : start + _FORGOTTEN_AT_ONCE]
            seals = remove_rows(self._connection, tasks, tasks.c.task_id.in_(piece))
            self._tell(TASKS_FORGOTTEN, {"tasks": len(piece), SEALS: seals})
        return len(chosen)

    def _change(self, action: str, task_id: str, values: Mapping[str, Any], told: Mapping[str, object]) -> None:
        seals = change_row(self._connection, tasks, task_id, {**values, "changed_at": now_utc()})
        self._tell(action, {"task_id": task_id, **told, SEALS: seals})

    def _tell(self, action: str, details: Mapping[str, object]) -> None:
        append_event(self._connection, action=action, subject_id=None, details=details)
