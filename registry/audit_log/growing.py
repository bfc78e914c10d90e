"""Events appended to the log: rows, kept subtrees and the new head, within the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from sqlalchemy import Connection, insert, update

from registry.audit_log.entries import entry_of
from registry.audit_log.hashing import Subtree, leaf_hash
from registry.audit_log.tree_heads import MAC_KEY, TreeHead, authentic_frontier
from registry.columns import utc_text
from registry.keys.sections import keyring_of
from registry.rows import StoredRow
from registry.tables.audit import audit_subtrees
from registry.tables.core import audit_events, heads


def grow(connection: Connection, head: StoredRow, rows: Sequence[dict[str, Any]]) -> None:
    """Append events, given as their columns without digests, numbered on from the head.

    Parameters
    ----------
    connection
        The writer section.
    head
        The row of `heads`, locked.
    rows
        The events, at least one; each gets its digest.

    Raises
    ------
    StorageError
        When the head is not what was written.
    """
    tree, kept = authentic_frontier(connection, head), list[Subtree]()
    for row in rows:
        leaf = leaf_hash(entry_of(_as_text(row)))
        row["digest"] = leaf.hex()
        kept += tree.append(leaf)
    connection.execute(insert(audit_events), list(rows))
    keep_subtrees(connection, kept)
    grown = TreeHead(log_id=head.log_id, size=tree.size, root=tree.root())
    values = {
        "event_sequence": grown.size,
        "event_digest": grown.root.hex(),
        "event_at": rows[-1]["at"],
        "frontier": b"".join(tree.digests).hex(),
        "event_mac": grown.mac(keyring_of(connection).named(MAC_KEY)),
    }
    connection.execute(update(heads).values(values))


def keep_subtrees(connection: Connection, kept: Sequence[Subtree]) -> None:
    """Record the roots of complete subtrees."""
    if kept:
        values = [{"height": one.height, "position": one.position, "digest": one.digest.hex()} for one in kept]
        connection.execute(insert(audit_subtrees), values)


def _as_text(row: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: value.value if isinstance(value, Enum) else value for name, value in row.items()}
    return said | {"at": utc_text(row["at"])}
