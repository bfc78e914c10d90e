"""How a quantity is distributed over samples or pairs, and how far apart two such distributions are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from benchmarks.bootstrap import Drawn, SubjectSides, Weights, draw_statistics
from benchmarks.figures import Figure
from biometrics.arrays import Rates
from biometrics.errors import ProcessingError

Numbers: TypeAlias = Float64[NDArray[np.float64], " _values"]
"""One number per sample or pair."""

Distances: TypeAlias = Mapping[tuple[str, str], tuple[float, Rates]]
"""The distance of two sets by their names, and the same of each replicate, float64 [replicates]."""

_MOST_STEPS = 400
"""Points at which replicates are compared; with more, a distance changes by less than 1/400."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Distribution:
    """Values of one quantity with whose they are.

    Parameters
    ----------
    values
        float64 [count], finite.
    subjects
        int64 [count, sides]: the finger of each print, or the fingers of each pair.
    unit
        Of the values.

    Raises
    ------
    ProcessingError
        When there are none, one is not finite, or the lengths differ.
    """

    values: Numbers
    subjects: SubjectSides
    unit: str

    def __post_init__(self) -> None:
        if len(self.values) == 0 or len(self.values) != len(self.subjects):
            raise ProcessingError("a distribution needs values, each with its subjects")
        if not np.isfinite(self.values).all():
            raise ProcessingError("a value of a distribution is not a finite number")


def ks_distance(first: Numbers, second: Numbers) -> float:
    """Return the largest difference of the two empirical distribution functions (Kolmogorov 1933, Smirnov 1939)."""
    steps = np.concatenate((first, second))
    below_first = np.searchsorted(np.sort(first), steps, side="right") / len(first)
    below_second = np.searchsorted(np.sort(second), steps, side="right") / len(second)
    return float(np.abs(below_first - below_second).max())


def quantile_figures(distribution: Distribution, shares: Sequence[float], *, replicates: int) -> tuple[Figure, ...]:
    """Return the least values that at least these shares do not exceed, with their intervals over subjects."""
    order = np.argsort(distribution.values, kind="stable")
    ordered, wanted = distribution.values[order], np.array(shares)

    def quantiles(weights: Weights, _: Weights) -> Drawn:
        below = np.cumsum(weights, axis=1)
        # A share of a sum of whole numbers: rounding must not move 0.5 x 4 past 2.
        places = [np.searchsorted(row, wanted * row[-1] - 1e-9) for row in below]
        drawn: Drawn = ordered[np.minimum(np.array(places), len(ordered) - 1)]
        drawn[below[:, -1] == 0.0] = np.nan
        return drawn

    (values,) = quantiles(np.ones((1, len(order))), np.empty((1, 0)))
    drawn = draw_statistics(distribution.subjects[order], _NOBODY, quantiles, replicates=replicates, seed=0)
    return tuple(
        drawn_figure(float(value), drawn[:, column], unit=distribution.unit, counts={"values": len(order)})
        for column, value in enumerate(values)
    )


def distances_of(distributions: Mapping[str, Distribution], *, replicates: int) -> Distances:
    """Return the distance of every two distributions, and the same of each replicate, every set drawn by itself.

    A distance cannot be negative, so those of replicates are larger on average: read intervals as upper bounds.
    """
    steps = _common_steps([distribution.values for distribution in distributions.values()])
    curves = {
        name: _drawn_curves(distribution, steps, replicates=replicates, seed=seed)
        for seed, (name, distribution) in enumerate(distributions.items())
    }
    names = list(distributions)
    return {
        (one, other): (
            ks_distance(distributions[one].values, distributions[other].values),
            np.abs(curves[one] - curves[other]).max(axis=1),
        )
        for place, one in enumerate(names)
        for other in names[place + 1 :]
    }


def mean_distance(distances: Distances, name: str, others: Sequence[str]) -> tuple[float, Rates]:
    """Return the mean distance of one set to others, and the same of each replicate."""
    parts = [distances[(name, other) if (name, other) in distances else (other, name)] for other in others]
    return float(np.mean([value for value, _ in parts])), np.mean([drawn for _, drawn in parts], axis=0)


def drawn_figure(value: float, drawn: Rates, *, unit: str, counts: Mapping[str, int]) -> Figure:
    """Return a figure whose interval are the percentiles over replicates, widened to hold the value."""
    known = drawn[np.isfinite(drawn)]
    low, high = np.percentile(known, (2.5, 97.5)) if len(known) else (value, value)
    return Figure(value=value, low=min(float(low), value), high=max(float(high), value), unit=unit, counts=counts)


def _common_steps(values: Sequence[Numbers]) -> Numbers:
    """Every value that occurs, or of very many evenly spread ones, each set counting alike; ascending."""
    shares = np.linspace(0.0, 1.0, _MOST_STEPS)
    pooled = np.unique(np.concatenate(values))
    if len(pooled) <= _MOST_STEPS:
        return pooled
    return np.unique([np.quantile(part, shares, method="inverted_cdf") for part in values])


def _drawn_curves(distribution: Distribution, steps: Numbers, *, replicates: int, seed: int) -> Drawn:
    """Return the distribution function at each step, a replicate a row."""
    reached = np.searchsorted(steps, distribution.values, side="left")

    def curves(weights: Weights, _: Weights) -> Drawn:
        below = np.cumsum([np.bincount(reached, row, minlength=len(steps)) for row in weights], axis=1)
        whole = below[:, -1:]
        drawn: Drawn = np.divide(below, whole, out=np.full(below.shape, np.nan), where=whole > 0)
        return drawn

    return draw_statistics(distribution.subjects, _NOBODY, curves, replicates=replicates, seed=seed)


_NOBODY: SubjectSides = np.empty((0, 1), dtype=np.int64)
