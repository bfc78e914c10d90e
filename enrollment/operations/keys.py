"""Operations on the keys that protect a registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from biometrics.records import Actor
from enrollment.operations.operation import Operation
from registry.keys.desk import KeyStatus
from registry.keys.rotation import Rotated, Rotation
from registry.store import Registry


def _status(registry: Registry, actor: Actor, _: None) -> KeyStatus:
    """Return which keys there are."""
    return registry.protection.status()


def _begin_rotation(registry: Registry, actor: Actor, _: None) -> Rotation:
    """Begin to exchange the root key, or go on with an exchange."""
    return registry.protection.begin_rotation(actor)


def _rotate(registry: Registry, actor: Actor, _: None) -> Rotated:
    """Wrap some keys by the new root: long work is many short operations."""
    return registry.protection.rotate_some(actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecovery:
    """Asks that a recovery key open the registry; only its public half is told."""

    public_half: bytes


def _set_recovery(registry: Registry, actor: Actor, asked: NewRecovery) -> str:
    """Let a recovery key open the registry, in the place of the one there is; return its identifier."""
    return registry.protection.set_recovery(asked.public_half, actor)


KEY_STATUS = Operation("keys.status", _status)
BEGIN_ROTATION = Operation("keys.begin_rotation", _begin_rotation)
ROTATE = Operation("keys.rotate", _rotate)
SET_RECOVERY = Operation("keys.set_recovery", _set_recovery)

KEYS: tuple[Operation[Any, Any], ...] = (BEGIN_ROTATION, KEY_STATUS, ROTATE, SET_RECOVERY)
