"""Whatever workers, receivers and clocks do: what was acknowledged is done, by one at a time, and results arrive."""

from __future__ import annotations

import os
import random
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from unittest import mock

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from biometrics.errors import RecordNotFoundError
from biometrics.records import SYSTEM
from biometrics.samples import now_utc
from enrollment.tasks import desk as desks
from enrollment.tasks.desk import LONGEST_RETRY_S, TaskDesk
from enrollment.tasks.queue import LEASE_S, TaskJob
from enrollment.tasks.records import AnswerTask, DeliveredTask, Delivery, LeasedTask, OwnTask, TaskResult, TaskWork
from registry.service_states import TaskState
from registry.store import Registry
from tests.databases import drop_databases
from tests.enrollment.tasks.asking import Clock, asked

CLIENTS = ("ministry", "consulate")
STATES_OF_DELIVERY = {TaskState.RESPONSE_SCHEDULED, TaskState.RESPONSE_RETRY}


@dataclass(slots=True)
class Known:
    """What the model knows of a task that was acknowledged."""

    client: str
    has_callback: bool
    answer: bytes | None = None
    received: bool = False


@dataclass(slots=True)
class Held:
    """A lease that a worker believes to have, until when."""

    work: TaskWork
    until_s: float
    is_current: bool = True


class TaskMachine(RuleBasedStateMachine):
    """A desk, workers that fall silent, receivers that fail, an owner that is started again, clocks that jump."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._registry = Registry.open(Path(self._folder.name) / "home")
        self._clock = Clock()
        self._wall_jump = timedelta()
        self._wall = mock.patch.object(desks, "now_utc", lambda: now_utc() + self._wall_jump)
        self._wall.start()
        self._known: dict[str, Known] = {}
        self._held: list[Held] = []
        self._start()

    def _start(self) -> None:
        self._desk = TaskDesk(self._registry, clock=self._clock, chance=random.Random(0))

    def teardown(self) -> None:
        try:
            self._finish_everything()
            assert self._registry.check() == []
        finally:
            self._wall.stop()
            self._registry.close()
            drop_databases(Path(self._folder.name))
            self._folder.cleanup()

    @rule(client=st.sampled_from(CLIENTS), has_callback=st.booleans(), priority=st.integers(0, 9))
    def accept(self, client: str, has_callback: bool, priority: int) -> None:
        task_id = f"task {len(self._known)}"
        task = asked(task_id, client=client, callback="x" if has_callback else None, priority=priority)
        self._desk.accept(SYSTEM, task)
        self._known[task_id] = Known(client, has_callback)

    @precondition(lambda self: self._known)
    @rule(data=st.data())
    def accept_again(self, data: st.DataObject) -> None:
        task_id = data.draw(st.sampled_from(sorted(self._known)))
        known = self._known[task_id]
        self._desk.accept(SYSTEM, asked(task_id, client=known.client, callback="x" if known.has_callback else None))

    @rule(job=st.sampled_from(TaskJob))
    def take(self, job: TaskJob) -> None:
        work = self._desk.take(job)
        if work is None:
            return
        known = self._known[work.task.task_id]
        assert known.answer == work.task.answer
        assert (known.answer is None) is (job is TaskJob.PERFORM)
        for other in self._held:
            same = other.work.task.task_id == work.task.task_id and other.work.job is job
            assert not (same and other.is_current and other.until_s > self._clock.now_s), "two at once"
        self._held.append(Held(work, self._clock.now_s + LEASE_S))

    @precondition(lambda self: self._held)
    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        held = data.draw(st.sampled_from(self._held))
        lease = LeasedTask(task_id=held.work.task.task_id, lease=held.work.lease)
        if self._desk.renew(lease):
            assert held.is_current and held.until_s > self._clock.now_s
            held.until_s = self._clock.now_s + LEASE_S
        else:
            held.is_current = False

    @precondition(lambda self: self._held)
    @rule(data=st.data())
    def fall_silent(self, data: st.DataObject) -> None:
        self._drop(data.draw(st.sampled_from(self._held)), is_dead=False)

    @precondition(lambda self: self._held)
    @rule(data=st.data())
    def put_off(self, data: st.DataObject) -> None:
        held = self._take_back(data)
        self._desk.put_off(LeasedTask(task_id=held.work.task.task_id, lease=held.work.lease))

    @precondition(lambda self: any(one.work.job is TaskJob.PERFORM for one in self._held))
    @rule(data=st.data(), failed=st.booleans())
    def answer(self, data: st.DataObject, failed: bool) -> None:
        held = self._take_back(data, TaskJob.PERFORM)
        self._answer(held.work, failed)

    @precondition(lambda self: any(one.work.job is TaskJob.DELIVER for one in self._held))
    @rule(data=st.data(), ended=st.sampled_from(Delivery))
    def deliver(self, data: st.DataObject, ended: Delivery) -> None:
        held = self._take_back(data, TaskJob.DELIVER)
        self._deliver(held.work, ended)

    @precondition(lambda self: self._known)
    @rule(data=st.data())
    def redeliver(self, data: st.DataObject) -> None:
        task_id = data.draw(st.sampled_from(sorted(self._known)))
        if self._result(task_id) is None:
            return
        known = self._known[task_id]
        self._desk.redeliver(OwnTask(task_id=task_id, client=known.client))
        if known.has_callback and known.answer is not None:
            known.received = False
            for held in self._held:  # it may be delivered by another at once: the client asked for it
                held.is_current &= held.work.task.task_id != task_id

    @rule(seconds=st.sampled_from([0.5, 5.0, LEASE_S - 1, LEASE_S, 90.0, LONGEST_RETRY_S]))
    def wait(self, seconds: float) -> None:
        self._clock.pass_s(seconds)

    @rule(minutes=st.sampled_from([-525_600, -60, 60, 1_000]))
    def jump(self, minutes: int) -> None:
        self._wall_jump += timedelta(minutes=minutes)

    @rule()
    def restart(self) -> None:
        self._start()
        for held in self._held:
            held.is_current = False

    @invariant()
    def nothing_acknowledged_is_lost(self) -> None:
        for task_id, known in self._known.items():
            found = self._result(task_id)
            if found is None:
                assert known.received or (known.answer is not None and not known.has_callback)
                continue
            assert found.answer == known.answer
            if known.answer is None:
                assert found.state is TaskState.PENDING
            elif known.received or not known.has_callback:
                assert found.state is TaskState.COMPLETED
            else:
                assert found.state in STATES_OF_DELIVERY

    def _result(self, task_id: str) -> TaskResult | None:
        try:
            return self._desk.result(OwnTask(task_id=task_id, client=self._known[task_id].client))
        except RecordNotFoundError:
            return None

    def _take_back(self, data: st.DataObject, job: TaskJob | None = None) -> Held:
        held = data.draw(st.sampled_from([one for one in self._held if job in (None, one.work.job)]))
        self._drop(held, is_dead=True)
        return held

    def _drop(self, held: Held, *, is_dead: bool) -> None:
        """Let a worker give up a lease; one that fell silent has it until it ends."""
        if is_dead or not held.is_current:
            self._held.remove(held)

    def _answer(self, work: TaskWork, failed: bool) -> None:
        known = self._known[work.task.task_id]
        answer = f"{work.lease} {failed}".encode()
        known.answer = known.answer or answer
        self._desk.answer(AnswerTask(task_id=work.task.task_id, answer=answer, failed=failed))
        for held in self._held:
            held.is_current &= held.work.task.task_id != work.task.task_id

    def _deliver(self, work: TaskWork, ended: Delivery) -> None:
        known = self._known[work.task.task_id]
        known.received |= ended is Delivery.RECEIVED
        self._desk.delivered(DeliveredTask(task_id=work.task.task_id, lease=work.lease, ended=ended))
        for held in self._held:
            held.is_current &= held.work.task.task_id != work.task.task_id

    def _finish_everything(self) -> None:
        """Let workers and receivers be well from now on: everything must come to its end."""
        self._held.clear()
        for _ in range(3 * len(self._known) + 3):
            self._clock.pass_s(2 * LONGEST_RETRY_S)
            while (work := self._desk.take(TaskJob.PERFORM)) is not None:
                self._answer(work, failed=False)
            while (work := self._desk.take(TaskJob.DELIVER)) is not None:
                self._deliver(work, Delivery.RECEIVED)
        for known in self._known.values():
            assert known.answer is not None
            assert known.received or not known.has_callback
        counts = self._desk.counts()
        assert (counts.to_perform, counts.to_deliver) == (0, 0)


TestTasks = TaskMachine.TestCase
TestTasks.settings = settings(
    max_examples=300 if os.environ.get("KURA_TEST_THOROUGH") else 6,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
