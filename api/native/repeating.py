"""A request that is sent again under its key is not done again, but answered as it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from api.http.problems import Refusal
from enrollment.operations.kept_answers import FIND_ANSWER, KEEP_ANSWER, KeepAnswer, NamedAnswer
from enrollment.operations.operation import Performs
from registry.answers import KeptAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Whose request it is, its key, and all that tells it from others under the same key."""

    client: str
    key: str
    content: str

    @property
    def sha256(self) -> str:
        """Digest of the content."""
        return hashlib.sha256(self.content.encode()).hexdigest()

    @property
    def name(self) -> str:
        """Digest of whose it is and its key: the same when it comes again."""
        return hashlib.sha256(json.dumps([self.client, self.key]).encode()).hexdigest()


def once(call: Performs, request: Request, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what the work answers, or what it answered when the request came before.

    A request that comes again while the first is worked on is done at its side; the records refuse what would
    contradict itself, such as a second verdict.

    Raises
    ------
    Refusal
        When the key belongs to another request.
    """
    known = call(FIND_ANSWER, NamedAnswer(client=request.client, key=request.key))
    if known is not None:
        return _answered(known, request)
    answer = work()
    kept = KeepAnswer(
        client=request.client,
        key=request.key,
        request_sha256=request.sha256,
        status=200,
        answer=json.dumps(answer).encode(),
    )
    earlier = call(KEEP_ANSWER, kept)
    return answer if earlier is None else _answered(earlier, request)


def other_request() -> Refusal:
    """Return the refusal of a key that another request has."""
    return Refusal("content", "this Idempotency-Key belongs to another request: use a new one for each")


def _answered(known: KeptAnswer, request: Request) -> dict[str, Any]:
    if known.request_sha256 != request.sha256:
        raise other_request()
    answer: dict[str, Any] = json.loads(known.answer)
    return answer
