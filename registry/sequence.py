"""The numbers of changes, given without gaps in the order of the commits."""

from __future__ import annotations

from sqlalchemy import Connection, insert, update

from biometrics.protocols import ChangeKind
from registry.schema import changes, heads


def add_change(connection: Connection, kind: ChangeKind, encounter_id: str) -> int:
    """Record a change of an encounter's references, within the caller's transaction, and return its number."""
    number = update(heads).values(change_sequence=heads.c.change_sequence + 1).returning(heads.c.change_sequence)
    sequence = int(connection.execute(number).scalar_one())
    connection.execute(insert(changes).values(sequence=sequence, kind=kind, encounter_id=encounter_id))
    return sequence
