"""The life of a task as its client sees it: where it stands, and its result once more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.http.access import CallerOf, access
from api.http.desk import Desk
from api.http.guard import new_router
from api.osia.answering import refusals
from api.osia.tasks.accepting import answer_of, redeliver
from registry.service_states import TaskState

TaskIdOf = Annotated[str, Path(alias="taskId", description="Identifier of the task, as it was answered with 202.")]
TransactionOf = Annotated[
    str, Query(alias="transactionId", description="The client's name of what the call belongs to.")
]

_REFUSALS = refusals(400, 403, 404)


def task_router(desk: Desk) -> APIRouter:
    """Return the two operations on tasks of OSIA Biometrics; a client has its own tasks alone."""
    router = new_router("/v1/tasks", ["Task"])

    @router.get(
        "/{taskId}/status", operation_id="readTaskStatus", summary="Read where a task stands", responses=_REFUSALS
    )
    @access("abis.task.read")
    async def read_status(task: TaskIdOf, transaction: TransactionOf, caller: CallerOf) -> TaskState:
        """Tell where a task stands."""
        result = await desk.run(lambda: answer_of(desk, task, caller.client))
        return result.state

    @router.post(
        "/{taskId}/redeliver",
        operation_id="redeliverTaskResult",
        summary="Have the result of a task sent again",
        status_code=204,
        responses=_REFUSALS,
    )
    @access("abis.task.update")
    async def deliver_again(task: TaskIdOf, transaction: TransactionOf, caller: CallerOf) -> Response:
        """Let the result of a task be sent again, as if it had never been tried."""
        await desk.run(lambda: redeliver(desk, task, caller.client))
        return Response(status_code=204)

    return router
