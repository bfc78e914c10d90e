"""Keeping the rows by which people are found in step with what they state now; all of them can be made anew."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeAlias

from sqlalchemy import Connection, delete, exists, func, insert, select

from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.name_keys import NameForm, name_forms
from biometrics.people.record import PersonRecord
from biometrics.protocols import Progress, no_progress
from registry.audit import append_event
from registry.faults import Fault, FaultKind
from registry.keys.sections import keyring_of
from registry.sealed import SearchText
from registry.search_galleries import searched_galleries
from registry.tables.people import person_versions
from registry.tables.search import person_search

SearchRow: TypeAlias = tuple[str, str, str, str, str, int, str]
"""Family key, given key, family spelling, given spelling, galleries, birth rank, first day of birth."""

BIRTH_RANKS = {precision: rank for rank, precision in enumerate(DatePrecision)}
"""Exact dates come first among those whom one spelling finds."""

SEARCH_REBUILT = "search.rebuilt"

_COLUMNS = tuple(column.name for column in person_search.columns)
_NO_FORM = NameForm(key="", spelling="")
_NOT_FOUND = "is not found by what the person states, or not in the galleries of the encounters"
_SUBJECTS_AT_ONCE = 500

_NOBODY_STATES = ~exists().where(person_versions.c.subject_id == person_search.c.subject_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """How many subjects have new rows, and behind whom to go on; `last` is None when all have."""

    persons: int
    last: str | None


def index_people(connection: Connection, records: Mapping[str, PersonRecord]) -> None:
    """Let subjects be found by what they state now, and no longer by what they stated before."""
    forget_people(connection, records)
    held = _galleries(connection, records)
    rows = [
        dict(zip(_COLUMNS, (*row, subject_id), strict=True))
        for subject_id, record in records.items()
        for row in search_rows(record, held[subject_id])
    ]
    if rows:
        rows.sort(key=partial(_place_in_index, connection))
        connection.execute(insert(person_search), rows)


def _place_in_index(connection: Connection, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return where a row comes in the index, so that its pages are written one after the other."""
    keyring = keyring_of(connection)
    return tuple(
        keyring.seal_alike(column.type.context, row[column.name].encode())
        if isinstance(column.type, SearchText)
        else row[column.name]
        for column in person_search.columns
    )


def forget_people(connection: Connection, subject_ids: Collection[str]) -> None:
    """Let subjects be found by no name or birth any more."""
    names = list(subject_ids)
    for start in range(0, len(names), _SUBJECTS_AT_ONCE):
        some = names[start : start + _SUBJECTS_AT_ONCE]
        connection.execute(delete(person_search).where(person_search.c.subject_id.in_(some)))


def search_rows(record: PersonRecord, galleries: str) -> set[SearchRow]:
    """Return the rows of a person in galleries: family form by given form of each name, the empty form among both."""
    rank, born_from = birth_place_in_order(record.birth_date)
    return {
        (family.key, given.key, family.spelling, given.spelling, galleries, rank, born_from)
        for name in record.names
        for family in (_NO_FORM, *name_forms(name.family))
        for given in (_NO_FORM, *name_forms(name.given))
    }


def birth_place_in_order(birth: PartialDate) -> tuple[int, str]:
    """Return by what a date of birth is ordered: how exactly it is known, and the first day it can mean."""
    return BIRTH_RANKS[birth.precision], birth.earliest or ""


def rebuild_search(connection: Connection, after: str = "") -> Rebuilt:
    """Make the rows of some hundred subjects anew, from behind `after`; what nobody states any more goes.

    Needed when a check says so, and after a change of the rules for names.
    """
    some = _next_subjects(connection, after)
    index_people(connection, current_records(connection, some))
    until = (person_search.c.subject_id <= some[-1],) if some else ()
    connection.execute(delete(person_search).where(person_search.c.subject_id > after, *until, _NOBODY_STATES))
    append_event(connection, action=SEARCH_REBUILT, subject_id=None, details={"persons": len(some), "after": after})
    return Rebuilt(persons=len(some), last=some[-1] if some else None)


def check_search(connection: Connection, progress: Progress = no_progress) -> Iterator[Fault]:
    """Yield every subject whom a search would find by something else than what they state, elsewhere, or not at all."""
    total = int(connection.scalar(select(func.count()).where(person_versions.c.version == 1)) or 0)
    done, some = 0, _next_subjects(connection, "")
    while some:
        found, held = _stored_rows(connection, some), _galleries(connection, some)
        for subject_id, record in current_records(connection, some).items():
            if found.get(subject_id, set()) != search_rows(record, held[subject_id]):
                yield Fault(kind=FaultKind.SEARCH, source=subject_id, message=_NOT_FOUND)
        done += len(some)
        progress(done, total, "names")
        some = _next_subjects(connection, some[-1])
    for subject_id in connection.scalars(select(person_search.c.subject_id).where(_NOBODY_STATES).distinct()).all():
        yield Fault(kind=FaultKind.SEARCH, source=subject_id, message="is found by a name that nobody states")


def _galleries(connection: Connection, subject_ids: Iterable[str]) -> dict[str, str]:
    names, held = list(subject_ids), dict[str, str]()
    for start in range(0, len(names), _SUBJECTS_AT_ONCE):
        held |= searched_galleries(connection, names[start : start + _SUBJECTS_AT_ONCE])
    return held


def _stored_rows(connection: Connection, subject_ids: Collection[str]) -> dict[str, set[SearchRow]]:
    query = select(person_search).where(person_search.c.subject_id.in_(list(subject_ids)))
    rows = connection.execute(query.order_by(person_search.c.subject_id)).all()
    by_subject = groupby(rows, key=attrgetter("subject_id"))
    return {subject_id: {tuple(row[:-1]) for row in own} for subject_id, own in by_subject}


def current_records(connection: Connection, subject_ids: Collection[str]) -> dict[str, PersonRecord]:
    """Return what subjects state now; without those who stated nothing."""
    newest = person_versions.alias()
    highest = select(func.max(newest.c.version)).where(newest.c.subject_id == person_versions.c.subject_id)
    query = select(person_versions.c.subject_id, person_versions.c.content).where(
        person_versions.c.subject_id.in_(subject_ids), person_versions.c.version == highest.scalar_subquery()
    )
    keyring_of(connection).prefetch(connection, subject_ids)
    return {row.subject_id: PersonRecord.parse(row.content) for row in connection.execute(query).all()}


def _next_subjects(connection: Connection, after: str) -> Sequence[str]:
    """Return the next subjects who stated something, by identifier."""
    query = select(person_versions.c.subject_id).where(person_versions.c.version == 1)
    behind = query.where(person_versions.c.subject_id > after).order_by(person_versions.c.subject_id)
    return connection.scalars(behind.limit(_SUBJECTS_AT_ONCE)).all()
