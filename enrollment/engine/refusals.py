"""Refusals by the rules of a role, which the trail tells of as it tells of what was done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from biometrics.errors import BiometricsError, CaseForbiddenError
from biometrics.records import Actor
from registry.store import Registry

_log = structlog.get_logger(__name__)


@contextmanager
def refusals_told(registry: Registry, actor: Actor, operation: str) -> Iterator[None]:
    """Let the trail tell when an operation is refused to whoever asks for it; the refusal stands either way."""
    try:
        yield
    except CaseForbiddenError as refusal:
        try:
            with registry.writing(actor) as writer:
                writer.record_refusal(operation, refusal.kind, refusal.source)
        except BiometricsError as error:
            _log.error("access.refusal_not_recorded", operation=operation, kind=error.kind)
        raise
