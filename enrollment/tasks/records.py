"""What a worker asks of the desk of tasks, and what it is told."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from biometrics.errors import RecordNotFoundError
from enrollment.tasks.queue import TaskJob
from registry.service_states import TaskState
from registry.tasks import Task, TaskReader


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptTask:
    """A task to be done later.

    Parameters
    ----------
    task_id
        Chosen by whoever accepts, so that accepting it again after a lost answer does nothing.
    client, operation, transaction_id
        Who wants what.
    callback
        Where the result goes; None when it is kept to be asked for.
    priority
        0 the lowest, 9 the highest.
    asked
        What to do, as whoever performs it understands.
    """

    task_id: str
    client: str
    operation: str
    transaction_id: str
    callback: str | None
    priority: int
    asked: bytes

    def as_task(self, accepted_at: datetime) -> Task:
        """Return the task as it is recorded when it is accepted."""
        return Task(
            task_id=self.task_id,
            client=self.client,
            operation=self.operation,
            transaction_id=self.transaction_id,
            callback=self.callback,
            priority=self.priority,
            state=TaskState.PENDING,
            asked=self.asked,
            made_at=accepted_at,
            changed_at=accepted_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskWork:
    """A task that was taken; its lease must be renewed while it is worked on.

    Parameters
    ----------
    task
        The task with what was asked, or with its answer when that is to be delivered.
    job
        What is to be done.
    lease
        Names the lease.
    lost
        How many workers took it before and fell silent.
    """

    task: Task
    job: TaskJob
    lease: str
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedTask:
    """A task and the lease that somebody has of it."""

    task_id: str
    lease: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTask:
    """What became of a task; `failed` when the answer is an error."""

    task_id: str
    answer: bytes
    failed: bool


class Delivery(Enum):
    """How an attempt to deliver a result ended."""

    RECEIVED = "received"
    REFUSED = "refused"  # the receiver answered, and did not take it
    SILENT = "silent"  # nobody answered


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredTask:
    """How an attempt to deliver a task's result ended."""

    task_id: str
    lease: str
    ended: Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTask:
    """A task that a client asks about: its own, or it is told that there is none."""

    task_id: str
    client: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResult:
    """How far a task has come, and its answer where there is one."""

    state: TaskState
    answer: bytes | None
    failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCounts:
    """How many tasks wait to be performed or are, and how many results wait to be delivered."""

    to_perform: int
    to_deliver: int


def own_task(tasks: TaskReader, asked: OwnTask) -> Task:
    """Return a client's task; another's is as if it were not there.

    Raises
    ------
    RecordNotFoundError
        When the client has no such task, or it was forgotten.
    """
    with suppress(RecordNotFoundError):
        task = tasks.find(asked.task_id)
        if task.client == asked.client:
            return task
    raise RecordNotFoundError("there is no such task", remedy="results are kept for a day after they were received")
