"""Intervals by drawing subjects again: scores of one person go together, so pairs are no independent trials.

A replicate draws as many subjects as there are, with replacement. A genuine pair then counts as often as its subject
was drawn, an impostor pair as often as its two subjects were drawn together (the vertex bootstrap of Snijders and
Borgatti, Connections 22, 1999; for biometrics the subsets bootstrap of Bolle, Ratha and Pankanti, CVIU 93, 2004). With
few subjects, ten for instance, such intervals are still somewhat too narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64, Int64
from numpy.typing import NDArray

from benchmarks.figures import RATE, Figure
from biometrics.arrays import Flags, Rates
from biometrics.error_rates import ErrorRate
from biometrics.errors import ProcessingError

REPLICATES = 1_000

SubjectSides: TypeAlias = Int64[NDArray[np.int64], "_trials _sides"]
"""The subjects of each trial, [trials, sides]: one side for a genuine pair or a search, two for an impostor pair."""

Weights: TypeAlias = Float64[NDArray[np.float64], "replicates _trials"]
"""How often each trial counts in each replicate, [replicates, trials]; whole numbers."""

Drawn: TypeAlias = Float64[NDArray[np.float64], "replicates points"]
"""Statistics of each replicate; NaN where one could not be computed."""

Statistic: TypeAlias = Callable[[Weights, Weights], Drawn]
"""Computes from weights of two kinds of trials (genuine and impostor, say) the rates of each replicate."""

_MOST_WEIGHTS = 4_000_000
"""Weights held at once, 32 MB; replicates are computed in chunks of this size."""


def draw_statistics(
    first: SubjectSides, second: SubjectSides, statistic: Statistic, *, replicates: int, seed: int
) -> Drawn:
    """Return the statistics of `replicates` draws of the subjects; the same for the same seed.

    Parameters
    ----------
    first, second
        Subjects of two kinds of trials, which are drawn together.

    Raises
    ------
    ProcessingError
        When fewer than two subjects are involved.
    """
    subjects, places = np.unique(np.concatenate((first.ravel(), second.ravel())), return_inverse=True)
    if len(subjects) < 2:
        raise ProcessingError("an interval over subjects needs at least two subjects")
    first_places = places[: first.size].reshape(first.shape)
    second_places = places[first.size :].reshape(second.shape)
    chunk = max(1, _MOST_WEIGHTS // max(1, len(first) + len(second)))
    drawn = [
        statistic(_weights(times, first_places), _weights(times, second_places))
        for times in _draws(len(subjects), replicates, chunk, seed)
    ]
    return np.concatenate(drawn)


def interval_of(drawn: Rates, value: float, *, errors: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a rate: percentiles over the replicates, widened where necessary.

    It is never narrower than Wilson's for the same counts, which is the least uncertainty there can be: where no error
    was seen, every replicate shows none either, and percentiles alone would claim certainty.
    """
    wilson = ErrorRate.of(errors, trials)
    known = drawn[np.isfinite(drawn)]
    low, high = np.percentile(known, (2.5, 97.5)) if len(known) else (wilson.low, wilson.high)
    return float(min(low, wilson.low, value)), float(max(high, wilson.high, value))


def share(missed: Flags, subjects: SubjectSides, *, replicates: int = REPLICATES, seed: int = 0) -> Figure:
    """Return the share of trials that went wrong, with its interval over subjects; Wilson's where there is one only.

    Parameters
    ----------
    missed
        bool [count], True for an error.
    subjects
        int64 [count, 1].
    """
    errors, trials = int(missed.sum()), len(missed)
    if trials == 0:
        raise ProcessingError("a rate needs at least one trial")
    drawn_subjects, owner = np.unique(subjects, return_inverse=True)
    count = len(drawn_subjects)
    trials_of = np.bincount(owner.ravel(), minlength=count).astype(np.float64)
    errors_of = np.bincount(owner.ravel(), weights=missed, minlength=count)

    def rate(times: Weights, _: Weights) -> Drawn:
        drawn: Drawn = ((times @ errors_of) / (times @ trials_of))[:, None]
        return drawn

    each, nothing = drawn_subjects[:, None], np.empty((0, 1), dtype=np.int64)
    drawn: Rates = np.empty(0)
    if count > 1:
        drawn = draw_statistics(each, nothing, rate, replicates=replicates, seed=seed)[:, 0]
    low, high = interval_of(drawn, errors / trials, errors=errors, trials=trials)
    return Figure(value=errors / trials, low=low, high=high, unit=RATE, counts={"errors": errors, "trials": trials})


def _draws(subjects: int, replicates: int, chunk: int, seed: int) -> Iterator[Weights]:
    random = np.random.default_rng(seed)
    even = np.full(subjects, 1.0 / subjects)
    for start in range(0, replicates, chunk):
        size = min(chunk, replicates - start)
        yield random.multinomial(subjects, even, size=size).astype(np.float64)


def _weights(times: Weights, places: SubjectSides) -> Weights:
    weights: Weights = np.ones((len(times), len(places)))
    for side in places.T:
        weights *= times[:, side]
    return weights
