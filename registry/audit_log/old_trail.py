"""The trail of versions 1 to 4, in which each event carried the SHA-256 of the one before it, turned into the log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import Connection, text

from biometrics.errors import RecordError, StorageError
from registry.audit_log.entries import OPTIONAL, entry_of
from registry.audit_log.growing import keep_subtrees
from registry.audit_log.hashing import Frontier, Subtree, leaf_hash
from registry.audit_log.tree_heads import MAC_KEY, TreeHead, first_values
from registry.columns import canonical_json
from registry.keys.sections import keyring_of
from registry.rows import StoredRow

_NO_DIGEST = "0" * 64
_COLUMNS = ("sequence", "at", "action", "subject_id", "details", "actor", "role", "post", "station", "purpose")
_AT_ONCE = 1000
_INSERT = (
    f"INSERT INTO audit_events ({', '.join(_COLUMNS)}, digest) VALUES ({', '.join(f':{name}' for name in _COLUMNS)},"
    " :digest)"
)


def log_old_events(connection: Connection, old_table: str, *, event_sequence: int, event_digest: str) -> None:
    """Verify an old trail and write its events into the log, within the caller's transaction.

    The table `audit_events` is empty, the row of `heads` and the installation's keys are there. The old digests go:
    anybody can compute them anew from the events, so that one that was noted outside keeps its worth.

    Parameters
    ----------
    connection
        The writer section.
    old_table
        What holds the old events.
    event_sequence, event_digest
        Where the old trail ended, as `heads` told.

    Raises
    ------
    StorageError
        When the old trail was edited.
    """
    tree, last = Frontier(), _NO_DIGEST
    events = _verified(connection, old_table)
    while some := list(islice(events, _AT_ONCE)):
        kept: list[Subtree] = []
        for values, old_digest in some:
            leaf, last = leaf_hash(entry_of(values | {"details": json.loads(values["details"])})), old_digest
            values["digest"] = leaf.hex()
            kept += tree.append(leaf)
        connection.execute(text(_INSERT), [values for values, _ in some])
        keep_subtrees(connection, kept)
    if (tree.size, last) != (event_sequence, event_digest):
        raise _damaged(f"it should end at event {event_sequence} and ends at event {tree.size}")
    _begin_anew(connection, tree)


def _verified(connection: Connection, old_table: str) -> Iterator[tuple[dict[str, Any], str]]:
    names = ", ".join((*_COLUMNS, "previous", "digest"))
    digest, sequence = _NO_DIGEST, 0
    query = f"SELECT {names} FROM {old_table} ORDER BY sequence"
    with connection.exec_driver_sql(query, execution_options={"yield_per": _AT_ONCE}) as rows:
        for row in rows:
            sequence += 1
            if row.sequence != sequence or row.previous != digest or row.digest != _old_digest(row):
                raise _damaged(f"event {sequence} is missing or not what was written")
            digest = row.digest
            yield {name: getattr(row, name) for name in _COLUMNS}, digest


def _old_digest(row: StoredRow) -> str | None:
    values = row._asdict()
    del values["digest"]
    try:
        values["details"] = json.loads(row.details)
        if canonical_json(values["details"]) != row.details:
            return None
        said = {name: value for name, value in values.items() if value is not None or name not in OPTIONAL}
        return hashlib.sha256(canonical_json(said).encode()).hexdigest()
    except (TypeError, ValueError, RecordError, RecursionError):
        return None


def _begin_anew(connection: Connection, tree: Frontier) -> None:
    """Write the head of the log that the old trail became."""
    first = first_values()
    grown = TreeHead(log_id=str(first["log_id"]), size=tree.size, root=tree.root())
    values = first | {
        "event_sequence": grown.size,
        "event_digest": grown.root.hex(),
        "frontier": b"".join(tree.digests).hex(),
        "event_mac": grown.mac(keyring_of(connection).named(MAC_KEY)),
    }
    values["event_at"] = connection.scalar(text("SELECT at FROM audit_events ORDER BY sequence DESC LIMIT 1"))
    setting = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(text(f"UPDATE heads SET {setting}"), values)


def _damaged(what: str) -> StorageError:
    return StorageError(
        f"the audit trail of the older registry was edited: {what}",
        source="audit_events",
        remedy="restore a backup into a new home, and migrate that; nothing was changed",
    )
