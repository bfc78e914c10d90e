"""Exchanging the root key while everybody works: a new one is made, all keys are wrapped by it, the old one goes.

Each step is a writer section of its own, and each leaves a registry that opens: as long as anything is wrapped by the
old generation it is there. Nobody needs to remember how far it came: what is left is what the old one wraps.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam, delete, func, select, update

from biometrics.errors import RecordConflictError
from registry.audit import append_event
from registry.keys import naming
from registry.keys.actions import KEY_ADDED, KEY_CHANGED, KEYS_ROTATED, RECOVERY_MADE, ROTATION_BEGUN
from registry.keys.encryption import KEY_BYTES, KeyEncryption
from registry.keys.keyring import Keyring
from registry.keys.naming import ROOT
from registry.keys.recovery import PUBLIC_NAME, RecoveryWrapping
from registry.tables.keys import data_keys, installation_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A rotation that is under way: to which generation of the root key, and how many keys there are to wrap."""

    generation: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What a step of a rotation did: keys wrapped anew, and once none is left, the generations that were destroyed."""

    wrapped: int
    destroyed: tuple[int, ...] = ()
    finished: bool = False


def begin_rotation(connection: Connection, keyring: Keyring) -> Rotation:
    """Make a new generation of the root key; an unfinished rotation is gone on with.

    Raises
    ------
    RecordConflictError
        When the registry was opened with its recovery key, so that a new root could not be wrapped by the usual one.
    """
    newest = naming.newest_root(connection)
    if len(_generations(connection)) > 1:
        return Rotation(generation=newest, left=_count_left(connection, newest))
    root, number = os.urandom(KEY_BYTES), newest + 1
    for wrapping in _wrappings(connection, keyring):
        naming.add_root(connection, root, number, wrapping)
    append_event(connection, action=ROTATION_BEGUN, subject_id=None, details={"generation": number})
    return Rotation(generation=number, left=_count_left(connection, number))


def rotate_some(connection: Connection, keyring: Keyring, most: int) -> Rotated:
    """Wrap so many keys by the newest generation; when none is left, the generations before it are destroyed."""
    newest = naming.newest_root(connection)
    wrapped = _wrap_owners(connection, keyring, newest, most)
    if wrapped == most:
        return Rotated(wrapped=wrapped)
    wrapped += _wrap_named(connection, keyring, newest)
    former = tuple(number for number in _generations(connection) if number < newest)
    if former:
        old = installation_keys.c.name == ROOT, installation_keys.c.generation < newest
        connection.execute(delete(installation_keys).where(*old))
        details = {"generation": newest, "destroyed": list(former)}
        append_event(connection, action=KEYS_ROTATED, subject_id=None, details=details)
    return Rotated(wrapped=wrapped, destroyed=former, finished=True)


def add_key(connection: Connection, keyring: Keyring, to: KeyEncryption) -> None:
    """Let another key from outside open the registry, beside the one that did.

    Raises
    ------
    RecordConflictError
        When it is the recovery key, which is for emergencies, or does not open what it wraps.
    KeyUnavailableError
        When the new key cannot be used.
    """
    recovery = recovery_wrapping(connection, keyring)
    if recovery is not None and to.key_id == recovery.key_id:
        raise RecordConflictError("this is the recovery key", source=to.key_id, remedy="name another key")
    if to.key_id == keyring.encryption.key_id:
        return
    roots = naming.roots(connection, keyring.encryption)
    own = installation_keys.c.name == ROOT, installation_keys.c.kek_id == to.key_id
    connection.execute(delete(installation_keys).where(*own))  # what a change that was interrupted left
    for generation, root in sorted(roots.items()):
        naming.add_root(connection, root, generation, to)
    if naming.roots(connection, to) != roots:  # what a token wraps it must open, or all would be lost
        raise RecordConflictError("the new key does not open what it wrapped", source=to.key_id)
    append_event(connection, action=KEY_ADDED, subject_id=None, details={"key": to.key_id})


def remove_other_keys(connection: Connection, keyring: Keyring) -> None:
    """Let nothing open the registry but the key that opened it and the recovery key."""
    recovery = recovery_wrapping(connection, keyring)
    kept = [keyring.encryption.key_id, *([] if recovery is None else [recovery.key_id])]
    others = installation_keys.c.name == ROOT, installation_keys.c.kek_id.not_in(kept)
    connection.execute(delete(installation_keys).where(*others))
    append_event(connection, action=KEY_CHANGED, subject_id=None, details={"key": keyring.encryption.key_id})


def set_recovery(connection: Connection, keyring: Keyring, public: bytes) -> None:
    """Wrap all generations of the root for a recovery key too, in the place of the one there is.

    Raises
    ------
    RecordConflictError
        When the registry was opened with a recovery key.
    """
    former = recovery_wrapping(connection, keyring)
    if former is not None and former.key_id == keyring.encryption.key_id:
        raise _opened_with_recovery(former.key_id)
    wrapping = RecoveryWrapping(public)
    roots = naming.roots(connection, keyring.encryption)
    own = installation_keys.c.kek_id == keyring.encryption.key_id
    connection.execute(delete(installation_keys).where(installation_keys.c.name == ROOT, ~own))
    for generation, root in sorted(roots.items()):
        naming.add_root(connection, root, generation, wrapping)
    naming.put(connection, PUBLIC_NAME, public, keyring.root)
    append_event(connection, action=RECOVERY_MADE, subject_id=None, details={"key": wrapping.key_id})


def recovery_wrapping(connection: Connection, keyring: Keyring) -> RecoveryWrapping | None:
    """Return what wraps for the recovery key; None when there is none."""
    public = naming.read(connection, PUBLIC_NAME, keyring.root)
    return None if public is None else RecoveryWrapping(public)


def _wrappings(connection: Connection, keyring: Keyring) -> list[KeyEncryption]:
    recovery = recovery_wrapping(connection, keyring)
    if recovery is None:
        return [keyring.encryption]
    if recovery.key_id == keyring.encryption.key_id:
        raise _opened_with_recovery(recovery.key_id)
    return [keyring.encryption, recovery]


def _opened_with_recovery(key_id: str) -> RecordConflictError:
    return RecordConflictError(
        "the registry is open with its recovery key",
        source=key_id,
        remedy="change to another key with kura keys change",
    )


def _generations(connection: Connection) -> list[int]:
    query = select(installation_keys.c.generation).where(installation_keys.c.name == ROOT).distinct()
    return sorted(connection.scalars(query))


def _count_left(connection: Connection, newest: int) -> int:
    owners = select(func.count()).where(data_keys.c.root_generation < newest)
    named = select(func.count()).where(installation_keys.c.root_generation < newest, installation_keys.c.name != ROOT)
    return int(connection.scalar(owners) or 0) + int(connection.scalar(named) or 0)


def _wrap_owners(connection: Connection, keyring: Keyring, newest: int, most: int) -> int:
    older = select(data_keys).where(data_keys.c.root_generation < newest).limit(most)
    rows = [
        {"own": row.owner_id, "sealed": keyring.wrap(row.owner_id, key, newest)}
        for row in connection.execute(older).all()
        for key in (keyring.unwrap(row.owner_id, bytes(row.wrapped), row.root_generation),)
    ]
    if rows:
        change = update(data_keys).where(data_keys.c.owner_id == bindparam("own"))
        connection.execute(change.values(wrapped=bindparam("sealed"), root_generation=newest), rows)
    return len(rows)


def _wrap_named(connection: Connection, keyring: Keyring, newest: int) -> int:
    """Wrap the keys of the installation, of which there are some dozens."""
    own = installation_keys.c.name != ROOT, installation_keys.c.root_generation < newest
    rows = connection.execute(select(installation_keys).where(*own)).all()
    root: AESGCM = keyring.root(newest)
    for row in rows:
        key = naming.unwrapped_by(keyring.root(row.root_generation), row.name, bytes(row.wrapped))
        same = installation_keys.c.name == row.name, installation_keys.c.generation == row.generation
        values = {"wrapped": naming.wrapped_by(root, row.name, key), "root_generation": newest}
        connection.execute(update(installation_keys).where(*same).values(values))
    return len(rows)
