"""Answers kept under keys of clients, so that a request that is sent again is done once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from biometrics.records import Actor
from biometrics.samples import now_utc
from enrollment.operations.operation import Operation
from registry.answers import KeptAnswer
from registry.store import Registry

KEPT_FOR = timedelta(days=7)
"""Longer than any client tries; then a key may come again as another request's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAnswer:
    """Names an answer by whose it is and the key."""

    client: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAnswer:
    """Asks to keep what a client is told."""

    client: str
    key: str
    request_sha256: str
    status: int
    answer: bytes


def _find(registry: Registry, actor: Actor, asked: NamedAnswer) -> KeptAnswer | None:
    with registry.reading() as record:
        return record.answers.find(asked.client, asked.key)


def _keep(registry: Registry, actor: Actor, asked: KeepAnswer) -> KeptAnswer | None:
    """Keep an answer, drop those that are too old, and return the one that was there before; None where none was."""
    with registry.writing(actor) as writer:
        writer.answers.forget(now_utc() - KEPT_FOR)
        known = writer.answers.find(asked.client, asked.key)
        if known is None:
            writer.answers.keep(
                asked.client,
                asked.key,
                request_sha256=asked.request_sha256,
                status=asked.status,
                answer=asked.answer,
            )
        return known


FIND_ANSWER = Operation("answer.find", _find)
KEEP_ANSWER = Operation("answer.keep", _keep)

KEPT_ANSWERS: tuple[Operation[Any, Any], ...] = (FIND_ANSWER, KEEP_ANSWER)
