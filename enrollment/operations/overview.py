"""How much is recorded, and by which models: figures about nobody in particular."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from biometrics.records import Actor
from enrollment.operations.operation import Operation
from registry.counts import Counts
from registry.store import Registry


def _counts(registry: Registry, actor: Actor, asked: None) -> Counts:
    return registry.counts()


def _models(registry: Registry, actor: Actor, asked: None) -> Mapping[str, int]:
    """Return how many references in use each model made; this reads all of them."""
    return {use.model_id: use.references for use in registry.models_in_use()}


COUNTS = Operation("registry.counts", _counts)
MODELS_IN_USE = Operation("registry.models", _models)

OVERVIEW: tuple[Operation[Any, Any], ...] = (COUNTS, MODELS_IN_USE)
