"""Where the log stands: its size, its root, its right edge, and a MAC that only the installation's keys can make."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from biometrics.errors import StorageError
from registry.audit_log.hashing import EMPTY_ROOT, HASH_BYTES, Frontier
from registry.keys.sections import keyring_of
from registry.rows import StoredRow
from registry.tables.core import heads

MAC_KEY = "audit"
"""Name of the installation's key that authenticates the head of the log."""

_REMEDY = "run kura registry check, and compare the log with its anchors: kura audit verify"


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    """A state of the log.

    Parameters
    ----------
    log_id
        Which log this is: 32 hexadecimal digits, made with the registry.
    size
        How many events it has.
    root
        The hash of the tree over them.
    """

    log_id: str
    size: int
    root: bytes

    def mac(self, key: bytes) -> str:
        """Return what shows that somebody with the key wrote this."""
        told = f"kura audit head/1\n{self.log_id}\n{self.size}\n{self.root.hex()}"
        return hmac.digest(key, told.encode(), hashlib.sha256).hex()


def first_values() -> dict[str, object]:
    """Return what the row of `heads` says of a log that begins."""
    return {
        "event_sequence": 0,
        "event_digest": EMPTY_ROOT.hex(),
        "event_at": None,
        "frontier": "",
        "log_id": secrets.token_hex(16),
        "event_mac": "",
    }


def head_of_row(row: StoredRow) -> TreeHead:
    """Return the state that the row of `heads` tells of.

    Raises
    ------
    StorageError
        When it is damaged.
    """
    try:
        root = bytes.fromhex(row.event_digest)
    except ValueError as error:
        raise StorageError("the head of the audit log is damaged", source="heads", remedy=_REMEDY) from error
    return TreeHead(log_id=row.log_id, size=int(row.event_sequence), root=root)


def current_head(connection: Connection) -> TreeHead:
    """Return the state of the log."""
    return head_of_row(connection.execute(select(heads)).one())


def frontier_of_row(row: StoredRow) -> Frontier:
    """Return the right edge that the row of `heads` keeps.

    Raises
    ------
    StorageError
        When it is damaged.
    """
    try:
        edge = bytes.fromhex(row.frontier)
        pieces = [edge[start : start + HASH_BYTES] for start in range(0, len(edge), HASH_BYTES)]
        return Frontier(int(row.event_sequence), pieces)
    except ValueError as error:
        raise StorageError("the head of the audit log is damaged", source="heads", remedy=_REMEDY) from error


def authentic_frontier(connection: Connection, row: StoredRow) -> Frontier:
    """Return the right edge that events are appended at, which somebody with the installation's keys wrote.

    Whoever rewrote the log without them would otherwise get a MAC, or a signature, with the next event.

    Raises
    ------
    StorageError
        When the head or its edge is not what was written.
    """
    tree = frontier_of_row(row)
    if tree.root().hex() != row.event_digest or not is_authentic(connection, row):
        raise StorageError("the head of the audit log is not what was written", source="heads", remedy=_REMEDY)
    return tree


def authentic_head(connection: Connection) -> TreeHead:
    """Return the state of the log, to be signed.

    Raises
    ------
    StorageError
        As `authentic_frontier`.
    """
    row = connection.execute(select(heads)).one()
    authentic_frontier(connection, row)
    return head_of_row(row)


def begin_log(connection: Connection, key: bytes) -> None:
    """Authenticate the head of a log without events, where the key is made: it cannot be emptied later."""
    head = current_head(connection)
    if head.size == 0:
        connection.execute(update(heads).values(event_mac=head.mac(key)))


def is_authentic(connection: Connection, row: StoredRow) -> bool:
    """Return whether somebody with the installation's keys wrote the row of `heads`."""
    expected = head_of_row(row).mac(keyring_of(connection).named(MAC_KEY))
    return hmac.compare_digest(expected.encode(), str(row.event_mac).encode())
