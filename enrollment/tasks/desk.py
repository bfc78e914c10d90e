"""The desk of tasks: at the owner of the registry, which alone knows who works on what.

A task is durable before it is acknowledged, and stays until its result was received. It is performed at least once:
whoever performs it must do no harm by doing it again. The result is sent until the receiver takes it, for three days.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from biometrics.errors import RecordNotFoundError, ServiceBusyError
from biometrics.records import Actor
from biometrics.samples import now_utc
from enrollment.tasks.queue import TaskJob, TaskLease, TaskQueue
from enrollment.tasks.records import (
    AcceptTask,
    AnswerTask,
    DeliveredTask,
    Delivery,
    LeasedTask,
    OwnTask,
    TaskCounts,
    TaskResult,
    TaskWork,
    own_task,
)
from registry.service_states import TaskState
from registry.store import Registry
from registry.tasks import Task

FIRST_RETRY_S = 5.0
LONGEST_RETRY_S = 3_600.0
MOST_ATTEMPTS = 80
"""With waits that double from 5 s to an hour, three days; counted, since clocks jump and engines are started again."""

LONGEST_SILENCE_S = 60.0
"""A receiver that did not answer is tried again after so long at most, with one result."""

MOST_UNFINISHED = 20_000
"""Tasks of one client that wait; with pictures of 300 KB, 6 GB."""

KEPT_FOR = timedelta(hours=24)
"""How long a result that was received, or is asked for, can still be had."""
GIVEN_UP_KEPT_FOR = timedelta(days=30)
"""How long a result that nobody received can still be delivered when the client asks for it."""

_FORGETS_EVERY_S = 600.0
_AFTER_RESTART_S = 60.0

_JOBS = {
    TaskState.PENDING: TaskJob.PERFORM,
    TaskState.RESPONSE_SCHEDULED: TaskJob.DELIVER,
    TaskState.RESPONSE_RETRY: TaskJob.DELIVER,
}


class TaskDesk:
    """Hands out tasks and records what becomes of them; safe to share between threads.

    Parameters
    ----------
    registry
        Where tasks are kept.
    clock
        Seconds that only grow.
    chance
        Spreads waits, so that what failed together is not tried again together.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        clock: Callable[[], float] = time.monotonic,
        chance: random.Random | None = None,
    ) -> None:
        self._registry = registry
        self._clock = clock
        self._chance = chance or random.Random()
        self._changing = threading.Lock()
        self._queue: TaskQueue | None = None
        self._forgot_at = float("-inf")

    def accept(self, actor: Actor, asked: AcceptTask) -> str:
        """Keep a task durably and return its identifier; the same task accepted again is one task.

        Raises
        ------
        ServiceBusyError
            When the client has as many unfinished tasks as it may.
        """
        with self._changing:
            if self._loaded().of_client(asked.client) >= MOST_UNFINISHED:
                remedy = "wait until some of your tasks are finished"
                raise ServiceBusyError("the client has as many unfinished tasks as it may have", remedy=remedy)
        with self._registry.writing(actor) as writer:
            writer.tasks.add(asked.as_task(now_utc()))
        with self._changing:
            self._loaded().add(task_id=asked.task_id, client=asked.client, priority=asked.priority, job=TaskJob.PERFORM)
        return asked.task_id

    def take(self, job: TaskJob) -> TaskWork | None:
        """Return the next task to perform, or whose result is to be delivered; None when nothing is due."""
        self._forget_old()
        while True:
            with self._changing:
                lease = self._loaded().take(job)
            if lease is None:
                return None
            task = self._find(lease.task_id)
            if task is not None and _JOBS.get(task.state) is job:
                return TaskWork(task=task, job=job, lease=lease.lease, lost=lease.lost)
            self._correct(lease, task)

    def renew(self, asked: LeasedTask) -> bool:
        """Prolong a lease; False when another worker may have the task."""
        with self._changing:
            return self._loaded().renew(asked.task_id, asked.lease)

    def put_off(self, asked: LeasedTask) -> None:
        """Give a task back that could not be worked on now: it is tried again after a while, and without end."""
        with self._changing:
            self._loaded().put_off(asked.task_id, asked.lease, self._wait_s(0.5, 60.0))

    def answer(self, asked: AnswerTask) -> None:
        """Record what became of a task; the first answer counts, whoever gives it.

        A worker that was taken for dead may still answer: what it did is done.
        """
        with self._registry.writing() as writer:
            task = writer.tasks.find(asked.task_id)
            if task.state is not TaskState.PENDING:
                return
            writer.tasks.answer(asked.task_id, asked.answer, failed=asked.failed)
        with self._changing:
            if task.callback is None:
                self._loaded().remove(asked.task_id)
            else:
                self._loaded().turn(asked.task_id, TaskJob.DELIVER)

    def delivered(self, asked: DeliveredTask) -> None:
        """Record how an attempt to deliver a result ended, and when it is tried again."""
        with self._registry.writing() as writer:
            task = writer.tasks.find(asked.task_id)
            if _JOBS.get(task.state) is not TaskJob.DELIVER:
                return
            attempts = task.attempts + 1
            state = _state_after(asked.ended, attempts)
            writer.tasks.delivery(asked.task_id, state, attempts)
        wait_s = self._wait_s(FIRST_RETRY_S, LONGEST_RETRY_S)(attempts)
        with self._changing:
            queue, is_silent = self._loaded(), asked.ended is Delivery.SILENT
            queue.note_receiver(task.client, silent_s=min(wait_s, LONGEST_SILENCE_S) if is_silent else None)
            if state is TaskState.RESPONSE_RETRY:
                queue.turn(asked.task_id, TaskJob.DELIVER, wait_s)
            else:
                queue.remove(asked.task_id)

    def result(self, asked: OwnTask) -> TaskResult:
        """Return how far a task has come.

        Raises
        ------
        RecordNotFoundError
            When the client has no such task, or it was forgotten.
        """
        with self._registry.reading() as record:
            task = own_task(record.tasks, asked)
        return TaskResult(state=task.state, answer=task.answer, failed=task.failed)

    def redeliver(self, asked: OwnTask) -> None:
        """Deliver a result anew as if it had never been tried; a task still to be performed goes on as it is.

        Raises
        ------
        RecordNotFoundError
            As `result`.
        """
        with self._registry.writing() as writer:
            task = own_task(writer.tasks, asked)
            if task.callback is None or task.state is TaskState.PENDING:
                return
            writer.tasks.delivery(asked.task_id, TaskState.RESPONSE_RETRY, 0)
        with self._changing:
            queue = self._loaded()
            queue.add(task_id=task.task_id, client=task.client, priority=task.priority, job=TaskJob.DELIVER)
            queue.turn(task.task_id, TaskJob.DELIVER)
            queue.note_receiver(task.client, silent_s=None)

    def counts(self) -> TaskCounts:
        """Return how many tasks are unfinished."""
        with self._changing:
            counts = self._loaded().counts()
        return TaskCounts(to_perform=counts[TaskJob.PERFORM], to_deliver=counts[TaskJob.DELIVER])

    def _loaded(self) -> TaskQueue:
        """Return the queue, made from the registry when it is asked for first."""
        if self._queue is None:
            queue = TaskQueue(self._clock)
            with self._registry.reading() as record:
                for task in record.tasks.unfinished():
                    # Results that were tried before wait a little, so that a start does not bring all at once.
                    wait_s = self._chance.uniform(0.0, _AFTER_RESTART_S) if task.attempts else 0.0
                    queue.add(
                        task_id=task.task_id,
                        client=task.client,
                        priority=task.priority,
                        job=_JOBS[task.state],
                        wait_s=wait_s,
                    )
            self._queue = queue
        return self._queue

    def _find(self, task_id: str) -> Task | None:
        with self._registry.reading() as record, suppress(RecordNotFoundError):
            return record.tasks.find(task_id)
        return None

    def _correct(self, lease: TaskLease, task: Task | None) -> None:
        """Let the queue follow the registry: the task was answered by somebody whose lease had ended."""
        with self._changing:
            if task is not None and task.state in _JOBS:
                self._loaded().turn(lease.task_id, _JOBS[task.state])
            else:
                self._loaded().remove(lease.task_id)

    def _wait_s(self, first_s: float, longest_s: float) -> Callable[[int], float]:
        """Return how long to wait after a number of failures: doubling, and spread by a fifth."""
        return lambda failures: self._chance.uniform(0.8, 1.0) * min(first_s * 2.0 ** min(failures - 1, 30), longest_s)

    def _forget_old(self) -> None:
        with self._changing:
            if self._clock() - self._forgot_at < _FORGETS_EVERY_S:
                return
            self._forgot_at = self._clock()
        now = now_utc()
        with self._registry.writing() as writer:
            writer.tasks.forget(now - KEPT_FOR, now - GIVEN_UP_KEPT_FOR)


def _state_after(ended: Delivery, attempts: int) -> TaskState:
    if ended is Delivery.RECEIVED:
        return TaskState.COMPLETED
    return TaskState.RESPONSE_ERROR if attempts >= MOST_ATTEMPTS else TaskState.RESPONSE_RETRY
