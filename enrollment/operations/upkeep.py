"""Operations that keep a registry in order."""

from __future__ import annotations

from typing import Any

from biometrics.records import Actor
from enrollment.operations.operation import Operation
from registry.store import Registry


def _note_backup(registry: Registry, actor: Actor, _: None) -> None:
    """Let the trail tell that somebody copies everything, before they do."""
    registry.note_backup(actor)


def _sweep(registry: Registry, actor: Actor, _: None) -> int:
    """Remove old files that no record names; return how many."""
    return registry.sweep()


NOTE_BACKUP = Operation("registry.note_backup", _note_backup)
SWEEP = Operation("registry.sweep", _sweep)

UPKEEP: tuple[Operation[Any, Any], ...] = (NOTE_BACKUP, SWEEP)
