"""Populations of simulated persons as rows of vectors, deterministic, made in chunks that can each be made alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from benchmarks.vector_population.parameters import Fitted, load_fitted
from benchmarks.vector_population.presence import COMPLETE, Mix
from benchmarks.vector_population.rows import RowMaker, Rows
from biometrics.arrays import Ids
from biometrics.errors import ConfigurationError
from biometrics.positions import Modality
from matching.vectors.layout import Block, Layout

Mated: TypeAlias = Int64[NDArray[np.int64], "duplicates 2"]
CHUNK_ROWS = 65_536

_MATES_STREAM = 2_222
"""Sets the drawing of duplicates apart from all others."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedRows(Rows):
    """Rows of simulated persons, and who they are.

    Parameters
    ----------
    persons
        int64 [rows]: number of each person.
    """

    persons: Ids

    simulated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """Simulated persons, as many as wanted: the first of them are enrolled, those beyond are strangers to be searched.

    The same seed gives the same persons, whatever their number; every block is drawn by itself. Numbers can differ in
    their last bits between machines, as products of matrices do.

    Parameters
    ----------
    layout
        Blocks named after fingers hold fingers' vectors, all others faces'.
    persons
        Enrolled.
    seed
        Other seeds give other persons.
    mix
        Who has what.
    duplicates
        So many of the enrolled are samples of a person enrolled before, taken on another occasion.
    chunk_rows
        Rows of a chunk.
    fitted
        How vectors lie; by default what ships.
    mates
        int64 [duplicates, 2]: persons who stand twice, the number of the later row, then of the earlier.

    Raises
    ------
    ConfigurationError
        When there are too few persons, or too many duplicates.
    """

    layout: Layout
    persons: int
    seed: int
    mix: Mix = COMPLETE
    duplicates: int = 0
    chunk_rows: int = CHUNK_ROWS
    fitted: Mapping[Modality, Fitted] = field(default_factory=load_fitted)
    mates: Mated = field(init=False)
    _maker: RowMaker = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.chunk_rows < 1 or self.seed < 0 or not 0 <= 2 * self.duplicates <= self.persons:
            raise ConfigurationError(
                f"{self.persons:,} persons of seed {self.seed} with {self.duplicates:,} duplicates cannot be, "
                f"or not in chunks of {self.chunk_rows:,}",
                remedy="give at least twice as many persons as duplicates",
            )
        object.__setattr__(self, "mates", _drawn_mates(self.persons, self.duplicates, self.seed))
        object.__setattr__(self, "_maker", RowMaker(self.layout, self.seed, self.mix, self.fitted))

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return -(-self.persons // self.chunk_rows)

    def __iter__(self) -> Iterator[SimulatedRows]:
        """Yield the chunks in order."""
        return (self.chunk(number) for number in range(self.chunks))

    def chunk(self, number: int) -> SimulatedRows:
        """Return one chunk of the enrolled, made alone; safe to call from several threads.

        Raises
        ------
        ConfigurationError
            When there is no such chunk.
        """
        if not 0 <= number < self.chunks:
            raise ConfigurationError(f"chunk {number} is none of {self.chunks}")
        first = number * self.chunk_rows
        persons = np.arange(first, min(first + self.chunk_rows, self.persons), dtype=np.int64)
        made = self._maker.enrolled(persons)
        inside = self.mates[(self.mates[:, 0] >= persons[0]) & (self.mates[:, 0] <= persons[-1])]
        if len(inside):
            again = self._maker.again(inside[:, 1], occasion=1)
            made.vectors[inside[:, 0] - first] = again.vectors
            made.masks[inside[:, 0] - first] = again.masks
        return SimulatedRows(persons=persons, vectors=made.vectors, masks=made.masks)

    def probes(self, persons: Ids, *, occasion: int = 2) -> SimulatedRows:
        """Return further samples of persons, mates of their enrolled rows; of those who are not enrolled, first ones.

        Parameters
        ----------
        persons
            int64 [probes], 0 or greater: of the enrolled, or of strangers from `self.persons` on.
        occasion
            From 2 on; other occasions give other samples.

        Raises
        ------
        ConfigurationError
            When a number is negative, the occasion too low, or a person's row is a duplicate of another's, so that
            the number stands for nobody.
        """
        if occasion < 2 or (len(persons) and persons.min() < 0):
            raise ConfigurationError("there are no such persons, or no such occasion", remedy="occasions begin with 2")
        if np.isin(persons, self.mates[:, 0]).any():
            raise ConfigurationError("a row is a duplicate, whose person has the other row's number")
        made = self._maker.again(persons, occasion=occasion)
        return SimulatedRows(persons=persons, vectors=made.vectors, masks=made.masks)

    def strangers(self, count: int) -> Ids:
        """Return the numbers of persons who are not enrolled."""
        return np.arange(self.persons, self.persons + count, dtype=np.int64)


def population(layout: Layout, persons: int, seed: int, *, mix: Mix = COMPLETE, duplicates: int = 0) -> Population:
    """Return simulated persons; see `Population`."""
    return Population(layout=layout, persons=persons, seed=seed, mix=mix, duplicates=duplicates)


def plain_layout(dimension: int) -> Layout:
    """Return the layout of rows of a single vector."""
    return Layout(blocks=(Block(name="vector", dimension=dimension),))


def _drawn_mates(persons: int, duplicates: int, seed: int) -> Mated:
    random = np.random.default_rng((seed, _MATES_STREAM))
    drawn = random.choice(persons, (duplicates, 2), replace=False) if duplicates else np.empty((0, 2))
    pairs = np.sort(drawn.astype(np.int64), axis=1)[:, ::-1]
    return np.ascontiguousarray(pairs[np.argsort(pairs[:, 0])])
