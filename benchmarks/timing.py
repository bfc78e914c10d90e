"""How long something takes, on a machine that others use too."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

import cv2
import numba
import numpy as np

from benchmarks.figures import Figure
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
