"""Ways of doing the same, timed in turns on a machine that others use too.

Every round calls each way once, every other round backwards, so that what else the machine does meets all alike. A
ratio is the median of the rounds' own ratios: what slows a whole round cancels.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure
from benchmarks.timing import LEAST_ROUNDS, Call, median_figure
from biometrics.protocols import Progress, no_progress

MOST_ROUNDS = 31
"""More make the interval of a median hardly narrower."""

BUDGET_S = 10.0
"""After so many seconds no further round of a contest begins, once there are enough for an interval."""

_STATISTICS = Path("/proc/stat")
_IDLE_FIELDS = (3, 4)
"""Of the line `cpu`: idle, and waiting for a disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds of one way's rounds.

    Parameters
    ----------
    wall_s, processor_s
        By the clock, and of processor time of the whole process, all its threads together.
    """

    wall_s: tuple[float, ...]
    processor_s: tuple[float, ...]

    def wall_ms(self, calls: int = 1) -> Figure:
        """Return the median milliseconds by the clock, where each round did `calls` of what is counted."""
        return median_figure([1e3 * second / calls for second in self.wall_s], unit="ms")

    def processor_ms(self, calls: int = 1) -> Figure:
        """Return the median milliseconds of processor time, where each round did `calls` of what is counted."""
        return median_figure([1e3 * second / calls for second in self.processor_s], unit="ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What was timed in turns.

    Parameters
    ----------
    times
        By the name of the way.
    others_cores
        Cores that other processes used meanwhile, on average; None where the system does not say.
    """

    times: Mapping[str, Times]
    others_cores: float | None

    def ratio(self, slower: str, faster: str) -> Figure:
        """Return how many times as long `slower` took as `faster`, by processor time."""
        return _ratio(self.times[slower].processor_s, self.times[faster].processor_s)

    def wall_ratio(self, slower: str, faster: str) -> Figure:
        """Return how many times as long `slower` took as `faster`, by the clock."""
        return _ratio(self.times[slower].wall_s, self.times[faster].wall_s)

    def best_wall_ratio(self, slower: str, faster: str) -> float:
        """Return the same from the best time of each: what the machine can do when others leave it alone."""
        return min(self.times[slower].wall_s) / min(self.times[faster].wall_s)


def hold(
    calls: Mapping[str, Call],
    *,
    what: str,
    progress: Progress = no_progress,
) -> Contest:
    """Time every call in turns, after one of each that does not count.

    Parameters
    ----------
    calls
        By name.
    what
        Shown as progress.
    """
    for call in calls.values():
        call()
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    most = max(MOST_ROUNDS, LEAST_ROUNDS)
    own_s, busy_s, began = time.process_time(), busy_seconds(), time.monotonic()
    for done in range(most):
        progress(done, most, what)
        for name in reversed(list(calls)) if done % 2 else calls:
            seconds[name].append(_time(calls[name]))
        if done + 1 >= LEAST_ROUNDS and time.monotonic() - began > BUDGET_S:
            break
    progress(most, most, what)
    others = _others_cores(own_s, busy_s, time.monotonic() - began)
    return Contest(times={name: _times(pairs) for name, pairs in seconds.items()}, others_cores=others)


def _time(call: Call) -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - processor


def _times(pairs: Sequence[tuple[float, float]]) -> Times:
    return Times(wall_s=tuple(wall for wall, _ in pairs), processor_s=tuple(own for _, own in pairs))


def _ratio(slower: Sequence[float], faster: Sequence[float]) -> Figure:
    # A clock that did not advance says "at once"; the shortest time it can tell apart stands for that.
    least = max(time.get_clock_info("process_time").resolution, 1e-9)
    rounds = [one / max(other, least) for one, other in zip(slower, faster, strict=True)]
    return median_figure(rounds, unit="times")


def busy_seconds(statistics: Path = _STATISTICS) -> float | None:
    """Return the seconds that all cores together have worked since the system started; None where it does not say."""
    try:
        fields = [int(field) for field in statistics.read_text().splitlines()[0].split()[1:9]]
    except (OSError, ValueError, IndexError):
        return None
    working = sum(ticks for place, ticks in enumerate(fields) if place not in _IDLE_FIELDS)
    return working / os.sysconf("SC_CLK_TCK")


def _others_cores(own_s: float, busy_s: float | None, elapsed_s: float) -> float | None:
    now = busy_seconds()
    if busy_s is None or now is None:
        return None
    others = (now - busy_s) - (time.process_time() - own_s)
    return float(np.round(max(0.0, others / max(elapsed_s, 1e-9)), 2))
