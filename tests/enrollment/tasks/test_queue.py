"""The queue in memory: what goes first, leases, and receivers that are silent."""

from __future__ import annotations

import pytest

from enrollment.tasks.queue import DELIVERIES_AT_ONCE, LEASE_S, TaskJob, TaskLease, TaskQueue
from tests.enrollment.tasks.asking import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> TaskQueue:
    return TaskQueue(clock)


def add(queue: TaskQueue, *names: str, client: str = "a", priority: int = 0, job: TaskJob = TaskJob.PERFORM) -> None:
    for name in names:
        queue.add(task_id=name, client=client, priority=priority, job=job)


def take(queue: TaskQueue, job: TaskJob = TaskJob.PERFORM) -> TaskLease:
    lease = queue.take(job)
    assert lease is not None
    return lease


def taken(queue: TaskQueue, job: TaskJob = TaskJob.PERFORM) -> list[str]:
    names = []
    while (lease := queue.take(job)) is not None:
        names.append(lease.task_id)
    return names


def test_the_highest_priority_goes_first_and_the_oldest_of_these(queue: TaskQueue) -> None:
    add(queue, "low 1", "low 2", priority=1)
    add(queue, "high 1", "high 2", priority=9)
    assert taken(queue) == ["high 1", "high 2", "low 1", "low 2"]


def test_clients_take_turns_within_a_priority(queue: TaskQueue) -> None:
    add(queue, "a1", "a2", "a3", client="a")
    add(queue, "b1", client="b")
    assert taken(queue) == ["a1", "b1", "a2", "a3"]


def test_a_task_is_handed_out_once_until_its_lease_ends(queue: TaskQueue, clock: Clock) -> None:
    add(queue, "one")
    first = take(queue)
    clock.pass_s(LEASE_S - 1)
    assert queue.take(TaskJob.PERFORM) is None
    assert queue.renew("one", first.lease)
    clock.pass_s(LEASE_S - 1)
    assert queue.take(TaskJob.PERFORM) is None
    clock.pass_s(1)
    assert not queue.renew("one", first.lease)
    second = take(queue)
    assert (second.task_id, second.lost) == ("one", 1)
    assert not queue.renew("one", first.lease)
    assert queue.renew("one", second.lease)


def test_who_lost_a_lease_puts_nothing_off(queue: TaskQueue, clock: Clock) -> None:
    add(queue, "one")
    first = take(queue)
    clock.pass_s(LEASE_S)
    second = take(queue)
    queue.put_off("one", first.lease, lambda _: 0.0)
    assert queue.take(TaskJob.PERFORM) is None
    queue.put_off("one", second.lease, lambda times: 5.0 * times)
    assert queue.take(TaskJob.PERFORM) is None
    clock.pass_s(5)
    assert take(queue).task_id == "one"


def test_what_was_answered_goes_on_to_delivery_once(queue: TaskQueue, clock: Clock) -> None:
    add(queue, "one")
    take(queue)
    clock.pass_s(LEASE_S)
    assert queue.take(TaskJob.DELIVER) is None  # the lost lease brings it back, still to be performed
    queue.turn("one", TaskJob.DELIVER)
    assert queue.take(TaskJob.PERFORM) is None
    assert taken(queue, TaskJob.DELIVER) == ["one"]


def test_a_receiver_that_hangs_holds_up_few(queue: TaskQueue) -> None:
    add(queue, "a1", "a2", "a3", client="a", job=TaskJob.DELIVER)
    add(queue, "b1", client="b", job=TaskJob.DELIVER)
    assert sorted(taken(queue, TaskJob.DELIVER)) == ["a1", "a2", "b1"]
    queue.remove("a1")
    assert taken(queue, TaskJob.DELIVER) == ["a3"]


def test_a_silent_receiver_is_tried_singly_until_it_answers(queue: TaskQueue, clock: Clock) -> None:
    add(queue, "a1", "a2", "a3", job=TaskJob.DELIVER)
    add(queue, "b1", client="b", job=TaskJob.DELIVER)
    take(queue, TaskJob.DELIVER)
    queue.note_receiver("a", silent_s=60.0)
    queue.turn("a1", TaskJob.DELIVER, 5.0)
    clock.pass_s(LEASE_S)
    assert taken(queue, TaskJob.DELIVER) == ["b1"]
    clock.pass_s(60.0)
    assert taken(queue, TaskJob.DELIVER) == ["a1", "b1"]
    queue.note_receiver("a", silent_s=None)
    assert taken(queue, TaskJob.DELIVER) == ["a2"]
    assert DELIVERIES_AT_ONCE == 2


def test_what_is_finished_is_forgotten(queue: TaskQueue, clock: Clock) -> None:
    add(queue, "one", "two")
    take(queue)
    queue.remove("one")
    queue.remove("one")
    clock.pass_s(LEASE_S)
    assert (queue.of_client("a"), "one" in queue) == (1, False)
    queue.turn("one", TaskJob.DELIVER)
    assert taken(queue) == ["two"]
    queue.remove("two")
    assert queue.of_client("a") == 0
    assert queue.counts() == {TaskJob.PERFORM: 0, TaskJob.DELIVER: 0}
