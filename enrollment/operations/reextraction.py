"""What a re-extraction lets the owner of the registry record, a few references at a time; it extracts by itself."""

from __future__ import annotations

from dataclasses import dataclass

from biometrics.records import Actor
from enrollment.operations.operation import Operation
from registry.replacement import Replacement, StagedResult
from registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stage:
    """What was made of some references; `begins` forgets what could not be made in an earlier run."""

    target: Replacement
    results: tuple[StagedResult, ...] = ()
    begins: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Whether to exchange although some persons would have no reference of the modality any more."""

    target: Replacement
    leave_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandon:
    """Nothing more than the wish."""


def _stage(registry: Registry, actor: Actor, asked: Stage) -> None:
    """Keep what was made beside the references in use."""
    with registry.writing(actor) as writer:
        writer.stage(asked.target, asked.results)
        if asked.begins:
            writer.forget_failures()


def _exchange(registry: Registry, actor: Actor, asked: Exchange) -> bool:
    """Exchange all references; False when somebody was enrolled for whom nothing was made yet, or nothing could."""
    with registry.writing(actor) as writer:
        staged = writer.staged()
        would_lose = staged is not None and staged.left_out and not asked.leave_out
        if would_lose or writer.unreplaced(asked.target, 1):
            return False
        writer.replace_references(asked.target)
        return True


def _abandon(registry: Registry, actor: Actor, _: Abandon) -> int:
    """Forget everything that was made; return how much that was."""
    with registry.writing(actor) as writer:
        return writer.abandon_replacement()


STAGE = Operation("reextraction.stage", _stage)
EXCHANGE = Operation("reextraction.exchange", _exchange)
ABANDON = Operation("reextraction.abandon", _abandon)
REEXTRACTION = (STAGE, EXCHANGE, ABANDON)
