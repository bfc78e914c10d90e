"""Pairs that score like one person's: pictures of somebody who is there already would pass for very alike strangers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from enrollment.population.cohorts import Cohort, cohort_rows
from enrollment.population.extraction import EmbeddedPopulation
from matching.impostors import PairScores, impostors_above

EXPECTED_BEYOND = 3.0
"""Pairs of strangers expected above the level from which pairs are shown.

In the FairFace sample (Black, ages 10 up, by sex) this shows 24 pairs, 23 of which hold a picture judged by eye to
show somebody who is there already, and none that was so judged is missed. Without those pictures it shows 2.
"""

_RATES = (1e-2, 1e-3)
"""The fall of the scores is read between the scores that these shares of the pairs reach; ten times as many where there
are fewer pairs than `_ENOUGH_PAIRS`."""

_ENOUGH_PAIRS = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelyOnePerson:
    """Two portraits, by name, and their score."""

    score: float
    first: str
    second: str


def likely_one_person(
    population: EmbeddedPopulation, cohorts: Sequence[Cohort], columns: Sequence[str]
) -> tuple[LikelyOnePerson, ...]:
    """Return the pairs of portraits, taken for different persons, that score too high for strangers; highest first.

    The level is where the exponential that runs through two quantiles of the scores expects `EXPECTED_BEYOND` pairs.
    Quantiles do not move with a few second pictures, as means of the highest scores would.
    """
    scores = np.concatenate([cohort.scores for cohort in cohorts])
    level = _level(scores)
    persons, portraits = population.persons, population.portraits
    found = []
    for rows in cohort_rows(portraits, columns).values():
        pairs = impostors_above(population.vectors[rows], persons[rows], level)
        for score, first, second in zip(pairs.scores, rows[pairs.first], rows[pairs.second], strict=True):
            names = portraits[first].name, portraits[second].name
            found.append(LikelyOnePerson(score=float(score), first=names[0], second=names[1]))
    return tuple(sorted(found, key=lambda pair: (-pair.score, pair.first, pair.second)))


def _level(scores: PairScores) -> float:
    more, fewer = _RATES if len(scores) >= _ENOUGH_PAIRS else (10 * rate for rate in _RATES)
    low, high = (float(np.quantile(scores, 1.0 - rate)) for rate in (more, fewer))
    fall = (high - low) / math.log(more / fewer)
    return high + fall * math.log(fewer * len(scores) / EXPECTED_BEYOND)
