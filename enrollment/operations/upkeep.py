"""Operations that keep a registry in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from biometrics.records import Actor
from enrollment.operations.operation import Operation
from registry.access import RECEIPTS_RECONCILED
from registry.purging import Purged
from registry.receipts import IssuedReceipt, Reconciled
from registry.store import Registry


def _note_backup(registry: Registry, actor: Actor, _: None) -> None:
    """Let the trail tell that somebody copies everything, before they do."""
    registry.upkeep.note_backup(actor)


def _sweep(registry: Registry, actor: Actor, _: None) -> int:
    """Remove old files that no record names; return how many."""
    return registry.upkeep.sweep(actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """Asks to purge encounters that were retired before a moment; `dry_run` only counts them."""

    retired_before: datetime
    reason: str
    dry_run: bool = False


_AT_ONCE = 200
"""Encounters purged in one section: others wait for less than a second."""


def _purge(registry: Registry, actor: Actor, asked: Purge) -> Purged:
    """Purge some of what is due."""
    if asked.dry_run:
        with registry.reading() as record:
            return Purged(encounters=0, subjects=0, left=record.count_due(asked.retired_before))
    with registry.writing(actor) as writer:
        return writer.purge(retired_before=asked.retired_before, reason=asked.reason, most=_AT_ONCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """Asks which of some receipts are recorded."""

    issued: tuple[IssuedReceipt, ...]


def _reconcile(registry: Registry, actor: Actor, asked: Reconcile) -> Reconciled:
    """Hold receipts against what is recorded; the trail tells that it was asked, and how many were."""
    return registry.consult(
        actor,
        RECEIPTS_RECONCILED,
        (),
        lambda record: record.reconcile(asked.issued),
        told={"receipts": len(asked.issued)},
    )


NOTE_BACKUP = Operation("registry.note_backup", _note_backup)
SWEEP = Operation("registry.sweep", _sweep)

RECONCILE = Operation("registry.reconcile", _reconcile)
PURGE = Operation("registry.purge", _purge)

UPKEEP: tuple[Operation[Any, Any], ...] = (NOTE_BACKUP, PURGE, RECONCILE, SWEEP)
