"""The numbers of changes, given without gaps in the order of the commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, update

from biometrics.protocols import ChangeKind
from registry.belonging import belongings
from registry.tables.core import changes, heads


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An encounter that goes from one subject to another, or from some galleries to others."""

    encounter_id: str
    from_subject_id: str
    subject_id: str
    from_galleries: frozenset[str]
    galleries: frozenset[str]


def add_change(connection: Connection, kind: ChangeKind, encounter_id: str) -> int:
    """Record a change of an encounter's references, within the caller's transaction, and return its number."""
    return add_changes(connection, [(kind, encounter_id)])


def add_changes(connection: Connection, made: Sequence[tuple[ChangeKind, str]]) -> int:
    """Record several changes, at least one, and return the number of the first; the others follow.

    Each says whose the encounter is and in which galleries, as recorded by now.
    """
    held = belongings(connection, dict.fromkeys(encounter_id for _, encounter_id in made))
    rows = [
        {
            "kind": kind,
            "encounter_id": encounter_id,
            "subject_id": held[encounter_id].subject_id,
            "galleries": held[encounter_id].galleries,
            "from_subject_id": None,
            "from_galleries": None,
        }
        for kind, encounter_id in made
    ]
    return _append(connection, rows)


def add_moves(connection: Connection, moves: Sequence[Move]) -> int:
    """Record that encounters moved, at least one, and return the number of the first change; the others follow."""
    rows = [
        {
            "kind": ChangeKind.MOVED,
            "encounter_id": move.encounter_id,
            "subject_id": move.subject_id,
            "galleries": move.galleries,
            "from_subject_id": move.from_subject_id,
            "from_galleries": move.from_galleries,
        }
        for move in moves
    ]
    return _append(connection, rows)


def _append(connection: Connection, rows: Sequence[Mapping[str, object]]) -> int:
    moved = update(heads).values(change_sequence=heads.c.change_sequence + len(rows))
    last = int(connection.execute(moved.returning(heads.c.change_sequence)).scalar_one())
    first = last - len(rows) + 1
    numbered = [{"sequence": sequence, **row} for sequence, row in enumerate(rows, start=first)]
    connection.execute(insert(changes), numbered)
    return first
