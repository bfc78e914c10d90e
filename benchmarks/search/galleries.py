"""What is searched: a vector table, and the same vectors in fp32 for its peer and for the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.search.joining import Pairs, ordered
from benchmarks.search.limits import limits_at
from benchmarks.search.peers import vectors_of
from benchmarks.search.people import Queries
from benchmarks.search.room import own_memory
from benchmarks.search.truth import Answer, Limits
from benchmarks.vector_population.population import Population, SimulatedRows
from biometrics.arrays import Vectors
from biometrics.protocols import Progress, no_progress
from matching.vectors.arrays import Masks
from matching.vectors.join import join
from matching.vectors.layout import Layout
from matching.vectors.requests import Found, Probes, Thresholds
from matching.vectors.search import search
from matching.vectors.table import VectorTable
from matching.vectors.view import TableView

FIRST_GENERATION = 1
"""At which everybody was there."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Searched:
    """A population in a vector table, and in fp32.

    Parameters
    ----------
    layout
        Of a row.
    table, view
        The subject of the measurement, and its persons.
    flat
        A flat index of FAISS with the same rows; None where only the table is measured.
    masks
        uint16 [persons]: blocks of each.
    memory_bytes
        Resident memory that the table took; None where the system does not say.
    """

    layout: Layout
    table: VectorTable
    view: TableView
    flat: Any
    masks: Masks
    memory_bytes: int | None

    @property
    def persons(self) -> int:
        """How many are searched."""
        return len(self.masks)

    @property
    def code_bytes(self) -> int:
        """Bytes of all codes: what a scan reads."""
        return self.persons * self.layout.width

    def vectors(self) -> Vectors:
        """Return the fp32 rows, not copied."""
        return vectors_of(self.flat)

    def limits(self, rate: float) -> Limits:
        """Return by shared blocks the score that strangers reach at a rate."""
        sample = slice(0, 2 * 4_096)
        return limits_at(rate, self.layout, self.vectors()[sample], self.masks[sample])

    def now(self) -> Searched:
        """Return the same as the table stands at this moment."""
        return replace(self, view=self.table.view())

    def ask(self, queries: Queries, limits: Limits, *, k: int | None = None, threads: int = 1) -> tuple[Found, ...]:
        """Search the table once for all queries."""
        return search(
            self.view,
            Probes(vectors=queries.vectors, masks=queries.masks),
            thresholds=Thresholds(by_shared=limits),
            k=k,
            threads=threads,
        )

    def join(self, limits: Limits) -> Pairs:
        """Return all pairs above their limits, int64 [pairs, 2], in order."""
        everybody = np.arange(self.persons, dtype=np.int64)
        tiles = join(self.view, everybody, None, Thresholds(by_shared=limits))
        parts = [np.stack((tile.left, tile.right), axis=1) for tile in tiles]
        return ordered(np.concatenate([np.empty((0, 2), dtype=np.int64), *parts]))


def build(people: Population, *, flat: Any = None, progress: Progress = no_progress) -> Searched:
    """Return the population in a table of its own; where a flat index is given, its vectors are added there too.

    Parameters
    ----------
    flat
        An index whose room for all is resident already; see `peers.empty_flat_index`.
    """
    before = own_memory()
    table = VectorTable(people.layout)
    masks = np.empty(people.persons, dtype=np.uint16)
    what = f"filling {people.persons:,} rows of {people.layout.width}"
    rows: SimulatedRows | None
    for rows in people:
        progress(int(rows.persons[0]), people.persons, what)
        table.append(
            owners=rows.persons,
            vectors=rows.vectors,
            masks=rows.masks,
            attributes=np.zeros(len(rows), dtype=np.uint64),
            generation=FIRST_GENERATION,
        )
        masks[rows.persons] = rows.masks
        if flat is not None:
            flat.add(rows.vectors)
    progress(people.persons, people.persons, what)
    rows = None  # the last chunk of the population is not the table's
    after = own_memory()
    taken = None if before is None or after is None else after - before
    return Searched(layout=people.layout, table=table, view=table.view(), flat=flat, masks=masks, memory_bytes=taken)


def answers_of(found: tuple[Found, ...]) -> list[Answer]:
    """Return what the harness compares with the truth: owners, who are numbered as rows are, and scores."""
    return [(one.owners, one.scores) for one in found]
