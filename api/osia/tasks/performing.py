"""Performing a task: the same function as when its call is answered at once, and an answer whatever happens."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from api.http.clients import Rights
from api.http.desk import Desk
from api.http.problems import Refusal, refusal_of
from api.osia.abis.calls import Performer
from api.osia.tasks.packing import TaskAnswer, answer_bytes, refusal_bytes, unpack
from biometrics.errors import BiometricsError
from registry.tasks import Task

RightsOf = Callable[[str], Rights | None]

_log = structlog.get_logger(__name__)

_PASSES = 503
"""Status of what may be otherwise in a while; every other refusal is an answer."""


class NotNowError(Exception):
    """A task cannot be performed now, through no fault of its own."""


def perform(desk: Desk, task: Task, rights_of: RightsOf, operations: Mapping[str, Performer]) -> TaskAnswer:
    """Perform a task and return its answer.

    Raises
    ------
    NotNowError
        When the engine, the database or a model cannot be used now.
    """
    try:
        return TaskAnswer(content=_performed(desk, task, rights_of, operations), failed=False)
    except Refusal as refusal:
        return _refused(desk, task, refusal)
    except BiometricsError as error:
        return _refused(desk, task, refusal_of(error, content_status=403))
    except Exception as error:  # noqa: BLE001 - its client must learn that it failed, the log where
        _log.error("task.failed", task_id=task.task_id, error=type(error).__name__, place=place_of(error))
        return failure(task.task_id)


def failure(task_id: str) -> TaskAnswer:
    """Return what the client of a task is told that the service failed at."""
    message = f"the service failed; report the task {task_id} to those who run it"
    return TaskAnswer(content=refusal_bytes(Refusal("internal", message)), failed=True)


def place_of(error: Exception) -> str:
    """Return where an error was raised; what it says may be personal."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"


def _performed(desk: Desk, task: Task, rights_of: RightsOf, operations: Mapping[str, Performer]) -> bytes:
    asked = task.asked or b""
    call = unpack(asked, operation=task.operation, task_id=task.task_id, rights=rights_of(task.client))
    return answer_bytes(operations[task.operation](desk, call))


def _refused(desk: Desk, task: Task, refusal: Refusal) -> TaskAnswer:
    desk.decisions.note_task(task.client, task.operation, refusal)
    if refusal.status == _PASSES:
        raise NotNowError(refusal.kind.name)
    return TaskAnswer(content=refusal_bytes(refusal), failed=True)
