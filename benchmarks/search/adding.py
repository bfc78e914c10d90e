"""Searches while persons are added: how long the slowest take, beside those of a table at rest.

Stretches with and without additions take turns, so that what else the machine does meets both. Additions come one by
one at a steady rate from a thread of their own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.search.galleries import FIRST_GENERATION
from benchmarks.search.limits import STRICT_RATE
from benchmarks.search.one_to_many import OneToMany
from benchmarks.vector_population.rows import Rows
from matching.vectors.table import VectorTable

ADDITIONS_S = 1_000
"""Persons a second: a bulk import's rate; a peak day of 100,000 enrollments is 3.5 a second over eight hours."""

STRETCHES = 6
STRETCH_S = 4.0

_ROWS_AT_ONCE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Milliseconds of searches by one probe.

    Parameters
    ----------
    idle_p50_ms, idle_p99_ms, idle_worst_ms
        Of a table at rest.
    adding_p50_ms, adding_p99_ms, adding_worst_ms
        While persons are added.
    searches
        Of both kinds together.
    added
        Persons added, in all.
    added_s
        Persons added a second, as far as the table kept up.
    """

    idle_p50_ms: float
    idle_p99_ms: float
    idle_worst_ms: float
    adding_p50_ms: float
    adding_p99_ms: float
    adding_worst_ms: float
    searches: int
    added: int
    added_s: float

    @property
    def p99_ratio(self) -> float:
        """How many times as long the slowest hundredth takes while persons are added."""
        return self.adding_p99_ms / self.idle_p99_ms


def measure_latency(bench: OneToMany, newcomers: Rows) -> Latency:
    """Search by one probe after another, in every other stretch while persons are added; the table keeps them.

    Parameters
    ----------
    bench
        What is searched, and by whom.
    newcomers
        What those look like who are added; over again when all were.
    """
    adder = _Adder(bench.searched.table, newcomers, bench.searched.persons)
    idle: list[float] = []
    adding: list[float] = []
    for stretch in range(2 * STRETCHES):
        bench.progress(stretch, 2 * STRETCHES, "searching while persons are added")
        if stretch % 2 == 0:
            idle += _search_for(STRETCH_S, bench)
            continue
        with adder:
            adding += _search_for(STRETCH_S, bench)
    bench.progress(2 * STRETCHES, 2 * STRETCHES, "searching while persons are added")
    return _latency(idle, adding, adder.added, adder.added / (STRETCHES * STRETCH_S))


def _latency(idle: Sequence[float], adding: Sequence[float], added: int, added_s: float) -> Latency:
    (idle_p50, idle_p99, idle_worst), (adding_p50, adding_p99, adding_worst) = (
        1e3 * np.percentile(times, (50, 99, 100)) for times in (idle, adding)
    )
    return Latency(
        idle_p50_ms=float(idle_p50),
        idle_p99_ms=float(idle_p99),
        idle_worst_ms=float(idle_worst),
        adding_p50_ms=float(adding_p50),
        adding_p99_ms=float(adding_p99),
        adding_worst_ms=float(adding_worst),
        searches=len(idle) + len(adding),
        added=added,
        added_s=added_s,
    )


def _search_for(seconds: float, bench: OneToMany) -> list[float]:
    """Search for so long, each time in a new view, and return the seconds of each search."""
    taken: list[float] = []
    limits = bench.limits(STRICT_RATE)
    end = time.monotonic() + seconds
    probe = 0
    while time.monotonic() < end:
        one = bench.queries.at(probe % len(bench.queries.masks))
        began = time.perf_counter()
        bench.searched.now().ask(one, limits)
        taken.append(time.perf_counter() - began)
        probe += 1
    return taken


class _Adder:
    """Adds persons from a thread of its own while it is entered.

    Parameters
    ----------
    table
        Where to.
    newcomers
        What they look like; over again when all were added.
    owner
        Number of the first.
    """

    def __init__(self, table: VectorTable, newcomers: Rows, owner: int) -> None:
        self._table = table
        self._newcomers = newcomers
        self._first_owner = owner
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        self.added = 0

    def __enter__(self) -> None:
        self._end.clear()
        self._thread = threading.Thread(target=self._run, name="additions", daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._end.set()
        if self._thread is not None:
            self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            due = time.monotonic()
            while not self._end.wait(max(0.0, due - time.monotonic())):
                self._add_some()
                due += _ROWS_AT_ONCE / ADDITIONS_S
        except BaseException as error:  # noqa: BLE001 - raised again where the thread is waited for
            self._failure = error

    def _add_some(self) -> None:
        places = (self.added + np.arange(_ROWS_AT_ONCE)) % len(self._newcomers)
        self._table.append(
            owners=self._first_owner + self.added + np.arange(_ROWS_AT_ONCE, dtype=np.int64),
            vectors=self._newcomers.vectors[places],
            masks=self._newcomers.masks[places],
            attributes=np.zeros(_ROWS_AT_ONCE, dtype=np.uint64),
            generation=FIRST_GENERATION + 1 + self.added // _ROWS_AT_ONCE,
        )
        self.added += _ROWS_AT_ONCE
