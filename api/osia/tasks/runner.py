"""The threads of a worker that perform tasks and deliver their results, for as long as the worker lives."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import structlog

from api.http.desk import Desk
from api.osia.abis.calls import Performer
from api.osia.tasks.delivering import Courier
from api.osia.tasks.keys import signing_key
from api.osia.tasks.packing import TaskAnswer
from api.osia.tasks.performing import NotNowError, RightsOf, failure, perform, place_of
from biometrics.errors import BiometricsError, RecordBusyError, ServiceError, StorageError
from biometrics.records import SYSTEM
from enrollment.operations.operation import Operation
from enrollment.operations.tasks import (
    ANSWER_TASK,
    COUNT_TASKS,
    DELIVERED_TASK,
    PUT_OFF_TASK,
    RENEW_TASK,
    TAKE_TASK,
)
from enrollment.tasks.queue import LEASE_S, TaskJob
from enrollment.tasks.records import AnswerTask, DeliveredTask, LeasedTask, TaskWork

MOST_LOST = 5
"""A task at which so many workers fell silent is not begun again: it may be what ends them."""

_PERFORMERS, _DELIVERERS = 1, 2
"""Threads of a worker: extraction takes a core, a receiver only patience."""

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")

_SHORTEST_IDLE_S, _LONGEST_IDLE_S = 0.05, 1.0
_ENGINE_AWAY_S = 1.0
_TELLS_FOR_S = 60.0
"""How long a worker tries to tell a result to an engine that is away; after that the task is performed again."""

_log = structlog.get_logger(__name__)


class TaskRunner:
    """Takes tasks, performs them and delivers results until it is stopped.

    Parameters
    ----------
    desk
        The worker's.
    rights_of
        What a client may do now; None when it may do nothing.
    operations
        What can be performed, by name.
    courier
        Delivers; by default with the installation's key.
    """

    def __init__(
        self,
        desk: Desk,
        rights_of: RightsOf,
        operations: Mapping[str, Performer],
        *,
        courier: Courier | None = None,
    ) -> None:
        self._desk = desk
        self._rights_of = rights_of
        self._operations = operations
        self._courier = courier or Courier(partial(signing_key, desk.service))
        self._held: dict[str, LeasedTask] = {}
        self._changing = threading.Lock()
        self._stopping = threading.Event()
        work = [(TaskJob.PERFORM, self._perform)] * _PERFORMERS + [(TaskJob.DELIVER, self._deliver)] * _DELIVERERS
        self._threads = [
            threading.Thread(target=self._run, args=(job, do), name=f"task-{job.value}") for job, do in work
        ]
        self._threads.append(threading.Thread(target=self._renew, name="task-renew"))

    def start(self) -> None:
        """Begin to take tasks."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take no more, and return when what was begun is done."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _run(self, job: TaskJob, do: Callable[[TaskWork], None]) -> None:
        wait_s = 0.0
        while not self._stopping.wait(wait_s):
            try:
                idle_s = min(max(2 * wait_s, _SHORTEST_IDLE_S), _LONGEST_IDLE_S)
                wait_s = 0.0 if self._work(job, do) else idle_s
            except BiometricsError as error:
                _log.warning("task.engine_away", error=error.kind)
                wait_s = _ENGINE_AWAY_S
            except Exception as error:  # noqa: BLE001 - a mistake of ours must not end the thread: who would do the rest?
                _log.error("task.runner_failed", error=type(error).__name__, place=place_of(error))
                wait_s = _ENGINE_AWAY_S

    def _work(self, job: TaskJob, do: Callable[[TaskWork], None]) -> bool:
        """Do what is due next; False when nothing is."""
        work = self._ask(TAKE_TASK, job)
        if work is None:
            return False
        with self._holding(work):
            try:
                do(work)
            except Exception:
                self._tell(PUT_OFF_TASK, _lease(work))
                raise
        return True

    def _perform(self, work: TaskWork) -> None:
        task, began = work.task, time.perf_counter()
        try:
            answer = self._answer(work)
        except NotNowError as reason:
            _log.warning("task.put_off", task_id=task.task_id, operation=task.operation, reason=str(reason))
            self._tell(PUT_OFF_TASK, _lease(work))
            return
        taken_ms = round((time.perf_counter() - began) * 1000)
        _log.info("task.performed", task_id=task.task_id, operation=task.operation, failed=answer.failed, ms=taken_ms)
        self._tell(ANSWER_TASK, AnswerTask(task_id=task.task_id, answer=answer.content, failed=answer.failed))

    def _answer(self, work: TaskWork) -> TaskAnswer:
        if work.lost >= MOST_LOST:
            _log.error("task.given_up", task_id=work.task.task_id, lost=work.lost)
            return failure(work.task.task_id)
        return perform(self._desk, work.task, self._rights_of, self._operations)

    def _deliver(self, work: TaskWork) -> None:
        rights = self._rights_of(work.task.client)
        ended = self._courier.deliver(work.task, () if rights is None else rights.callbacks)
        self._desk.metrics.delivery(ended.value)
        self._tell(DELIVERED_TASK, DeliveredTask(task_id=work.task.task_id, lease=work.lease, ended=ended))

    def _renew(self) -> None:
        """Let the owner know that this worker lives and is at what it took, and count what is unfinished."""
        while not self._stopping.wait(LEASE_S / 3):
            with self._changing:
                held = tuple(self._held.values())
            try:
                for lease in held:
                    self._ask(RENEW_TASK, lease)
                counts = self._ask(COUNT_TASKS, None)
            except BiometricsError as error:  # an engine that was started again has no leases to prolong
                _log.warning("task.engine_away", error=error.kind)
                continue
            self._desk.metrics.tasks_counted(to_perform=counts.to_perform, to_deliver=counts.to_deliver)

    @contextmanager
    def _holding(self, work: TaskWork) -> Iterator[None]:
        with self._changing:
            self._held[work.lease] = _lease(work)
        try:
            yield
        finally:
            with self._changing:
                del self._held[work.lease]

    def _tell(self, operation: Operation[_Asked, None], asked: _Asked) -> None:
        """Tell the owner what became of a task, also when the engine is just being started again."""
        deadline = time.monotonic() + _TELLS_FOR_S
        while True:
            try:
                return self._ask(operation, asked)
            except (ServiceError, RecordBusyError, StorageError) as error:
                _log.warning("task.engine_away", error=error.kind)
                if self._stopping.wait(_ENGINE_AWAY_S) or time.monotonic() > deadline:
                    return None

    def _ask(self, operation: Operation[_Asked, _Answer], asked: _Asked) -> _Answer:
        return self._desk.service(SYSTEM).call(operation, asked)


def _lease(work: TaskWork) -> LeasedTask:
    return LeasedTask(task_id=work.task.task_id, lease=work.lease)
