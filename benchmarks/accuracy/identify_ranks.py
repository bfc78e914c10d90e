"""Figures of searches for one mate each: at which ranks it is found, and how much of the gallery that takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from benchmarks.bootstrap import Drawn, SubjectSides, Weights, draw_statistics, share
from benchmarks.figures import RATE, Figure
from benchmarks.identification import NOT_FOUND
from benchmarks.rates import NOT_COMPARED
from biometrics.arrays import Flags, Ids

MATES = (0.9, 0.95, 0.99)
"""Shares of mates to be found."""

Gallery: TypeAlias = Float64[NDArray[np.float64], "searches references"]


def ranks_of(scores: NDArray[np.float32], mates: Ids) -> Ids:
    """Return the rank of each search's mate, `NOT_FOUND` where it was not compared; ties count against it.

    Parameters
    ----------
    scores
        float32 [searches, references].
    mates
        int64 [searches]: which reference is the mate.
    """
    own = scores[np.arange(len(mates)), mates]
    ranks = (scores >= own[:, None]).sum(axis=1)
    return np.where(own == NOT_COMPARED, NOT_FOUND, ranks).astype(np.int64)


def found_figure(found: Flags, persons: Ids, *, replicates: int) -> Figure:
    """Return the share of searches that found the mate, with its interval over persons."""
    sides: SubjectSides = persons[:, None]
    missed = share(~found, sides, replicates=replicates)
    counts = {"found": int(found.sum()), "searches": len(found)}
    return Figure(value=1 - missed.value, low=1 - missed.high, high=1 - missed.low, unit=RATE, counts=counts)


def rank_figures(ranks: Ids, persons: Ids, size: int, *, wanted: Sequence[int], replicates: int) -> dict[str, Figure]:
    """Return the share of mates found at each rank that the gallery has."""
    return {
        f"rank-{rank}": found_figure((ranks != NOT_FOUND) & (ranks <= rank), persons, replicates=replicates)
        for rank in wanted
        if rank <= size
    }


def penetration_figures(ranks: Ids, persons: Ids, size: int, *, replicates: int) -> dict[str, Figure]:
    """Return which share of the gallery must be looked at to find so many mates, and the mean share to find one.

    A mate that cannot be found takes the whole gallery. Shares of mates that a whole gallery does not reveal are
    missing.
    """
    shares = np.where(ranks == NOT_FOUND, np.inf, ranks / size)
    order = np.argsort(shares, kind="stable")
    sides: SubjectSides = persons[order, None]
    whole = np.minimum(shares[order], 1.0)

    def statistic(times: Weights, _: Weights) -> Drawn:
        seen = np.cumsum(times, axis=1) / times.sum(axis=1, keepdims=True)
        mean = (times * whole).sum(axis=1) / times.sum(axis=1)
        at = [whole[np.minimum((seen < mates).sum(axis=1), len(whole) - 1)] for mates in MATES]
        drawn: Drawn = np.stack((mean, *at), axis=1)
        return drawn

    nothing = np.empty((0, 1), dtype=np.int64)
    drawn = draw_statistics(sides, nothing, statistic, replicates=replicates, seed=0)
    even: Weights = np.ones((1, len(whole)))
    values = statistic(even, even)[0]
    found = float(np.isfinite(shares).mean())
    names = ["mean penetration", *(f"penetration for {mates:.0%} of mates" for mates in MATES)]
    needed = [0.0, *MATES]
    return {
        name: _figure(values[place], drawn[:, place], len(ranks))
        for place, name in enumerate(names)
        if needed[place] <= found
    }


def _figure(value: float, drawn: NDArray[np.float64], searches: int) -> Figure:
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Figure(
        value=float(value),
        low=float(min(low, value)),
        high=float(max(high, value)),
        unit=RATE,
        counts={"searches": searches},
    )
