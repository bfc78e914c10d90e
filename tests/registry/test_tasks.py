"""Calls that are answered later: nothing accepted is lost, nothing is kept longer than it is needed."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from biometrics.errors import RecordConflictError, RecordError, RecordNotFoundError
from biometrics.samples import now_utc
from registry.service_actions import TASK_ACCEPTED, TASK_ANSWERED, TASK_DELIVERED, TASKS_FORGOTTEN
from registry.service_states import TaskState
from registry.store import Registry
from registry.tasks import Task

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
PICTURES = b'{"pictures": "of somebody"}'


def new_task(task_id: str, *, priority: int = 0, minute: int = 0, callback: str | None = "https://client/") -> Task:
    return Task(
        task_id=task_id,
        client="register",
        operation="identify",
        transaction_id=f"T-{task_id}",
        callback=callback,
        priority=priority,
        state=TaskState.PENDING,
        made_at=AT + timedelta(minutes=minute),
        changed_at=AT + timedelta(minutes=minute),
        asked=PICTURES,
    )


def accept(registry: Registry, *tasks: Task) -> None:
    with registry.writing() as writer:
        for task in tasks:
            assert writer.tasks.add(task)


def find(registry: Registry, task_id: str) -> Task:
    with registry.reading() as record:
        return record.tasks.find(task_id)


def unfinished(registry: Registry, limit: int | None = None) -> list[str]:
    with registry.reading() as record:
        return [task.task_id for task in record.tasks.unfinished(limit)]


def test_a_task_lives_from_the_question_to_the_delivered_answer(registry: Registry) -> None:
    task = new_task("one")
    accept(registry, task)
    assert find(registry, "one") == task
    with registry.writing() as writer:
        writer.tasks.answer("one", b"[]", failed=False)
    answered = find(registry, "one")
    assert (answered.state, answered.asked, answered.answer) == (TaskState.RESPONSE_SCHEDULED, None, b"[]")
    assert answered.made_at == AT < answered.changed_at
    for state, attempts in ((TaskState.RESPONSE_RETRY, 1), (TaskState.COMPLETED, 2)):
        assert unfinished(registry) == ["one"]
        with registry.writing() as writer:
            writer.tasks.delivery("one", state, attempts)
        delivered = find(registry, "one")
        assert (delivered.state, delivered.attempts, delivered.answer) == (state, attempts, b"[]")
    assert unfinished(registry) == []
    actions = [event.action for event in registry.events()]
    assert actions == [TASK_ACCEPTED, TASK_ANSWERED, TASK_DELIVERED, TASK_DELIVERED]
    assert registry.check() == []


def test_what_was_asked_and_answered_is_not_told(registry: Registry) -> None:
    accept(registry, new_task("one"))
    with registry.writing() as writer:
        writer.tasks.answer("one", PICTURES, failed=True)
    assert "pictures" not in repr(registry.events()) + repr(find(registry, "one")) + repr(new_task("x"))


def test_the_most_urgent_and_then_the_oldest_comes_first(registry: Registry) -> None:
    accept(registry, new_task("late", minute=2), new_task("early", minute=1), new_task("urgent", priority=9, minute=3))
    accept(registry, new_task("given up"), new_task("done"))
    with registry.writing() as writer:
        for task_id, state in (("given up", TaskState.RESPONSE_ERROR), ("done", TaskState.COMPLETED)):
            writer.tasks.answer(task_id, b"x", failed=False)
            writer.tasks.delivery(task_id, state, 1)
    assert unfinished(registry) == ["urgent", "early", "late"]
    assert unfinished(registry, 2) == ["urgent", "early"]


def test_unfinished_tasks_are_found_without_reading_the_others(registry: Registry) -> None:
    with registry.writing() as writer:
        statement = "SELECT task_id FROM tasks WHERE state <> 'COMPLETED' AND state <> 'RESPONSE_ERROR'"
        if writer._connection.dialect.name == "postgresql":
            writer._connection.execute(text("SET LOCAL enable_seqscan = off"))
            plan = writer._connection.execute(text(f"EXPLAIN {statement}")).scalars().all()
        else:
            plan = [row[3] for row in writer._connection.execute(text(f"EXPLAIN QUERY PLAN {statement}"))]
    assert any("tasks_unfinished" in line for line in plan), plan


def test_a_task_that_nobody_waits_for_is_complete_with_its_answer(registry: Registry) -> None:
    accept(registry, new_task("one", callback=None))
    with registry.writing() as writer:
        writer.tasks.answer("one", b"[]", failed=False)
        with pytest.raises(RecordConflictError):
            writer.tasks.delivery("one", TaskState.RESPONSE_RETRY, 1)
    assert find(registry, "one").state is TaskState.COMPLETED
    assert registry.check() == []


def test_a_repeated_task_changes_nothing(registry: Registry) -> None:
    accept(registry, new_task("one"))
    with registry.writing() as writer:
        assert not writer.tasks.add(dataclasses.replace(new_task("one"), asked=b"other"))
        with pytest.raises(RecordConflictError, match="another client"):
            writer.tasks.add(dataclasses.replace(new_task("one"), client="stranger"))
    assert find(registry, "one").asked == PICTURES and len(registry.events()) == 1


def test_what_makes_no_sense_is_refused(registry: Registry) -> None:
    accept(registry, new_task("one"), new_task("answered"))
    with registry.writing() as writer:
        writer.tasks.answer("answered", b"x", failed=False)
        refused = dataclasses.replace(new_task("new"), state=TaskState.COMPLETED)
        for task in (refused, dataclasses.replace(new_task("new"), asked=None)):
            with pytest.raises(RecordError):
                writer.tasks.add(task)
        with pytest.raises(RecordConflictError):
            writer.tasks.answer("answered", b"y", failed=False)
        with pytest.raises(RecordConflictError):
            writer.tasks.delivery("one", TaskState.COMPLETED, 1)
        for state, attempts in ((TaskState.PENDING, 1), (TaskState.COMPLETED, -1)):
            with pytest.raises(RecordError):
                writer.tasks.delivery("answered", state, attempts)
        for call in (
            lambda: writer.tasks.find("nothing"),
            lambda: writer.tasks.answer("nothing", b"", failed=False),
            lambda: writer.tasks.delivery("nothing", TaskState.COMPLETED, 1),
        ):
            with pytest.raises(RecordNotFoundError):
                call()
    assert registry.check() == []


def test_a_delivery_that_is_over_may_begin_anew(registry: Registry) -> None:
    accept(registry, new_task("one"))
    with registry.writing() as writer:
        writer.tasks.answer("one", b"x", failed=False)
        for state in (TaskState.RESPONSE_ERROR, TaskState.RESPONSE_SCHEDULED, TaskState.COMPLETED):
            writer.tasks.delivery("one", state, 0)
        writer.tasks.delivery("one", TaskState.RESPONSE_RETRY, 0)
    assert unfinished(registry) == ["one"] and find(registry, "one").answer == b"x"


def test_old_tasks_are_forgotten_and_waiting_ones_never(registry: Registry) -> None:
    for task_id in ("pending", "retried", "given up", "done"):
        accept(registry, new_task(task_id))
    with registry.writing() as writer:
        for task_id, state in (
            ("retried", TaskState.RESPONSE_RETRY),
            ("given up", TaskState.RESPONSE_ERROR),
            ("done", TaskState.COMPLETED),
        ):
            writer.tasks.answer(task_id, b"x", failed=False)
            writer.tasks.delivery(task_id, state, 1)
    between = now_utc()
    with registry.writing() as writer:
        made = AT + timedelta(seconds=1)
        assert writer.tasks.forget(made, made) == 0
        assert writer.tasks.forget(between) == 1
        assert writer.tasks.forget(between, AT) == 0
        assert writer.tasks.find("given up") and unfinished(registry) == ["pending", "retried"]
        assert writer.tasks.forget(between, between) == 1
    assert registry.events()[-1].action == TASKS_FORGOTTEN
    assert unfinished(registry) == ["pending", "retried"]
    with pytest.raises(RecordNotFoundError):
        find(registry, "done")
    assert registry.check() == []


def test_many_are_forgotten_piece_by_piece(registry: Registry) -> None:
    accept(registry, *(new_task(f"{number}", callback=None) for number in range(1001)))
    with registry.writing() as writer:
        for number in range(1001):
            writer.tasks.answer(f"{number}", b"x", failed=False)
        assert writer.tasks.forget(now_utc() + timedelta(seconds=1)) == 1001
    forgotten = [event.details["tasks"] for event in registry.events() if event.action == TASKS_FORGOTTEN]
    assert forgotten == [500, 500, 1] and registry.check() == []
