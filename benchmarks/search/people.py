"""Who is searched, and who searches: simulated persons as vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.vector_population.population import Population
from benchmarks.vector_population.presence import Mix
from biometrics.arrays import Vectors
from biometrics.positions import Position
from matching.vectors.arrays import Masks
from matching.vectors.layout import Block, Layout

FINGERS = (Position.RIGHT_THUMB, Position.RIGHT_INDEX, Position.LEFT_THUMB, Position.LEFT_INDEX)

EXCEPTIONS = Mix(no_face=0.01, no_finger=0.02, under_quality=0.01)
"""Fingers that are missing or cannot be used run at one to two per cent; the share without a face is assumed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Queries:
    """Probes, every other one of a person who is enrolled.

    Parameters
    ----------
    vectors, masks
        float32 [probes, width], uint16 [probes].
    """

    vectors: Vectors
    masks: Masks

    def at(self, number: int) -> Queries:
        """Return one of them."""
        return self._part(slice(number, number + 1))

    def first(self, count: int) -> Queries:
        """Return so many of them."""
        return self._part(slice(0, count))

    def _part(self, here: slice) -> Queries:
        return Queries(vectors=self.vectors[here], masks=self.masks[here])


def queries_of(people: Population, count: int) -> Queries:
    """Return so many probes: persons from all over the population, and strangers."""
    enrolled = np.setdiff1d(np.arange(people.persons, dtype=np.int64), people.mates[:, 0])
    known = enrolled[np.linspace(0, len(enrolled) - 1, -(-count // 2)).astype(np.int64)]
    persons = np.empty(count, dtype=np.int64)
    persons[0::2], persons[1::2] = known, people.strangers(count // 2)
    made = people.probes(persons)
    return Queries(vectors=made.vectors, masks=made.masks)


def fused_layout() -> Layout:
    """Return the layout of a person: 128 numbers of the face and 256 of each of four fingers."""
    fingers = (Block(name=position.value, dimension=256) for position in FINGERS)
    return Layout(blocks=(Block(name=Position.FACE.value, dimension=128), *fingers))
