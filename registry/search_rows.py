"""Keeping the rows by which people are found in step with what they state now; all of them can be made anew."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import TypeAlias

from sqlalchemy import Connection, delete, func, insert, select

from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.name_keys import NameForm, name_forms
from biometrics.people.record import PersonRecord
from biometrics.protocols import Progress, no_progress
from registry.audit import append_event
from registry.faults import Fault, FaultKind
from registry.tables.people import person_versions
from registry.tables.search import person_search

SearchRow: TypeAlias = tuple[str, str, str, str, int, str]
"""Family key, given key, family spelling, given spelling, birth rank, first day of birth."""

BIRTH_RANKS = {precision: rank for rank, precision in enumerate(DatePrecision)}
"""Exact dates come first among those whom one spelling finds."""

SEARCH_REBUILT = "search.rebuilt"

_COLUMNS = tuple(column.name for column in person_search.columns)
_NO_FORM = NameForm(key="", spelling="")
_SUBJECTS_AT_ONCE = 500


def index_people(connection: Connection, records: Mapping[str, PersonRecord]) -> None:
    """Let subjects be found by what they state now, and no longer by what they stated before."""
    forget_people(connection, records)
    rows = sorted((*row, subject_id) for subject_id, record in records.items() for row in search_rows(record))
    if rows:
        connection.execute(insert(person_search), [dict(zip(_COLUMNS, row, strict=True)) for row in rows])


def forget_people(connection: Connection, subject_ids: Collection[str]) -> None:
    """Let subjects be found by no name or birth any more."""
    names = list(subject_ids)
    for start in range(0, len(names), _SUBJECTS_AT_ONCE):
        some = names[start : start + _SUBJECTS_AT_ONCE]
        connection.execute(delete(person_search).where(person_search.c.subject_id.in_(some)))


def search_rows(record: PersonRecord) -> set[SearchRow]:
    """Return the rows of a person: family form by given form of each name, the empty form among both."""
    rank, born_from = birth_place_in_order(record.birth_date)
    return {
        (family.key, given.key, family.spelling, given.spelling, rank, born_from)
        for name in record.names
        for family in (_NO_FORM, *name_forms(name.family))
        for given in (_NO_FORM, *name_forms(name.given))
    }


def birth_place_in_order(birth: PartialDate) -> tuple[int, str]:
    """Return by what a date of birth is ordered: how exactly it is known, and the first day it can mean."""
    return BIRTH_RANKS[birth.precision], birth.earliest or ""


def rebuild_search(connection: Connection, progress: Progress = no_progress) -> int:
    """Make all rows anew, as after a change of the rules for names; return how many persons have some."""
    connection.execute(delete(person_search))
    total = int(connection.scalar(select(func.count()).where(person_versions.c.version == 1)) or 0)
    done = 0
    for records in _all_records(connection):
        index_people(connection, records)
        done += len(records)
        progress(done, total, "names")
    append_event(connection, action=SEARCH_REBUILT, subject_id=None, details={"persons": done})
    return done


def check_search(connection: Connection, progress: Progress = no_progress) -> Iterator[Fault]:
    """Yield every subject whom a search would find by something else than what they state, or not at all."""
    stated: set[str] = set()
    for records in _all_records(connection):
        found = _stored_rows(connection, records)
        for subject_id, record in records.items():
            if found.get(subject_id, set()) != search_rows(record):
                yield Fault(kind=FaultKind.SEARCH, source=subject_id, message="is not found by what the person states")
        stated |= set(records)
        progress(len(stated), len(stated), "names")
    for subject_id in connection.scalars(select(person_search.c.subject_id).distinct()).all():
        if subject_id not in stated:
            yield Fault(kind=FaultKind.SEARCH, source=subject_id, message="is found by a name that nobody states")


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
    return {row.subject_id: PersonRecord.parse(row.content) for row in connection.execute(query).all()}


def _all_records(connection: Connection) -> Iterator[dict[str, PersonRecord]]:
    """Yield what all subjects state now, some hundred at a time, by subject identifier."""
    first_versions = select(person_versions.c.subject_id).where(person_versions.c.version == 1)
    query = first_versions.order_by(person_versions.c.subject_id).limit(_SUBJECTS_AT_ONCE)
    some = connection.scalars(query).all()
    while some:
        yield current_records(connection, some)
        some = connection.scalars(query.where(person_versions.c.subject_id > some[-1])).all()
