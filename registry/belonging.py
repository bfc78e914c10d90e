"""Whose an encounter is, and in which galleries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from biometrics.errors import RecordNotFoundError
from registry.tables.core import encounters
from registry.tables.galleries import encounter_galleries

_AT_ONCE = 500
"""Encounters named in one statement: databases limit how many values it may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """Whose an encounter is, and in which galleries."""

    subject_id: str
    galleries: frozenset[str]


def belongings(connection: Connection, encounter_ids: Iterable[str]) -> dict[str, Belonging]:
    """Return whose these encounters are, in the order in which they are named.

    Raises
    ------
    RecordNotFoundError
        When there is no such encounter.
    """
    names = list(encounter_ids)
    owners: dict[str, str] = {}
    held: dict[str, set[str]] = {}
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        owner = select(encounters.c.encounter_id, encounters.c.subject_id).where(encounters.c.encounter_id.in_(some))
        owners |= {row.encounter_id: row.subject_id for row in connection.execute(owner).all()}
        for row in connection.execute(
            select(encounter_galleries).where(encounter_galleries.c.encounter_id.in_(some))
        ).all():
            held.setdefault(row.encounter_id, set()).add(row.gallery_id)
    for unknown in (name for name in names if name not in owners):
        raise RecordNotFoundError("there is no such encounter", source=unknown)
    return {name: Belonging(subject_id=owners[name], galleries=frozenset(held.get(name, ()))) for name in names}
