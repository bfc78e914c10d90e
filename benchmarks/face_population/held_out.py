"""Scores of portraits that took no part in learning the centres their vectors were moved by.

Where a face helped to make a centre, it is moved a little too well: rates measured on it would be too low. So the
persons are dealt into ten parts, and two portraits are compared after being moved by centres of the parts that hold
neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from benchmarks.face_population.groups import learn
from benchmarks.face_population.vectors import SeenPortraits
from biometrics.arrays import Ids, Values

PARTS = 10

SEED = 7
"""Deals the persons into parts."""

Scores: TypeAlias = Float32[NDArray[np.float32], "portraits portraits"]
OtherScores: TypeAlias = Float32[NDArray[np.float32], "others others"]


def held_out_scores(labelled: SeenPortraits, others: SeenPortraits) -> tuple[Scores, OtherScores]:
    """Return the cosine of every two labelled portraits, and of every two others."""
    random = np.random.default_rng(SEED)
    first, second = (_parts(seen, random) for seen in (labelled, others))
    scores = tuple(np.empty((len(seen.portraits),) * 2, np.float32) for seen in (labelled, others))
    for one, other in combinations_with_replacement(range(PARTS), 2):
        centres = learn(labelled, others, without=(np.isin(first, (one, other)), np.isin(second, (one, other))))
        for seen, part, table in zip((labelled, others), (first, second), scores, strict=True):
            rows, columns = np.flatnonzero(part == one), np.flatnonzero(part == other)
            similar = centres.centred(seen.vectors[rows]) @ centres.centred(seen.vectors[columns]).T
            table[np.ix_(rows, columns)], table[np.ix_(columns, rows)] = similar, similar.T
    return scores[0], scores[1]


def within_groups(labelled: SeenPortraits, scores: Scores) -> Iterator[tuple[str, str, Values]]:
    """Yield each group and sex with the scores of every two of its portraits, each taken as another person's."""
    labels = [portrait.labels or {} for portrait in labelled.portraits]
    names = [(label["group"], label["sex"]) for label in labels]
    for group, sex in sorted(set(names)):
        rows = np.array([row for row, name in enumerate(names) if name == (group, sex)])
        first, second = np.triu_indices(len(rows), k=1)
        yield group, sex, scores[rows[first], rows[second]]


def _parts(seen: SeenPortraits, random: np.random.Generator) -> Ids:
    """Deal persons into parts of equal size, int64 [portraits]."""
    persons = np.unique([portrait.person for portrait in seen.portraits], return_inverse=True)[1]
    dealt = random.permutation(persons.max() + 1) % PARTS
    return dealt[persons].astype(np.int64)
