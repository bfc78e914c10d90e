"""The numbers of changes, given without gaps in the order of the commits."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert, update

from biometrics.protocols import ChangeKind
from registry.tables.core import changes, heads


def add_change(connection: Connection, kind: ChangeKind, encounter_id: str) -> int:
    """Record a change of an encounter's references, within the caller's transaction, and return its number."""
    return add_changes(connection, [(kind, encounter_id)])


def add_changes(connection: Connection, made: Sequence[tuple[ChangeKind, str]]) -> int:
    """Record several changes, at least one, and return the number of the first; the others follow."""
    moved = update(heads).values(change_sequence=heads.c.change_sequence + len(made))
    last = int(connection.execute(moved.returning(heads.c.change_sequence)).scalar_one())
    first = last - len(made) + 1
    rows = [
        {"sequence": sequence, "kind": kind, "encounter_id": encounter_id}
        for sequence, (kind, encounter_id) in enumerate(made, start=first)
    ]
    connection.execute(insert(changes), rows)
    return first
