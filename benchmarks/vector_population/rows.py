"""Makes rows of simulated persons, in small units of persons who are drawn together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from benchmarks.vector_population.directions import Directions, Drawn
from benchmarks.vector_population.parameters import Fitted
from benchmarks.vector_population.presence import Mix, Presence, modality_of
from benchmarks.vector_population.samples import Grades, Latent, grades, lasting_latents, turned_away
from biometrics.arrays import Ids, Vectors
from biometrics.positions import Modality
from matching.vectors.arrays import Masks
from matching.vectors.layout import Layout

UNIT = 64
"""Persons drawn together: one generator serves them all, and a single person costs no more than these."""

ENROLLED = 0
"""The occasion of the first sample."""

_LASTING, _PASSING, _BLOCKS = 0, 1, 2
"""Streams of random numbers of a unit on an occasion: what is its persons', what passes, then each block."""

BlockGrades: TypeAlias = Float32[NDArray[np.float32], "_rows _blocks"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Rows as a vector table takes them.

    Parameters
    ----------
    vectors
        float32 [rows, width]: each block times the root of its weight, 0 where it is missing.
    masks
        uint16 [rows]: which blocks there are, and the bit for `always`.
    """

    vectors: Vectors
    masks: Masks

    def __len__(self) -> int:
        return len(self.masks)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Traits:
    """What is drawn of a unit besides its vectors."""

    captured: Presence
    unlisted: NDArray[np.bool_]
    grades: BlockGrades


class RowMaker:
    """Makes rows of persons by their numbers.

    Parameters
    ----------
    layout, seed, mix, fitted
        As `Population` takes them.
    """

    def __init__(self, layout: Layout, seed: int, mix: Mix, fitted: Mapping[Modality, Fitted]) -> None:
        self._layout, self._seed, self._mix = layout, seed, mix
        self._names = tuple(block.name for block in layout.blocks)
        self._fitted = [fitted[modality_of(name)] for name in self._names]
        shapes = {(modality_of(block.name), block.dimension) for block in layout.blocks}
        drawn = {shape: Directions.of(fitted[shape[0]].strangers, shape[1]) for shape in shapes}
        self._directions = [drawn[modality_of(block.name), block.dimension] for block in layout.blocks]

    def enrolled(self, persons: Ids) -> Rows:
        """Return the first samples of consecutive persons."""
        rows = self._empty(len(persons))
        done = 0
        while done < len(persons):
            unit, first = divmod(int(persons[done]), UNIT)
            count = min(UNIT - first, len(persons) - done)
            here, of_unit = slice(done, done + count), slice(first, first + count)
            traits = self._traits(unit, ENROLLED)
            for number in range(len(self._names)):
                self._put(rows, here, number, self._drawn(unit, ENROLLED, number)[of_unit], traits.captured[of_unit])
            self._mark(rows, here, traits.unlisted[of_unit])
            done += count
        return rows

    def again(self, persons: Ids, *, occasion: int) -> Rows:
        """Return further samples of persons in any order."""
        rows = self._empty(len(persons))
        units = persons // UNIT
        for unit in np.unique(units):
            here = np.flatnonzero(units == unit)
            of_unit = persons[here] - unit * UNIT
            before, now = self._traits(int(unit), ENROLLED), self._traits(int(unit), occasion)
            for number in range(len(self._names)):
                anchor = self._drawn(int(unit), ENROLLED, number)[of_unit]
                others = self._drawn(int(unit), occasion, number)[of_unit]
                cosines: Grades = before.grades[of_unit, number] * now.grades[of_unit, number]
                self._put(rows, here, number, turned_away(anchor, others, cosines), now.captured[of_unit])
            self._mark(rows, here, now.unlisted[of_unit])
        return rows

    def _empty(self, count: int) -> Rows:
        vectors = np.zeros((count, self._layout.width), dtype=np.float32)
        return Rows(vectors=vectors, masks=np.zeros(count, dtype=np.uint16))

    def _put(self, rows: Rows, here: slice | Ids, number: int, vectors: Drawn, captured: Presence) -> None:
        block, there = self._layout.blocks[number], captured[:, number]
        scaled = vectors * (np.float32(math.sqrt(block.weight)) * there.astype(np.float32))[:, None]
        rows.vectors[here, self._layout.columns(block.name)] = scaled
        rows.masks[here] |= there.astype(np.uint16) << np.uint16(number)

    def _mark(self, rows: Rows, here: slice | Ids, unlisted: NDArray[np.bool_]) -> None:
        """Set the bit for `always` where it is drawn, and where there is nothing else."""
        always = unlisted | (rows.masks[here] == 0)
        rows.masks[here] |= always.astype(np.uint16) * np.uint16(self._layout.always)

    def _drawn(self, unit: int, occasion: int, number: int) -> Drawn:
        return self._directions[number].draw(self._random(unit, occasion, _BLOCKS + number), UNIT)

    def _traits(self, unit: int, occasion: int) -> _Traits:
        lasting = self._random(unit, ENROLLED, _LASTING)
        shared: Latent = lasting.standard_normal(UNIT)
        person = self._mix.lasting(lasting, self._names, UNIT)
        latents = [lasting_latents(lasting, one.mates, shared) for one in self._fitted]
        passing = self._random(unit, occasion, _PASSING)
        together: Latent = passing.standard_normal(UNIT)
        drawn = [
            grades(passing, one.mates, latent, together) for one, latent in zip(self._fitted, latents, strict=True)
        ]
        return _Traits(
            captured=self._mix.captured(passing, person),
            unlisted=passing.random(UNIT) < self._mix.unlisted,
            grades=np.stack(drawn, axis=1),
        )

    def _random(self, unit: int, occasion: int, stream: int) -> np.random.Generator:
        return np.random.Generator(np.random.SFC64((self._seed, unit, occasion, stream)))
