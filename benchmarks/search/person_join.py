"""Persons joined as the product joins them: all blocks of a row, at its thresholds, with duplicates among them."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from benchmarks.search.galleries import build
from benchmarks.search.joining import ordered, planted_found
from benchmarks.search.plain import SEED
from benchmarks.vector_population.population import Population, population
from benchmarks.vector_population.presence import Mix
from biometrics.arrays import Ids
from biometrics.protocols import Progress, no_progress
from matching.calibration import load_calibration
from matching.face import cosine_scale
from matching.person_vectors import layout_of
from matching.shortlisting import Shortlisting
from matching.vectors.join import join
from matching.vectors.layout import Layout
from models.face.extractor import FACE_FORMAT

LEFT = 20_000
"""Persons who are compared with everybody: the duplicates, and others."""

REGISTER = Mix(six_fingers=0.3, no_face=0.005, no_finger=0.015, under_quality=0.01)
"""Who has what: `vector_population.NATIONAL`, without rows that are on every list."""

_DUPLICATES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonJoin:
    """What the join of vectors took and gave.

    Parameters
    ----------
    persons, left, width
        Enrolled; compared with all of them; columns of a row.
    compared
        Pairs of persons that share a block.
    taken_s
        Seconds of processor time, one thread.
    listed
        Pairs to be compared by minutiae.
    planted, found
        Pairs of rows of one person, and how many of them were listed.
    """

    persons: int
    left: int
    width: int
    compared: int
    taken_s: float
    listed: int
    planted: int
    found: int

    @property
    def pairs_s(self) -> float:
        """Pairs of persons compared a second."""
        return self.compared / self.taken_s

    @property
    def strangers(self) -> float:
        """Strangers listed for a person, among all others."""
        return (self.listed - self.found) / self.left


def person_layout() -> Layout:
    """Return the layout of a person with a face and ten fingers, as the product has it."""
    return layout_of(FACE_FORMAT.dimension)


def join_persons(persons: int, progress: Progress = no_progress) -> PersonJoin:
    """Compare some persons with everybody, at the thresholds of the product for a gallery of this size."""
    people = population(person_layout(), persons, SEED, mix=REGISTER, duplicates=persons // _DUPLICATES)
    searched = build(people, progress=progress)
    shortlisting = Shortlisting(layout=people.layout, face_calibration=load_calibration(cosine_scale(FACE_FORMAT)))
    thresholds = shortlisting.join_thresholds(persons)
    left = _left(people)
    everybody = np.arange(persons, dtype=np.int64)
    pairs, compared, began = [], 0, time.process_time()
    for tile in join(searched.view, left, everybody, thresholds):
        pairs.append(np.stack((tile.left, tile.right), axis=1))
        compared += tile.compared
        progress(compared, len(left) * persons, "joining persons")
    taken_s = time.process_time() - began
    progress(1, 1, "joining persons")
    listed = ordered(np.concatenate([np.empty((0, 2), dtype=np.int64), *pairs]))
    return PersonJoin(
        persons=persons,
        left=len(left),
        width=people.layout.width,
        compared=compared,
        taken_s=taken_s,
        listed=len(listed),
        planted=len(people.mates),
        found=planted_found(listed, people.mates),
    )


def _left(people: Population) -> Ids:
    """Return the later rows of duplicates, and others, spread over the population."""
    duplicates = people.mates[:, 0]
    others = np.setdiff1d(np.arange(people.persons, dtype=np.int64), people.mates.ravel())
    room = max(0, min(LEFT, people.persons) - len(duplicates))
    chosen = others[np.linspace(0, len(others) - 1, min(room, len(others))).astype(np.int64)]
    return np.sort(np.concatenate((duplicates, chosen)))
