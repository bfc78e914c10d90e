"""Encounters that change hands: to another subject, or into and out of galleries, as one numbered change each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import Connection, bindparam, delete, insert, update

from biometrics.errors import RecordConflictError, RecordError
from registry.audit import ENCOUNTER_MOVED, append_events
from registry.belonging import Belonging, belongings
from registry.document_names import settle_names
from registry.search_galleries import follow_galleries
from registry.sequence import Move, add_moves
from registry.tables.core import encounters
from registry.tables.galleries import encounter_galleries


def give(connection: Connection, encounter_ids: Iterable[str], subject_id: str, *, why: Mapping[str, object]) -> int:
    """Make encounters those of another subject, in their order; return the number of the last change, 0 for none.

    Parameters
    ----------
    encounter_ids
        Which; one that is the subject's already is refused.
    subject_id
        Whose they will be.
    why
        Details that the audit events of the moves add, such as the merge.
    """
    before = belongings(connection, encounter_ids)
    return _move(connection, before, {name: replace(one, subject_id=subject_id) for name, one in before.items()}, why)


def place(connection: Connection, encounter_id: str, galleries: frozenset[str]) -> int:
    """Say in which galleries an encounter is from now on, at least one; return the number of the change.

    Raises
    ------
    RecordNotFoundError
        When there is no such encounter.
    RecordConflictError
        When it is in exactly these already.
    RecordError
        When none is named.
    """
    if not galleries:
        raise RecordError(
            "an encounter belongs to at least one gallery",
            source=encounter_id,
            remedy="put it into another gallery first, or retire the encounter",
        )
    before = belongings(connection, [encounter_id])
    return _move(connection, before, {encounter_id: replace(before[encounter_id], galleries=galleries)}, {})


def _move(
    connection: Connection,
    before: Mapping[str, Belonging],
    after: Mapping[str, Belonging],
    why: Mapping[str, object],
) -> int:
    for name in (name for name, one in after.items() if one == before[name]):
        raise RecordConflictError("the encounter is there already", source=name, remedy="nothing was changed")
    if not after:
        return 0
    _write(connection, before, after)
    follow_galleries(connection, {one.subject_id for held in (before, after) for one in held.values()})
    moves = [
        Move(
            encounter_id=name,
            from_subject_id=before[name].subject_id,
            subject_id=one.subject_id,
            from_galleries=before[name].galleries,
            galleries=one.galleries,
        )
        for name, one in after.items()
    ]
    first = add_moves(connection, moves)
    told = [
        (move.subject_id, {**why, **move_details(move, sequence)}) for sequence, move in enumerate(moves, start=first)
    ]
    append_events(connection, action=ENCOUNTER_MOVED, told=told)
    settle_names(connection, [name for name, one in after.items() if one.subject_id != before[name].subject_id])
    return first + len(moves) - 1


def move_details(move: Move, sequence: int) -> dict[str, object]:
    """Return what the audit trail tells of a move; the event is about the subject that has the encounter then."""
    return {
        "encounter_id": move.encounter_id,
        "change": sequence,
        "from_subject_id": move.from_subject_id,
        "from_galleries": sorted(move.from_galleries),
        "galleries": sorted(move.galleries),
    }


def _write(connection: Connection, before: Mapping[str, Belonging], after: Mapping[str, Belonging]) -> None:
    given = [
        {"moved": name, "owner": one.subject_id}
        for name, one in after.items()
        if one.subject_id != before[name].subject_id
    ]
    if given:
        statement = update(encounters).where(encounters.c.encounter_id == bindparam("moved"))
        connection.execute(statement.values(subject_id=bindparam("owner")), given)
    for name, one in after.items():
        own = encounter_galleries.c.encounter_id == name
        gone, come = before[name].galleries - one.galleries, one.galleries - before[name].galleries
        if gone:
            connection.execute(delete(encounter_galleries).where(own, encounter_galleries.c.gallery_id.in_(gone)))
        if come:
            rows = [{"encounter_id": name, "gallery_id": gallery_id} for gallery_id in sorted(come)]
            connection.execute(insert(encounter_galleries), rows)
