"""In which order the search rows are walked, so that the closest people come first and nothing is sorted.

A search asks for the spellings there are under its keys, orders these few, and then reads the rows of one spelling
after the other, each through an index. How many people bear a name therefore does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter

from sqlalchemy import ColumnElement, Connection, and_, select

from biometrics.people.dates import CIRCA_MARGIN_YEARS, DatePrecision
from biometrics.people.name_keys import NameForm, name_forms
from biometrics.people.spelling import edit_distance
from registry.search_galleries import named_in
from registry.search_rows import BIRTH_RANKS
from registry.tables.search import person_search

_ROWS_AT_ONCE = 50
_NO_FORMS = (NameForm(key="", spelling=""),)


@dataclass(frozen=True, slots=True, order=True)
class Spelling:
    """A spelling of family and given name that is recorded: how far from the one asked for, and its rows' keys.

    `by_word` counts the parts of the name of which only a word was asked for or recorded; `galleries` holds the sets of
    galleries in which somebody bears it.
    """

    by_word: int
    distance: int
    family_spelling: str
    given_spelling: str
    family_key: str
    given_key: str
    galleries: tuple[str, ...]

    @property
    def rows(self) -> Iterator[ColumnElement[bool]]:
        """The rows of this spelling, one set of galleries after the other."""
        for galleries in self.galleries:
            yield and_(
                person_search.c.family_key == self.family_key,
                person_search.c.given_key == self.given_key,
                person_search.c.family_spelling == self.family_spelling,
                person_search.c.given_spelling == self.given_spelling,
                person_search.c.galleries == galleries,
            )


def recorded_spellings(
    connection: Connection, name: str | None, given: str | None, gallery: str | None
) -> list[Spelling]:
    """Return the spellings recorded in a gallery that meet those asked for, the closest first.

    Where no name is asked for, everybody there has the one spelling of nothing.
    """
    families = name_forms(name) if name else _NO_FORMS
    givens = name_forms(given) if given else _NO_FORMS
    closest: dict[tuple[str, str, str, str], Spelling] = {}
    for family_place, family in enumerate(families):
        for given_place, given_form in enumerate(givens):
            by_word = (family_place > 0) + (given_place > 0)
            recorded = _recorded_under(connection, family.key, given_form.key)
            for (family_spelling, given_spelling), sets in groupby(recorded, key=itemgetter(0)):
                held = tuple(galleries for _, galleries in sets if gallery is None or named_in(galleries, gallery))
                if not held:
                    continue
                distance = edit_distance(family.spelling, family_spelling)
                distance += edit_distance(given_form.spelling, given_spelling)
                place = (family.key, given_form.key, family_spelling, given_spelling)
                found = Spelling(by_word, distance, family_spelling, given_spelling, family.key, given_form.key, held)
                closest[place] = min(found, closest.get(place, found))
    return sorted(closest.values())


def _recorded_under(connection: Connection, family_key: str, given_key: str) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield each pair of spellings with each set of galleries once, passing over the rows of those that are common."""
    columns = family, given, galleries = (
        person_search.c.family_spelling,
        person_search.c.given_spelling,
        person_search.c.galleries,
    )
    under = select(*columns).where(person_search.c.family_key == family_key, person_search.c.given_key == given_key)
    query = under.order_by(*columns).limit(_ROWS_AT_ONCE)
    rows = connection.execute(query).all()
    while rows:
        yield from dict.fromkeys(((row[0], row[1]), row[2]) for row in rows)
        # Step by step: SQLite would read all rows of the family name to compare several columns with the last row.
        # The order is that of the sealed spellings: names that begin alike need not stand together.
        last_family, last_given, last_galleries = rows[-1]
        same_family = query.where(family == last_family)
        rows = connection.execute(same_family.where(given == last_given, galleries > last_galleries)).all()
        rows = rows or connection.execute(same_family.where(given > last_given)).all()
        rows = rows or connection.execute(query.where(family > last_family)).all()


def births_between(first: date, last: date) -> Iterator[ColumnElement[bool]]:
    """Yield which rows hold a birth that may lie between two days, the exactly known births first.

    A row has the first day that its date can mean. What the last one is follows from the precision, and so does how
    early the first may be.
    """
    year = f"{first.year:04d}-01-01"
    circa = f"{max(first.year - 2 * CIRCA_MARGIN_YEARS, 1):04d}-01-01"
    earliest = {
        DatePrecision.DAY: first.isoformat(),
        DatePrecision.MONTH: first.replace(day=1).isoformat(),
        DatePrecision.YEAR: year,
        DatePrecision.CIRCA: circa,
    }
    for precision, day in earliest.items():
        yield and_(
            person_search.c.birth_rank == BIRTH_RANKS[precision],
            person_search.c.born_from >= day,
            person_search.c.born_from <= last.isoformat(),
        )
