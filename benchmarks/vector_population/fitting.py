"""Fits how vectors lie to the scores that people reach: quantiles of strangers first, then of mates."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from benchmarks.vector_population.directions import Directions
from benchmarks.vector_population.measured import RealVectors
from benchmarks.vector_population.parameters import MOST_POWER, Mates, Strangers
from benchmarks.vector_population.samples import grades
from benchmarks.vector_population.scores import LEAST_BEYOND, Scores
from benchmarks.vector_population.simplex import Point, least
from biometrics.arrays import Ids
from biometrics.errors import ConfigurationError

QUANTILES = (1e-4, 1e-3, 1e-2, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999)
"""Of strangers' scores that are fitted, as far as there are `LEAST_BEYOND` scores beyond."""

MATED_QUANTILES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)

SKEWED = (4, 8, 16, 32, 64, 120)
"""Numbers of skewed directions that are tried."""

PEOPLE, PAIRS = 2_000, 100_000
"""Drawn for each trial: two million pairs of strangers, and so many of mates."""

ROUNDS = 90

TOGETHER = 0.5
"""Share of what is lasting in a person's fingers that all of them have alike: assumed, the data have one finger a
person."""

LEAST_SAMPLES = 3
"""Of an owner, so that the grades of its samples can be told."""

_SEED, _SWEEPS, _GRADES = 1, 100, (0.05, 0.98)

Levels: TypeAlias = Float64[NDArray[np.float64], " _levels"]


def fit_strangers(scores: Scores, dimension: int) -> Strangers:
    """Return how strangers lie whose cosines are most like these."""
    counts = [count for count in SKEWED if 3 * count <= dimension]
    trials = [_fit_skewed(scores, dimension, count) for count in counts]
    return min(trials, key=lambda trial: trial[1])[0]


def _fit_skewed(scores: Scores, dimension: int, skewed: int) -> tuple[Strangers, float]:
    levels = supported(QUANTILES, len(scores))
    wanted, deviation = np.quantile(scores, levels), float(scores.std())
    mean, most = max(float(scores.mean()), 1e-4), float(dimension - 1 - skewed)

    def strangers(point: Point) -> Strangers:
        share, power, spread, effective = np.exp(point).tolist()
        return Strangers(
            common=round(mean**0.5, 5),
            common_spread=round(spread, 5),
            skewed=skewed,
            skewed_share=round(share, 5),
            skewed_power=round(min(power, MOST_POWER), 4),
            effective=round(min(max(effective, 1.0), most), 2),
        )

    def loss(point: Point) -> float:
        try:
            drawn = stranger_cosines(strangers(point), dimension)
        except ConfigurationError:
            return float("inf")  # parts longer than the whole
        return float((((np.quantile(drawn, levels) - wanted) / deviation) ** 2).mean())

    start = np.log([0.3, 2.0, 0.3 * mean**0.5, min(0.9 * dimension, 1.0 / deviation**2)])
    point, value = least(loss, start, np.array([0.4, 0.3, 0.4, 0.3]), rounds=ROUNDS)
    return strangers(point), value


def stranger_cosines(strangers: Strangers, dimension: int) -> Scores:
    """Return cosines of simulated strangers, always of the same random numbers."""
    vectors = Directions.of(strangers, dimension).draw(np.random.default_rng(_SEED), PEOPLE)
    return (vectors @ vectors.T)[np.triu_indices(PEOPLE, k=1)]


def fit_mates(mates: Scores, strangers: Scores, shares: tuple[float, float], *, together: float) -> Mates:
    """Return how far samples of a person lie apart whose cosines are most like these.

    Parameters
    ----------
    shares
        Of what is lasting and of the occasion, as `lasting_and_occasion` returns.
    together
        Taken as it is.
    """
    levels = supported(MATED_QUANTILES, len(mates))
    wanted = np.quantile(mates, levels)
    lasting, occasion = (round(share, 3) for share in shares)
    start = Mates(mean=1.0, spread=0.5, lasting=lasting, occasion=occasion, together=together, poor=0.01, poor_drop=1.5)

    def of(point: Point) -> Mates:
        mean, spread, poor, drop = (round(number, 4) for number in (point[0], *np.exp(point[1:])))
        return replace(start, mean=mean, spread=spread, poor=poor, poor_drop=drop)

    def loss(point: Point) -> float:
        try:
            drawn = mated_cosines(of(point), strangers)
        except ConfigurationError:
            return float("inf")
        return float(((np.quantile(drawn, levels) - wanted) ** 2).mean())

    first = np.array([start.mean, *np.log([start.spread, start.poor, start.poor_drop])])
    point, _ = least(loss, first, np.array([0.3, 0.3, 0.7, 0.3]), rounds=ROUNDS)
    return of(point)


def mated_cosines(mates: Mates, strangers: Scores) -> Scores:
    """Return cosines of simulated mates, always of the same random numbers, given those of strangers."""
    random = np.random.default_rng(_SEED)
    lasting = random.standard_normal(PAIRS)
    one, other = (grades(random, mates, lasting, random.standard_normal(PAIRS)) for _ in range(2))
    kept, beside = one * other, random.choice(strangers, PAIRS)
    away = np.sqrt(1.0 - kept**2)
    return np.asarray((kept + away * beside) / np.sqrt(1.0 + 2.0 * kept * away * beside), dtype=np.float32)


def lasting_and_occasion(real: RealVectors, *, occasions: bool) -> tuple[float, float]:
    """Return which shares of the variance of samples' grades are their owner's, and their occasion's.

    A grade is what best makes the cosines of an owner's samples the products of two grades; owners of `LEAST_SAMPLES`
    and more count. Variances are those of an analysis of variance with random effects.

    Parameters
    ----------
    occasions
        Whether the how-manieth samples of a set were taken alike, as in FVC's: then what they have alike is the
        occasion's. Otherwise its share is 0.
    """
    taken, numbers, owners, cells = real.taken, [], [], []
    for owner in np.unique(taken.owners):
        mine = np.flatnonzero(taken.owners == owner)
        if len(mine) >= LEAST_SAMPLES:
            graded = _grades_of(taken.vectors[mine] @ taken.vectors[mine].T)
            numbers.append(np.log(graded / (1.0 - graded)))
            owners.append(taken.owners[mine])
            cells.append(taken.sets[mine] * len(taken.owners) + taken.occasions[mine])
    number, owner = np.concatenate(numbers), np.concatenate(owners)
    lasting = effect_variance(number, owner)
    rest = number - _means(number, owner)
    occasion = effect_variance(rest, np.concatenate(cells)) if occasions else 0.0
    return lasting / float(number.var()), occasion / float(number.var())


def effect_variance(values: Levels, groups: Ids) -> float:
    """Return the variance that groups add to values, 0 or more; of groups of different sizes, by their mean size."""
    means, counts = _means(values, groups), np.unique(groups, return_counts=True)[1]
    within = float(((values - means) ** 2).sum()) / max(len(values) - len(counts), 1)
    between = float(((means - values.mean()) ** 2).sum()) / max(len(counts) - 1, 1)
    size = (counts.sum() - (counts**2).sum() / counts.sum()) / max(len(counts) - 1, 1)
    return max(float((between - within) / size), 0.0)


def _means(values: Levels, groups: Ids) -> Levels:
    """Return the mean of its group for each value."""
    _, places = np.unique(groups, return_inverse=True)
    return np.asarray((np.bincount(places, values) / np.bincount(places))[places])


def _grades_of(cosines: NDArray[np.float32]) -> Levels:
    """Return grades whose products come nearest to the cosines of different samples of one owner."""
    table = cosines.astype(np.float64)
    np.fill_diagonal(table, 0.0)
    graded = np.full(len(table), 0.7)
    for _ in range(_SWEEPS):
        others = (graded**2).sum() - graded**2
        graded = np.clip((graded + table @ graded / others) / 2, *_GRADES)
    return graded


def supported(quantiles: tuple[float, ...], count: int) -> Levels:
    """Return the quantiles that so many scores support: those with `LEAST_BEYOND` beyond."""
    return np.array([one for one in quantiles if min(one, 1.0 - one) * count >= LEAST_BEYOND])
