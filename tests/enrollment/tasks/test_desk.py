"""The desk of tasks: nothing acknowledged is lost, and results go out until they arrive."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from biometrics.errors import RecordNotFoundError, ServiceBusyError
from biometrics.records import SYSTEM
from biometrics.samples import now_utc
from enrollment.engine.codec import codec_of
from enrollment.operations.operation import Operation
from enrollment.operations.tasks import ACCEPT_TASK, TAKE_TASK, TASK_RESULT, TASKS
from enrollment.tasks import desk as desks
from enrollment.tasks.desk import LONGEST_RETRY_S, MOST_ATTEMPTS, TaskDesk
from enrollment.tasks.queue import LEASE_S, TaskJob
from enrollment.tasks.records import (
    AnswerTask,
    DeliveredTask,
    Delivery,
    LeasedTask,
    OwnTask,
    TaskCounts,
    TaskResult,
    TaskWork,
)
from registry.service_states import TaskState
from registry.store import Registry
from tests.enrollment.engine.serving import client_of, serving
from tests.enrollment.tasks.asking import Clock, asked

HOUR_S = 3_600.0


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(tmp_path / "home") as opened:
        yield opened
        assert opened.check() == []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(registry: Registry, clock: Clock) -> TaskDesk:
    return TaskDesk(registry, clock=clock, chance=random.Random(1))


def take(desk: TaskDesk, job: TaskJob) -> TaskWork:
    work = desk.take(job)
    assert work is not None
    return work


def perform(desk: TaskDesk, answer: bytes = b"[]", *, failed: bool = False) -> str:
    task_id = take(desk, TaskJob.PERFORM).task.task_id
    desk.answer(AnswerTask(task_id=task_id, answer=answer, failed=failed))
    return task_id


def deliver(desk: TaskDesk, ended: Delivery) -> str:
    work = take(desk, TaskJob.DELIVER)
    desk.delivered(DeliveredTask(task_id=work.task.task_id, lease=work.lease, ended=ended))
    return work.task.task_id


def result(desk: TaskDesk, task_id: str, client: str = "ministry") -> TaskResult:
    return desk.result(OwnTask(task_id=task_id, client=client))


@pytest.mark.parametrize("operation", TASKS, ids=lambda one: one.name)
def test_what_is_asked_and_answered_can_travel(operation: Operation[Any, Any]) -> None:
    assert codec_of(operation.asked)
    assert codec_of(operation.answered)


def test_a_task_goes_from_pending_to_completed(desk: TaskDesk) -> None:
    assert desk.accept(SYSTEM, asked("one")) == "one"
    assert result(desk, "one").state is TaskState.PENDING
    assert perform(desk, b'{"personId": "x"}') == "one"
    assert result(desk, "one").state is TaskState.RESPONSE_SCHEDULED
    work = take(desk, TaskJob.DELIVER)
    assert (work.task.answer, work.task.asked, work.task.failed) == (b'{"personId": "x"}', None, False)
    desk.delivered(DeliveredTask(task_id="one", lease=work.lease, ended=Delivery.RECEIVED))
    assert result(desk, "one").state is TaskState.COMPLETED
    assert desk.counts() == TaskCounts(to_perform=0, to_deliver=0)


def test_a_task_without_callback_is_completed_with_its_answer(desk: TaskDesk) -> None:
    desk.accept(SYSTEM, asked("one", callback=None))
    perform(desk, b"[1]", failed=True)
    assert result(desk, "one") == TaskResult(state=TaskState.COMPLETED, answer=b"[1]", failed=True)
    assert desk.take(TaskJob.DELIVER) is None


def test_a_task_accepted_again_is_one_task(desk: TaskDesk) -> None:
    desk.accept(SYSTEM, asked("one"))
    desk.accept(SYSTEM, asked("one"))
    take(desk, TaskJob.PERFORM)
    assert desk.take(TaskJob.PERFORM) is None


def test_another_client_learns_nothing_of_a_task(desk: TaskDesk) -> None:
    desk.accept(SYSTEM, asked("one"))
    for ask in (desk.result, desk.redeliver):
        with pytest.raises(RecordNotFoundError) as of_another:
            ask(OwnTask(task_id="one", client="another"))
        with pytest.raises(RecordNotFoundError) as of_nothing:
            ask(OwnTask(task_id="none", client="another"))
        assert str(of_another.value) == str(of_nothing.value)


def test_unfinished_tasks_survive_a_restart(registry: Registry, desk: TaskDesk, clock: Clock) -> None:
    for name in ("performed", "begun", "waiting"):
        desk.accept(SYSTEM, asked(name))
    perform(desk)
    take(desk, TaskJob.PERFORM)
    again = TaskDesk(registry, clock=clock)
    assert again.counts() == TaskCounts(to_perform=2, to_deliver=1)
    assert {perform(again), perform(again)} == {"begun", "waiting"}
    assert deliver(again, Delivery.RECEIVED) in ("performed", "begun", "waiting")


def test_a_worker_taken_for_dead_may_still_answer_and_the_first_answer_counts(desk: TaskDesk, clock: Clock) -> None:
    desk.accept(SYSTEM, asked("one"))
    take(desk, TaskJob.PERFORM)
    clock.pass_s(LEASE_S)
    assert take(desk, TaskJob.PERFORM).lost == 1
    desk.answer(AnswerTask(task_id="one", answer=b"first", failed=False))
    desk.answer(AnswerTask(task_id="one", answer=b"second", failed=True))
    assert (result(desk, "one").answer, result(desk, "one").failed) == (b"first", False)
    clock.pass_s(LEASE_S)
    assert desk.take(TaskJob.PERFORM) is None


@pytest.mark.parametrize("callback", ["x", None])
def test_the_registry_is_right_where_the_queue_is_late(
    registry: Registry, desk: TaskDesk, callback: str | None
) -> None:
    desk.accept(SYSTEM, asked("one", callback=callback))
    desk.accept(SYSTEM, asked("two"))
    with registry.writing() as writer:  # as by an answer that is recorded and not yet told to the queue
        writer.tasks.answer("one", b"done", failed=False)
    assert take(desk, TaskJob.PERFORM).task.task_id == "two"
    delivered = desk.take(TaskJob.DELIVER)
    assert (delivered is None) == (callback is None)
    assert desk.counts() == TaskCounts(to_perform=1, to_deliver=0 if callback is None else 1)


def test_what_cannot_be_done_now_is_tried_again_without_end(desk: TaskDesk, clock: Clock) -> None:
    desk.accept(SYSTEM, asked("one"))
    for _ in range(20):
        work = take(desk, TaskJob.PERFORM)
        desk.put_off(LeasedTask(task_id="one", lease=work.lease))
        assert desk.take(TaskJob.PERFORM) is None
        clock.pass_s(60.0)
    assert perform(desk) == "one"


def test_a_receiver_dead_for_an_hour_gets_its_result_after_some_tries(desk: TaskDesk, clock: Clock) -> None:
    desk.accept(SYSTEM, asked("one"))
    perform(desk, b"kept")
    tries, died_at = 0, clock.now_s
    while clock.now_s - died_at < HOUR_S:
        work = desk.take(TaskJob.DELIVER)
        if work is not None:
            tries += 1
            desk.delivered(DeliveredTask(task_id="one", lease=work.lease, ended=Delivery.SILENT))
            assert result(desk, "one").state is TaskState.RESPONSE_RETRY
        clock.pass_s(1.0)
    assert 8 <= tries <= 12
    clock.pass_s(LONGEST_RETRY_S)
    assert take(desk, TaskJob.DELIVER).task.answer == b"kept"


@pytest.mark.parametrize("ended", [Delivery.REFUSED, Delivery.SILENT])
def test_a_result_is_given_up_after_three_days_and_delivered_when_asked_for(
    desk: TaskDesk, clock: Clock, ended: Delivery
) -> None:
    desk.accept(SYSTEM, asked("one"))
    perform(desk)
    began = clock.now_s
    for _ in range(MOST_ATTEMPTS):
        clock.pass_s(LONGEST_RETRY_S)
        deliver(desk, ended)
    assert 60 * HOUR_S < clock.now_s - began < 84 * HOUR_S
    assert result(desk, "one").state is TaskState.RESPONSE_ERROR
    clock.pass_s(LONGEST_RETRY_S)
    assert desk.take(TaskJob.DELIVER) is None
    desk.redeliver(OwnTask(task_id="one", client="ministry"))
    assert result(desk, "one").state is TaskState.RESPONSE_RETRY
    deliver(desk, Delivery.RECEIVED)
    assert result(desk, "one").state is TaskState.COMPLETED


def test_a_result_that_was_received_can_be_had_again_for_a_day(desk: TaskDesk) -> None:
    desk.accept(SYSTEM, asked("one"))
    perform(desk, b"kept")
    deliver(desk, Delivery.RECEIVED)
    desk.redeliver(OwnTask(task_id="one", client="ministry"))
    assert take(desk, TaskJob.DELIVER).task.answer == b"kept"


def test_redelivering_what_is_not_performed_yet_changes_nothing(desk: TaskDesk) -> None:
    desk.accept(SYSTEM, asked("one"))
    desk.accept(SYSTEM, asked("kept", callback=None))
    desk.redeliver(OwnTask(task_id="one", client="ministry"))
    assert result(desk, "one").state is TaskState.PENDING
    assert {perform(desk), perform(desk)} == {"one", "kept"}
    desk.redeliver(OwnTask(task_id="kept", client="ministry"))
    assert result(desk, "kept").state is TaskState.COMPLETED


def test_a_redelivery_does_not_wait_for_a_silent_receiver(desk: TaskDesk) -> None:
    desk.accept(SYSTEM, asked("one"))
    perform(desk)
    deliver(desk, Delivery.SILENT)
    assert desk.take(TaskJob.DELIVER) is None
    desk.redeliver(OwnTask(task_id="one", client="ministry"))
    assert take(desk, TaskJob.DELIVER).task.attempts == 0


def test_results_are_forgotten_in_time(desk: TaskDesk, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("kept", "received", "given up", "waiting"):
        desk.accept(SYSTEM, asked(name, callback=None if name == "kept" else "x", client=name))
        perform(desk)
    for _ in range(2):
        work = take(desk, TaskJob.DELIVER)
        received = work.task.task_id == "received"
        for _ in range(1 if received else MOST_ATTEMPTS):
            ended = Delivery.RECEIVED if received else Delivery.REFUSED
            desk.delivered(DeliveredTask(task_id=work.task.task_id, lease=work.lease, ended=ended))

    def known() -> set[str]:
        clock.pass_s(600.0)
        desk.take(TaskJob.PERFORM)
        names = ("kept", "received", "given up", "waiting")
        return {name for name in names if _is_known(desk, name)}

    today = now_utc()
    assert known() == {"kept", "received", "given up", "waiting"}
    monkeypatch.setattr(desks, "now_utc", lambda: today + timedelta(days=2))
    assert known() == {"given up", "waiting"}
    monkeypatch.setattr(desks, "now_utc", lambda: today + timedelta(days=31))
    assert known() == {"waiting"}


def _is_known(desk: TaskDesk, name: str) -> bool:
    try:
        result(desk, name, client=name)
    except RecordNotFoundError:
        return False
    return True


def test_a_client_has_so_many_unfinished_tasks_at_most(desk: TaskDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks, "MOST_UNFINISHED", 2)
    desk.accept(SYSTEM, asked("one"))
    desk.accept(SYSTEM, asked("two"))
    desk.accept(SYSTEM, asked("other", client="another"))
    with pytest.raises(ServiceBusyError):
        desk.accept(SYSTEM, asked("three"))
    with pytest.raises(RecordNotFoundError):
        result(desk, "three")
    perform(desk)
    deliver(desk, Delivery.RECEIVED)
    desk.accept(SYSTEM, asked("three"))


def test_tasks_travel_to_an_engine(tmp_path: Path) -> None:
    with serving(tmp_path / "home"), client_of(tmp_path / "home") as client:
        assert client.call(TAKE_TASK, TaskJob.PERFORM) is None
        client.call(ACCEPT_TASK, asked("one"))
        work = client.call(TAKE_TASK, TaskJob.PERFORM)
        assert work is not None
        assert work.task.asked == b"{}"
        assert client.call(TAKE_TASK, TaskJob.PERFORM) is None
        told = client.call(TASK_RESULT, OwnTask(task_id="one", client="ministry"))
        assert told.state is TaskState.PENDING
