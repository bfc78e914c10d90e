"""Runners: whatever fails around them, every task comes to an answer that its client receives, and once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.http.access import Caller
from api.http.clients import DEVELOPMENT, Rights
from api.http.desk import Desk
from api.http.problems import Refusal
from api.osia.abis.calls import NOTHING, AbisAnswer, AbisCall, Performer
from api.osia.tasks import packing
from api.osia.tasks import runner as runners
from api.osia.tasks.accepting import accept, answer_of
from api.osia.tasks.runner import MOST_LOST, TaskRunner
from biometrics.errors import RecordBusyError, RecordNotFoundError, SampleError, ServiceLostError
from biometrics.records import Actor, ActorRole
from enrollment.tasks.queue import LEASE_S, TaskJob
from registry.service_states import TaskState
from tests.api.http.fixtures import InProcess
from tests.api.osia.tasks.receivers import Receiver, receiving
from tests.enrollment.tasks.asking import Clock

CLIENT = "ministry"
_WAIT_S = 30.0


@pytest.fixture
def served(tmp_path: Path) -> Iterator[InProcess]:
    with InProcess(tmp_path / "home", parts={}) as served:
        yield served


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def call(operation: str = "work", **query: Any) -> AbisCall:
    caller = Caller(
        client=CLIENT,
        subject="clerk",
        role=ActorRole.OPERATOR,
        scopes=frozenset({"abis.encounter.read"}),
        purpose="visa",
        rights=DEVELOPMENT,
        post="Accra",
        station="S1",
    )
    return AbisCall(
        operation=operation,
        caller=caller,
        path={"personId": "pẽ1"},
        query={"transactionId": "T1"} | query,
        body={"text": "naïve", "numbers": [1, 2.5, None]},
    )


@contextmanager
def running(
    served: InProcess, work: Performer, rights_of: Callable[[str], Rights | None] = lambda _: DEVELOPMENT
) -> Iterator[TaskRunner]:
    runner = TaskRunner(served.desk, rights_of, {"work": work})
    runner.start()
    try:
        yield runner
    finally:
        runner.stop()


def wait_for(served: InProcess, task_id: str, state: TaskState) -> None:
    deadline = time.monotonic() + _WAIT_S
    while answer_of(served.desk, task_id, CLIENT).state is not state:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def raising(error: Exception) -> Performer:
    def work(desk: Desk, asked: AbisCall) -> AbisAnswer:
        raise error

    return work


def test_a_call_is_performed_as_it_was_asked_and_its_result_received_once(
    served: InProcess, receiver: Receiver
) -> None:
    performed: list[AbisCall] = []

    def work(desk: Desk, asked: AbisCall) -> AbisAnswer:
        performed.append(asked)
        return AbisAnswer(status=200, content={"personId": "ö"})

    with running(served, work):
        task_id = accept(served.desk, call(), receiver.url, 5)
        (received,) = receiver.wait_for(1)
        wait_for(served, task_id, TaskState.COMPLETED)
    assert performed == [replace(call(), task_id=task_id)]
    assert json.loads(received.content) == {"personId": "ö"}
    assert received.path.endswith(f"?transactionId=T1&taskId={task_id}")
    assert len(receiver.received) == 1
    assert served.registry.check() == []


def test_operations_without_content_say_ok(served: InProcess, receiver: Receiver) -> None:
    with running(served, lambda desk, asked: NOTHING):
        accept(served.desk, call(), receiver.url, None)
        assert receiver.wait_for(1)[0].content == b'"OK"'


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RecordNotFoundError("there is no such person"), 404_30),
        (SampleError("this is no picture"), 403_20),
        (Refusal("right", "not this gallery"), 403_14),
        (ZeroDivisionError("something personal"), 500_50),
        (KeyError("something personal"), 500_50),
    ],
)
def test_what_cannot_be_done_is_an_answer(served: InProcess, receiver: Receiver, error: Exception, code: int) -> None:
    with running(served, raising(error)):
        task_id = accept(served.desk, call(), receiver.url, None)
        (received,) = receiver.wait_for(1)
    assert received.headers["Content-Type"] == "application/error+json"
    said = json.loads(received.content)
    assert said.keys() == {"code", "message"}
    assert said["code"] == code
    assert "personal" not in said["message"]
    assert answer_of(served.desk, task_id, CLIENT).failed


@pytest.mark.parametrize(
    "error", [ServiceLostError("gone"), RecordBusyError("busy"), Refusal("busy", "x"), Refusal("late", "x")]
)
def test_what_passes_is_waited_for(served: InProcess, receiver: Receiver, error: Exception) -> None:
    tries: list[None] = []

    def work(desk: Desk, asked: AbisCall) -> AbisAnswer:
        tries.append(None)
        if len(tries) < 3:
            raise error
        return NOTHING

    with running(served, work):
        accept(served.desk, call(), receiver.url, None)
        assert receiver.wait_for(1)[0].content == b'"OK"'
    assert len(tries) == 3


def test_an_operation_that_nobody_knows_is_a_failure_not_the_end(served: InProcess, receiver: Receiver) -> None:
    with running(served, lambda desk, asked: NOTHING):
        accept(served.desk, call("unknown"), receiver.url, None)
        assert json.loads(receiver.wait_for(1)[0].content)["code"] == 500_50
        accept(served.desk, call(), receiver.url, None)
        assert receiver.wait_for(2)[1].content == b'"OK"'


@pytest.mark.parametrize(
    "now",
    [
        None,
        replace(DEVELOPMENT, scopes=frozenset({"abis.verify"})),
        replace(DEVELOPMENT, roles=frozenset()),
        replace(DEVELOPMENT, purposes=frozenset({"census"})),
    ],
    ids=["client", "scope", "role", "purpose"],
)
def test_rights_withdrawn_meanwhile_are_no_rights(served: InProcess, now: Rights | None) -> None:
    with running(served, lambda desk, asked: NOTHING, lambda _: now):
        task_id = accept(served.desk, call(), None, None)
        wait_for(served, task_id, TaskState.COMPLETED)
    answer = answer_of(served.desk, task_id, CLIENT)
    assert answer.failed
    assert answer.answer is not None
    assert json.loads(answer.answer)["code"] == 403_14


@pytest.mark.parametrize("operation", ["identify", "identifyFromId", "identifyFromEncounterId"])
def test_who_may_no_longer_search_everybody_does_not(operation: str) -> None:
    asked, now = packing.pack(call(operation)), replace(DEVELOPMENT, one_to_many=False)
    with pytest.raises(Refusal) as refused:
        packing.unpack(asked, operation=operation, task_id="t", rights=now)
    assert refused.value.status == 403
    assert packing.unpack(asked, operation="verifyFromId", task_id="t", rights=now).caller.rights == now


def test_rights_are_those_of_now(served: InProcess) -> None:
    now, seen = replace(DEVELOPMENT, galleries=frozenset({"citizens"})), []

    def work(desk: Desk, asked: AbisCall) -> AbisAnswer:
        seen.append(asked.caller.rights)
        return NOTHING

    with running(served, work, lambda _: now):
        wait_for(served, accept(served.desk, call(), None, None), TaskState.COMPLETED)
    assert seen == [now]


def test_without_callback_the_answer_is_kept(served: InProcess) -> None:
    with running(served, lambda desk, asked: AbisAnswer(status=200, content=[1])):
        task_id = accept(served.desk, call(), None, None)
        wait_for(served, task_id, TaskState.COMPLETED)
    kept = answer_of(served.desk, task_id, CLIENT)
    assert (kept.answer, kept.failed) == (b"[1]", False)
    with pytest.raises(RecordNotFoundError):
        answer_of(served.desk, task_id, "another")


def test_a_callback_that_is_not_the_clients_is_refused_and_nothing_kept(served: InProcess) -> None:
    for address in ("http://169.254.169.254/latest", "https://evil.example/", "no address", ""):
        with pytest.raises(Refusal) as refused:
            accept(served.desk, call(), address, None)
        assert refused.value.status == 403
        assert not address or address not in refused.value.message
    with served.registry.reading() as record:
        assert record.tasks.unfinished() == ()


@pytest.mark.parametrize(("given", "kept"), [(None, 0), (-(2**63), 0), (7, 7), (2**63 - 1, 9)])
def test_priorities_lie_within_their_bounds(served: InProcess, given: int | None, kept: int) -> None:
    accept(served.desk, call(), None, given)
    with served.registry.reading() as record:
        assert [task.priority for task in record.tasks.unfinished()] == [kept]


def test_a_receiver_that_fails_gets_the_result_later(
    served: InProcess, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enrollment.tasks.desk.FIRST_RETRY_S", 0.05)
    receiver.statuses = [500, 403, 302, 204]
    with running(served, lambda desk, asked: AbisAnswer(status=200, content="kept")):
        task_id = accept(served.desk, call(), receiver.url, None)
        received = receiver.wait_for(4)
        wait_for(served, task_id, TaskState.COMPLETED)
    assert {one.content for one in received} == {b'"kept"'}


def test_an_answer_that_is_too_long_is_an_error_not_an_endless_task(
    served: InProcess, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "MOST_ANSWER_BYTES", 10)
    with running(served, lambda desk, asked: AbisAnswer(status=200, content="a" * 100)):
        accept(served.desk, call(), receiver.url, None)
        assert json.loads(receiver.wait_for(1)[0].content)["code"] == 413_35


def test_a_task_at_which_workers_fall_silent_is_given_up(
    served: InProcess, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(served.owner.tasks, "_clock", clock)
    accept(served.desk, call(), receiver.url, None)
    for _ in range(MOST_LOST):
        assert served.owner.tasks.take(TaskJob.PERFORM) is not None  # by a worker that is killed
        clock.pass_s(LEASE_S)
    begun: list[None] = []

    def work(desk: Desk, asked: AbisCall) -> AbisAnswer:
        begun.append(None)
        return NOTHING

    with running(served, work):
        assert json.loads(receiver.wait_for(1)[0].content)["code"] == 500_50
    assert begun == []


def test_the_end_waits_for_what_was_begun(served: InProcess) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(desk: Desk, asked: AbisCall) -> AbisAnswer:
        begun.set()
        assert go_on.wait(_WAIT_S)
        return NOTHING

    with running(served, work) as runner:
        first = accept(served.desk, call(), None, None)
        second = accept(served.desk, call(), None, None)
        assert begun.wait(_WAIT_S)
        stopping = threading.Thread(target=runner.stop)
        stopping.start()
        go_on.set()
        stopping.join()
        states = [answer_of(served.desk, task_id, CLIENT).state for task_id in (first, second)]
    assert states == [TaskState.COMPLETED, TaskState.PENDING]


def test_a_worker_at_work_keeps_its_lease(served: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "LEASE_S", 0.06)
    clock, begun, go_on = Clock(), threading.Event(), threading.Event()
    monkeypatch.setattr(served.owner.tasks, "_clock", clock)

    def work(desk: Desk, asked: AbisCall) -> AbisAnswer:
        begun.set()
        assert go_on.wait(_WAIT_S)
        return NOTHING

    with running(served, work):
        task_id = accept(served.desk, call(), None, None)
        assert begun.wait(_WAIT_S)
        for _ in range(4):
            clock.pass_s(LEASE_S - 1)
            time.sleep(0.3)  # renewed several times meanwhile
            assert served.owner.tasks.take(TaskJob.PERFORM) is None
        go_on.set()
        wait_for(served, task_id, TaskState.COMPLETED)


def test_tasks_are_counted(served: InProcess, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "LEASE_S", 0.06)
    receiver.statuses = [500]
    with running(served, lambda desk, asked: NOTHING):
        accept(served.desk, call(), receiver.url, None)
        receiver.wait_for(1)
        deadline = time.monotonic() + _WAIT_S
        while b'kura_tasks{job="deliver"} 1.0' not in served.desk.metrics.page():
            assert time.monotonic() < deadline
            time.sleep(0.02)
    page = served.desk.metrics.page()
    assert b'kura_tasks{job="perform"} 0.0' in page
    assert b'kura_task_deliveries_total{ended="refused"} 1.0' in page


def test_a_mistake_of_ours_ends_no_thread(
    served: InProcess, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "_ENGINE_AWAY_S", 0.01)
    errors = iter([ZeroDivisionError(), ZeroDivisionError()])

    def rights_of(client: str) -> Rights:
        for error in errors:
            raise error
        return DEVELOPMENT

    with running(served, lambda desk, asked: NOTHING, rights_of):
        accept(served.desk, call(), receiver.url, None)
        receiver.wait_for(1)


def test_an_engine_that_is_away_is_told_when_it_is_back(
    served: InProcess, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "_ENGINE_AWAY_S", 0.01)
    failures = iter([ServiceLostError("gone")] * 3 + [RecordBusyError("busy")] * 3)
    performed: list[None] = []
    service_of = served.desk._service_of

    def failing(actor: Actor) -> Any:
        if performed:
            for error in failures:
                raise error
        return service_of(actor)

    def work(desk: Desk, asked: AbisCall) -> AbisAnswer:
        performed.append(None)
        return NOTHING

    monkeypatch.setattr(served.desk, "_service_of", failing)
    with running(served, work):
        accept(served.desk, call(), receiver.url, None)
        receiver.wait_for(1)
    assert len(performed) == 1
