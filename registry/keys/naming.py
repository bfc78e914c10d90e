"""Keys of the installation by name, as rows: the root key under the key from outside, the others under the root."""

from __future__ import annotations

import os
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, exists, func, insert, select

from biometrics.errors import KeyUnavailableError, StorageError
from biometrics.samples import now_utc
from registry.audit_log.tree_heads import MAC_KEY, begin_log, current_head
from registry.keys.encryption import KEY_BYTES, NONCE_BYTES, KeyEncryption
from registry.tables.keys import data_keys, installation_keys

ROOT = "root"

FIRST_NAMES = ("tokens", "search", "vectors", "audit")
"""Keys that every registry begins with."""

Root = Callable[[int], AESGCM]


def has_root(connection: Connection) -> bool:
    """Return whether a registry has its keys."""
    return bool(connection.scalar(select(exists(select(installation_keys)))))


def has_begun(connection: Connection) -> bool:
    """Return whether anything was recorded, so that there must have been keys."""
    return bool(connection.scalar(select(exists(select(data_keys))))) or current_head(connection).size > 0


def make_first(connection: Connection, encryption: KeyEncryption) -> None:
    """Make the keys that a registry begins with."""
    root = os.urandom(KEY_BYTES)
    add_root(connection, root, 1, encryption)
    made = {name: make(connection, name, lambda _: AESGCM(root)) for name in FIRST_NAMES}
    begin_log(connection, made[MAC_KEY])


def add_root(connection: Connection, root: bytes, generation: int, encryption: KeyEncryption) -> None:
    """Record a root key under a key from outside; under another one, it is as old as it was."""
    own = installation_keys.c.name == ROOT, installation_keys.c.generation == generation
    made_at = connection.scalar(select(func.min(installation_keys.c.made_at)).where(*own)) or now_utc()
    values = {"name": ROOT, "generation": generation, "kek_id": encryption.key_id, "root_generation": generation}
    values |= {"wrapped": encryption.wrap(root), "made_at": made_at}
    connection.execute(insert(installation_keys).values(values))


def roots(connection: Connection, encryption: KeyEncryption) -> dict[int, bytes]:
    """Return the generations of the root key.

    Raises
    ------
    KeyUnavailableError
        When the key from outside is another one.
    """
    rows = connection.execute(select(installation_keys).where(installation_keys.c.name == ROOT)).all()
    own = [row for row in rows if row.kek_id == encryption.key_id]
    if not own:
        known = ", ".join(sorted({row.kek_id for row in rows})) or "none"
        raise KeyUnavailableError(
            f"the registry is protected by another key than {encryption.key_id}: {known}",
            remedy="name that key in the settings, or the recovery key",
        )
    return {row.generation: encryption.unwrap(bytes(row.wrapped)) for row in own}


def read(connection: Connection, name: str, root: Root) -> bytes | None:
    """Return the newest key of a name; None when there is none.

    Raises
    ------
    StorageError
        When it is damaged.
    """
    own = select(installation_keys).where(installation_keys.c.name == name)
    row = connection.execute(own.order_by(installation_keys.c.generation.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    return unwrapped_by(root(row.root_generation), name, bytes(row.wrapped))


def newest_root(connection: Connection) -> int:
    """Return the generation of the root key that new keys are wrapped by, as of a section."""
    query = select(func.max(installation_keys.c.generation)).where(installation_keys.c.name == ROOT)
    return int(connection.scalar(query) or 0)


def make(connection: Connection, name: str, root: Root) -> bytes:
    """Make a key of a name, which takes the place of the one there is, and return it."""
    key = os.urandom(KEY_BYTES)
    put(connection, name, key, root)
    return key


def put(connection: Connection, name: str, key: bytes, root: Root) -> None:
    """Keep a key under a name, in the place of the one there is."""
    own = installation_keys.c.name == name
    last = select(installation_keys.c.generation).where(own).order_by(installation_keys.c.generation.desc()).limit(1)
    generation = int(connection.scalar(last) or 0) + 1
    connection.execute(delete(installation_keys).where(own))
    root_generation = newest_root(connection)
    values = {"name": name, "generation": generation, "kek_id": "", "root_generation": root_generation}
    values |= {"wrapped": wrapped_by(root(root_generation), name, key), "made_at": now_utc()}
    connection.execute(insert(installation_keys).values(values))


def wrapped_by(root: AESGCM, name: str, key: bytes) -> bytes:
    """Return a key of a name under a root key."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + root.encrypt(nonce, key, name.encode())


def unwrapped_by(root: AESGCM, name: str, wrapped: bytes) -> bytes:
    """Return a key of a name.

    Raises
    ------
    StorageError
        When it is damaged.
    """
    try:
        return root.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], name.encode())
    except (InvalidTag, ValueError):
        raise StorageError("a key of the installation is damaged or was altered", source=name) from None
