"""Accepting a call that is answered later: it is durable before its client is told so."""

from __future__ import annotations

import uuid

from api.http.desk import Desk
from api.http.problems import Refusal
from api.osia.abis.calls import AbisCall
from api.osia.tasks.addresses import AddressRefusedError, allowed_prefix
from api.osia.tasks.packing import pack
from biometrics.records import SYSTEM
from enrollment.operations.tasks import ACCEPT_TASK, REDELIVER_TASK, TASK_RESULT
from enrollment.tasks.records import AcceptTask, OwnTask, TaskResult

LOWEST_PRIORITY, HIGHEST_PRIORITY = 0, 9


def accept(desk: Desk, call: AbisCall, callback: str | None, priority: int | None) -> str:
    """Keep a call to be performed later and return the identifier of its task; blocking.

    Parameters
    ----------
    desk
        The worker's.
    call
        What is asked; everything that can be checked cheaply was checked.
    callback
        Where the result goes; None keeps it to be asked for by `answer_of`.
    priority
        As the client gave it; what lies outside 0-9 counts as the nearest of these.

    Raises
    ------
    Refusal
        When the client may not be called back there.
    BiometricsError
        When it cannot be kept; then nothing is.
    """
    if callback is not None:
        require_allowed(callback, call.caller.rights.callbacks)
    task = AcceptTask(
        task_id=str(uuid.uuid4()),
        client=call.caller.client,
        operation=call.operation,
        transaction_id=call.transaction,
        callback=callback,
        priority=min(max(priority or LOWEST_PRIORITY, LOWEST_PRIORITY), HIGHEST_PRIORITY),
        asked=pack(call),
    )
    return desk.service(call.caller.actor()).call(ACCEPT_TASK, task)


def require_allowed(callback: str, prefixes: tuple[str, ...]) -> None:
    """Refuse a callback address that is none of the client's.

    Raises
    ------
    Refusal
        Saying why, without the address.
    """
    try:
        allowed_prefix(callback, prefixes)
    except AddressRefusedError as error:
        raise Refusal("right", str(error)) from None


def answer_of(desk: Desk, task_id: str, client: str) -> TaskResult:
    """Return how far a client's task has come, and its answer where there is one; blocking.

    Raises
    ------
    RecordNotFoundError
        When the client has no such task, or it was forgotten.
    """
    return desk.service(SYSTEM).call(TASK_RESULT, OwnTask(task_id=task_id, client=client))


def redeliver(desk: Desk, task_id: str, client: str) -> None:
    """Let the result of a client's task be delivered anew; blocking.

    Raises
    ------
    RecordNotFoundError
        As `answer_of`.
    """
    desk.service(SYSTEM).call(REDELIVER_TASK, OwnTask(task_id=task_id, client=client))
