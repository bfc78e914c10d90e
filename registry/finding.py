"""Finding people by name, birth or number, the closest spelling first; quick at any size, and never silently cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, Row, select, union

from biometrics.errors import PersonDataError, RecordError
from biometrics.people.identifiers import LONGEST_NUMBER, normal_nina
from biometrics.people.name_keys import name_forms
from biometrics.people.names import LONGEST_NAME
from biometrics.people.record import PersonRecord
from biometrics.people.text import stated_text
from biometrics.records import Subject
from registry.finding_order import Spelling, births_between, recorded_spellings
from registry.galleries import require_galleries
from registry.keys.sections import keyring_of
from registry.merging import resolve
from registry.rows import subject_of
from registry.search_galleries import subjects_in_galleries
from registry.search_rows import current_records
from registry.tables.core import encounters, subjects
from registry.tables.people import identifiers
from registry.tables.search import person_search

MOST_SHOWN = 100
"""Persons in one answer; whoever has to read more should narrow the search."""

MOST_SKIPPED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class FindPeople:
    """Whom to find; at least one criterion, and those that are given must all hold.

    Parameters
    ----------
    name, given
        Family name and given names, in any spelling of them; each word is enough, the whole comes first.
    born_from, born_to
        First and last day on which the person may have been born; an inexact date is found where it may lie between.
        A person whose birth is unknown is found only without it.
    number
        A NINA or another number of the person, present or ended, a label or a receipt; alone, and exactly.
    gallery
        Only persons who have an encounter in this gallery, or became by merges one who has; None for all galleries.
    limit, skip
        At most so many, and behind how many others.

    Raises
    ------
    RecordError
        When there is no criterion, or they contradict each other.
    PersonDataError
        When a text cannot be a name or a number.
    """

    name: str | None = None
    given: str | None = None
    born_from: date | None = None
    born_to: date | None = None
    number: str | None = None
    gallery: str | None = None
    limit: int = 20
    skip: int = 0

    def __post_init__(self) -> None:
        longest = {"name": LONGEST_NAME, "given": LONGEST_NAME, "number": LONGEST_NUMBER}
        for field, most in longest.items():
            if getattr(self, field) is not None:
                text = stated_text(getattr(self, field), what=f"the {field} to find", longest=most)
                if not (text if field == "number" else name_forms(text)):
                    raise PersonDataError(f"the {field} to find is empty", remedy="leave it out")
                object.__setattr__(self, field, text)
        if (self.born_from is None) != (self.born_to is None):
            raise RecordError("a range of births has one end only", remedy="give both days")
        if self.born_from is not None and self.born_to is not None and self.born_from > self.born_to:
            raise RecordError("a range of births ends before it begins", remedy="give the earlier day first")
        if bool(self.number) == bool(self.name or self.given or self.born_from):
            raise RecordError(
                "a search is by a number alone, or by name and birth", remedy="give a number, a name or a range"
            )
        if not (1 <= self.limit <= MOST_SHOWN and 0 <= self.skip <= MOST_SKIPPED):
            raise RecordError(
                f"a search shows 1 to {MOST_SHOWN} persons, behind at most {MOST_SKIPPED}", remedy="narrow the search"
            )

    @property
    def criteria(self) -> tuple[str, ...]:
        """Which criteria are given, not what they are."""
        given = {"name": self.name, "given": self.given, "birth": self.born_from, "number": self.number}
        return tuple(name for name, value in given.items() if value)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPerson:
    """Somebody a search found.

    Parameters
    ----------
    subject
        The subject.
    record
        What the person states now; None when only a label is known.
    survivor
        Who the subject was found to be, by all merges; None when it is not merged.
    """

    subject: Subject
    record: PersonRecord | None
    survivor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPeople:
    """The persons found, closest spelling first; `complete` is False when there are more than these."""

    matches: tuple[FoundPerson, ...]
    complete: bool


def find_people(connection: Connection, asked: FindPeople) -> FoundPeople:
    """Return the persons who meet all criteria.

    By closeness of spelling, spelling, how exactly the birth is known, the birth, and the subject identifier.

    Raises
    ------
    RecordNotFoundError
        When the gallery is unknown.
    """
    if asked.gallery is not None:
        require_galleries(connection, [asked.gallery])
    wanted = asked.skip + asked.limit + 1
    found: dict[str, None] = {}
    for some in _subjects_in_order(connection, asked, wanted):
        found |= dict.fromkeys(some)
        if len(found) >= wanted:
            break
    shown = list(found)[asked.skip : asked.skip + asked.limit]
    return FoundPeople(matches=_described(connection, shown), complete=len(found) < wanted)


def _subjects_in_order(connection: Connection, asked: FindPeople, most: int) -> Iterator[Sequence[str]]:
    """Yield whom the search finds, piece by piece, at most `most` in each; somebody may come again."""
    if asked.number is not None:
        yield _numbered(connection, asked.number, asked.gallery, most)
        return
    for spelling in recorded_spellings(connection, asked.name, asked.given, asked.gallery):
        for birth in _births(asked):
            yield _bearers(connection, spelling, birth, most)


def _bearers(
    connection: Connection, spelling: Spelling, birth: tuple[ColumnElement[bool], ...], most: int
) -> list[str]:
    """Return the first who bear a spelling: each set of galleries has them in order."""
    columns = person_search.c.birth_rank, person_search.c.born_from, person_search.c.subject_id
    found: list[Row[int, str, str]] = []
    for rows in spelling.rows:
        query = select(*columns).where(rows, *birth).order_by(*columns).limit(most)
        found += connection.execute(query).all()
    return [row.subject_id for row in sorted(found)[:most]]


def _births(asked: FindPeople) -> Iterator[tuple[ColumnElement[bool], ...]]:
    if asked.born_from is None or asked.born_to is None:
        yield ()
        return
    for condition in births_between(asked.born_from, asked.born_to):
        yield (condition,)


def _numbered(connection: Connection, number: str, gallery: str | None, most: int) -> Sequence[str]:
    written = {number}
    with suppress(PersonDataError):
        written.add(normal_nina(number))
    named = union(
        select(subjects.c.subject_id).where(subjects.c.subject_id == number),
        select(subjects.c.subject_id).where(subjects.c.label_token == number),
        select(identifiers.c.subject_id).where(identifiers.c.value_token.in_(written)),
        select(encounters.c.subject_id).where(encounters.c.receipt_token == number),
    ).subquery()
    query = select(named.c.subject_id.label("asked"))
    if gallery is not None:
        held = subjects_in_galleries(subjects.c.subject_id.in_(select(named.c.subject_id))).subquery()
        query = select(held.c.asked).where(held.c.gallery_id == gallery)
    return connection.scalars(query.order_by("asked").limit(most)).all()


def _described(connection: Connection, subject_ids: Sequence[str]) -> tuple[FoundPerson, ...]:
    """Return subjects in the order given, with what they state now."""
    keyring_of(connection).prefetch(connection, subject_ids)
    rows = connection.execute(select(subjects).where(subjects.c.subject_id.in_(subject_ids))).all()
    known = {row.subject_id: subject_of(row) for row in rows}
    records = current_records(connection, subject_ids)
    return tuple(
        FoundPerson(
            subject=known[subject_id],
            record=records.get(subject_id),
            survivor=None if known[subject_id].merged_into is None else resolve(connection, subject_id),
        )
        for subject_id in subject_ids
    )
