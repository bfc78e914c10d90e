"""A call as bytes, from when it was accepted to when it is performed; and what it came to, as bytes for its client."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from api.http.access import Caller
from api.http.clients import Rights
from api.http.problems import Refusal
from api.osia.abis.calls import AbisAnswer, AbisCall
from api.osia.abis.table import ROUTES
from api.osia.errors import error_content
from biometrics.records import ActorRole

MOST_ANSWER_BYTES = 100_000_000
"""More than the pictures of a hundred ten-print cards; what is longer is read in parts."""

OK = b'"OK"'
"""What a callback says of an operation that only does something."""

_ONE_TO_MANY = frozenset(route.operation for route in ROUTES if route.one_to_many)

_CALLER = ("client", "subject", "purpose", "post", "station", "route", "scope")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAnswer:
    """What a task came to, as its client is told; `failed` when it is an error."""

    content: bytes
    failed: bool


def pack(call: AbisCall) -> bytes:
    """Return a call as bytes: everything but the rights of its caller, which are looked up when it is performed."""
    caller = {name: getattr(call.caller, name) for name in _CALLER}
    caller["role"] = None if call.caller.role is None else call.caller.role.value
    caller["scopes"] = sorted(call.caller.scopes)
    said = {"caller": caller, "path": dict(call.path), "query": dict(call.query), "body": call.body}
    return json.dumps(said, allow_nan=False, separators=(",", ":")).encode()


def unpack(data: bytes, *, operation: str, task_id: str, rights: Rights | None) -> AbisCall:
    """Return the call of a task, with what its client may do now.

    Raises
    ------
    Refusal
        When the client's rights no longer hold what its token had when it asked.
    """
    said: dict[str, Any] = json.loads(data)
    given: dict[str, Any] = said["caller"]
    role, scopes = given.pop("role"), frozenset(given.pop("scopes"))
    if rights is None:
        raise _withdrawn()
    caller = Caller(role=None if role is None else ActorRole(role), scopes=scopes, rights=rights, **given)
    if not _still_has(caller) or (operation in _ONE_TO_MANY and not rights.one_to_many):
        raise _withdrawn()
    return AbisCall(
        operation=operation,
        caller=caller,
        path=said["path"],
        query=said["query"],
        body=said["body"],
        task_id=task_id,
    )


def answer_bytes(answer: AbisAnswer) -> bytes:
    """Return what an operation came to, as the callback says it.

    Raises
    ------
    Refusal
        When it is too long to be kept and sent.
    """
    if answer.status == 204:
        return OK
    content = json.dumps(answer.content, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
    if len(content) > MOST_ANSWER_BYTES:
        raise Refusal("large", "the answer is too long for a callback; ask for less at once")
    return content


def refusal_bytes(refusal: Refusal) -> bytes:
    """Return the error that a callback tells."""
    return json.dumps(error_content(refusal), ensure_ascii=False).encode()


def _still_has(caller: Caller) -> bool:
    """Tell whether a client may still have the scopes, role and purpose that its token had."""
    rights = caller.rights
    return (
        (rights.scopes is None or caller.scopes <= rights.scopes)
        and (caller.role is None or caller.role in rights.roles)
        and (rights.purposes is None or caller.purpose is None or caller.purpose in rights.purposes)
    )


def _withdrawn() -> Refusal:
    return Refusal("right", "the client's rights were withdrawn before this was performed")
