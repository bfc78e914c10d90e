"""How long something takes, and how two ways of doing it compare on a machine that others use too."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numba
import numpy as np

from benchmarks.figures import Figure
from biometrics.arrays import Rates
from biometrics.errors import ProcessingError

Call: TypeAlias = Callable[[], object]
Clock: TypeAlias = Callable[[], float]

LEAST_ROUNDS = 6
"""With fewer, no pair of order statistics encloses the median with 95 % confidence."""


@contextmanager
def single_threaded() -> Iterator[None]:
    """Let OpenCV and compiled functions, which would take all cores, take one."""
    threads = cv2.getNumThreads(), numba.get_num_threads()
    cv2.setNumThreads(1)
    numba.set_num_threads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads[0])
        numba.set_num_threads(threads[1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairedTiming:
    """Times of two calls that took turns.

    Parameters
    ----------
    first_s, second_s
        float64 [rounds] seconds; entries of one round belong together.
    """

    first_s: Rates
    second_s: Rates

    @property
    def ratio(self) -> Figure:
        """Median of first over second, taken round by round: what slows both at once cancels."""
        return median_figure((self.first_s / self.second_s).tolist(), unit="times")


def interleaved(
    first: Call, second: Call, *, rounds: int, warm_up: int = 1, clock: Clock = time.perf_counter
) -> PairedTiming:
    """Time two calls in turns, the order changing every round, so that neither profits from the machine's moods.

    Parameters
    ----------
    rounds
        At least 6.
    warm_up
        Calls of each before the clock starts.

    Raises
    ------
    ProcessingError
        When there are too few rounds.
    """
    _require_rounds(rounds)
    for _ in range(warm_up):
        first()
        second()
    taken = np.empty((rounds, 2))
    calls = (first, second)
    for round_number in range(rounds):
        order = (0, 1) if round_number % 2 == 0 else (1, 0)
        for which in order:
            taken[round_number, which] = _time(calls[which], clock)
    return PairedTiming(first_s=taken[:, 0].copy(), second_s=taken[:, 1].copy())


def measured(
    calls: Sequence[Call], *, unit: str = "ms", per_unit_s: float = 1e-3, clock: Clock = time.perf_counter
) -> Figure:
    """Return the median time of the calls, each made once, in `unit`s of `per_unit_s` seconds.

    Raises
    ------
    ProcessingError
        When there are fewer than 6.
    """
    _require_rounds(len(calls))
    return median_figure([_time(call, clock) / per_unit_s for call in calls], unit=unit)


def median_figure(values: Sequence[float], *, unit: str) -> Figure:
    """Return the median with its 95 % interval from order statistics, which assumes no distribution.

    Of n values the k-th smallest and k-th largest enclose the median unless fewer than k lie on one side: binomial with
    probability one half (Conover, Practical Nonparametric Statistics, section 3.2).

    Raises
    ------
    ProcessingError
        When there are fewer than 6 values.
    """
    _require_rounds(len(values))
    ordered = sorted(values)
    count = len(ordered)
    outside, kept = 0.0, 0
    while True:
        outside += math.comb(count, kept) / 2.0**count
        if outside > 0.025:
            break
        kept += 1
    return Figure(
        value=float(np.median(ordered)),
        low=ordered[kept - 1],
        high=ordered[count - kept],
        unit=unit,
        counts={"rounds": count},
    )


def _require_rounds(rounds: int) -> None:
    if rounds < LEAST_ROUNDS:
        raise ProcessingError(f"{rounds} rounds are too few for an interval", remedy=f"measure {LEAST_ROUNDS} or more")


def _time(call: Call, clock: Clock) -> float:
    start = clock()
    call()
    return clock() - start
