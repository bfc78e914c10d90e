"""The operation by which the galleries forget persons whom the registry has erased."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from biometrics.records import Actor
from enrollment.keeping import Galleries
from enrollment.operations.operation import Answer, Asked, Operation


@dataclass(frozen=True, slots=True)
class GalleriesOperation(Operation[Asked, Answer]):
    """An operation that is given the owner's galleries in the place of the registry."""

    perform: Callable[[Galleries, Actor, Asked], Answer]  # type: ignore[assignment]  # the owner tells them apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """Asks the galleries to forget subjects, all references of whom the registry has deleted."""

    subject_ids: tuple[str, ...]


def forget(galleries: Galleries, actor: Actor, asked: Forgetting) -> tuple[str, ...]:
    """Forget subjects in memory and in snapshots, and return the galleries of which a new snapshot was written."""
    return galleries.forget(asked.subject_ids)


FORGET = GalleriesOperation("gallery.forget", forget)
