"""A gallery as it was at one generation; whoever holds it is not disturbed by what comes later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from biometrics.arrays import Ids
from biometrics.positions import Position
from matching.attributes import AttributeBits
from matching.census import Census
from matching.column import COMPARED, Column
from matching.comparison import ProbePart
from matching.people import BIT_OF, People
from matching.preparing import Formats
from matching.vectors.view import TableView

EVERYBODY = AttributeBits()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """What searches read.

    Parameters
    ----------
    generation
        The last change that was applied.
    people, count
        Versions of persons, of which those up to `count` were made by then.
    columns
        References by position.
    formats
        Of the templates, by modality.
    census
        The active persons, counted.
    table
        Vectors of the active persons; None where persons are not described.
    """

    generation: int
    people: People
    count: int
    columns: Mapping[Position, Column[Any]]
    formats: Formats
    census: Census
    table: TableView | None = None

    @property
    def size(self) -> int:
        """Subjects with at least one active reference."""
        return self.census.size(EVERYBODY)

    def active(self, only: AttributeBits = EVERYBODY, start: int = 0) -> Ids:
        """Return the versions of all active persons from `start` on, ascending."""
        found = self.people.active(self.count, self.generation, start)
        return found if only.everybody else found[only.among(self.people.attributes(found))]

    def subjects(self, after: int = 0) -> tuple[str, ...]:
        """Return the identifiers of all active subjects, in the order they first came.

        Parameters
        ----------
        after
            Only those who came or changed after this generation.
        """
        start = min(self.people.first_after(after), self.count) if after > 0 else 0
        numbers = np.sort(self.people.numbers(self.active(start=start)))
        return tuple(self.people.ids[int(number)] for number in numbers)

    def find(self, subject_id: str) -> int | None:
        """Return the version of an active subject; None when there is no such."""
        version = self.people.find(subject_id, self.count)
        return version if version is not None and self.people.is_active(version, self.generation) else None

    def parts_of(self, person: int) -> tuple[ProbePart, ...]:
        """Return the fingers and face of a person, as a probe."""
        parts: list[ProbePart] = []
        for position, column in self.columns_of(person):
            samples: dict[int, list[Any]] = {}
            for entry in column.entries(person, COMPARED):
                samples.setdefault(entry.slot, []).append(entry.feature)
            parts += [ProbePart(position=position, samples=tuple(some)) for some in samples.values()]
        return tuple(parts)

    def columns_of(self, person: int) -> Iterator[tuple[Position, Column[Any]]]:
        """Yield the positions of a person's references, and their columns."""
        held = self.people.describe(person).positions
        for position, bit in BIT_OF.items():
            if held & bit:
                yield position, self.columns[position]
