"""Operations on tasks: performed at the owner's desk of tasks, which remembers who works on what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from biometrics.records import Actor
from enrollment.operations.operation import Answer, Asked, Operation
from enrollment.tasks.desk import TaskDesk
from enrollment.tasks.queue import TaskJob
from enrollment.tasks.records import (
    AcceptTask,
    AnswerTask,
    DeliveredTask,
    LeasedTask,
    OwnTask,
    TaskCounts,
    TaskResult,
    TaskWork,
)


@dataclass(frozen=True, slots=True)
class TaskOperation(Operation[Asked, Answer]):
    """An operation that is given the owner's desk of tasks in the place of the registry."""

    perform: Callable[[TaskDesk, Actor, Asked], Answer]  # type: ignore[assignment]  # the owner tells them apart


def _accept(desk: TaskDesk, actor: Actor, asked: AcceptTask) -> str:
    return desk.accept(actor, asked)


def _take(desk: TaskDesk, actor: Actor, asked: TaskJob) -> TaskWork | None:
    return desk.take(asked)


def _renew(desk: TaskDesk, actor: Actor, asked: LeasedTask) -> bool:
    return desk.renew(asked)


def _put_off(desk: TaskDesk, actor: Actor, asked: LeasedTask) -> None:
    desk.put_off(asked)


def _answer(desk: TaskDesk, actor: Actor, asked: AnswerTask) -> None:
    desk.answer(asked)


def _delivered(desk: TaskDesk, actor: Actor, asked: DeliveredTask) -> None:
    desk.delivered(asked)


def _result(desk: TaskDesk, actor: Actor, asked: OwnTask) -> TaskResult:
    return desk.result(asked)


def _redeliver(desk: TaskDesk, actor: Actor, asked: OwnTask) -> None:
    desk.redeliver(asked)


def _counts(desk: TaskDesk, actor: Actor, asked: None) -> TaskCounts:
    return desk.counts()


ACCEPT_TASK = TaskOperation("task.accept", _accept)
TAKE_TASK = TaskOperation("task.take", _take)
RENEW_TASK = TaskOperation("task.renew", _renew)
PUT_OFF_TASK = TaskOperation("task.put_off", _put_off)
ANSWER_TASK = TaskOperation("task.answer", _answer)
DELIVERED_TASK = TaskOperation("task.delivered", _delivered)
TASK_RESULT = TaskOperation("task.result", _result)
REDELIVER_TASK = TaskOperation("task.redeliver", _redeliver)
COUNT_TASKS = TaskOperation("task.count", _counts)

TASKS: tuple[Operation[Any, Any], ...] = (
    ACCEPT_TASK,
    ANSWER_TASK,
    COUNT_TASKS,
    DELIVERED_TASK,
    PUT_OFF_TASK,
    REDELIVER_TASK,
    RENEW_TASK,
    TAKE_TASK,
    TASK_RESULT,
)
