"""FAISS's exact search in fp32 as peer, with the settings that suit it best.

FAISS multiplies matrices with BLAS from `distance_compute_blas_threshold` on (probes times dimension); the value that
it comes with is far from the best for a few probes. Each setting is tried and the fastest competes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import faiss

from benchmarks.timing import Call
from biometrics.arrays import Vectors

FLAT, SQ8 = "faiss IndexFlatIP", "faiss SQ8 direct_signed"

_INSTALLED = int(faiss.cvar.distance_compute_blas_threshold)
_ALWAYS_BLAS = 1
_LONG_S = 0.5


def blas_thresholds(dimension: int) -> tuple[int, ...]:
    """Return the settings that are tried: always BLAS, four times the dimension, and as installed."""
    return tuple(dict.fromkeys((4 * dimension, _ALWAYS_BLAS, _INSTALLED)))


@contextmanager
def one_faiss_thread() -> Iterator[None]:
    """Let FAISS and its BLAS use one thread, and leave its settings as they were."""
    threads, threshold = faiss.omp_get_max_threads(), int(faiss.cvar.distance_compute_blas_threshold)
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)
        faiss.cvar.distance_compute_blas_threshold = threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A call to compete with.

    Parameters
    ----------
    name
        With its settings.
    call
        One round of it.
    tried
        Milliseconds a round of everything that was tried, by name.
    """

    name: str
    call: Call
    tried: Mapping[str, float]


def flat_peer(index: Any, probes: Vectors, *, threshold: float | None, k: int | None) -> Peer:
    """Return the fastest way in which a flat index answers the probes, of all settings and both of its searches.

    Parameters
    ----------
    index
        A flat index.
    threshold
        All rows at or above it are wanted; a search for the single best is allowed instead, which answers less.
    k
        The so many best are wanted; None for those above the threshold only.
    """
    asked: dict[str, Callable[[], object]] = {}
    if k is None:
        if threshold is not None:
            asked["range_search"] = lambda: index.range_search(probes, threshold)
        asked["search, k = 1"] = lambda: index.search(probes, 1)
    else:
        best = min(k, int(index.ntotal))
        asked[f"search, k = {k}"] = lambda: index.search(probes, best)
    calls = {
        f"{how}, BLAS threshold {setting}": with_setting(setting, call)
        for how, call in asked.items()
        for setting in blas_thresholds(probes.shape[1])
    }
    return fastest(FLAT, calls)


def fastest(name: str, calls: Mapping[str, Call]) -> Peer:
    """Return the fastest of several ways of doing the same; short ones are tried twice."""
    tried = {how: 1e3 * _tried_s(call) for how, call in calls.items()}
    how = min(tried, key=tried.__getitem__)
    return Peer(name=f"{name} ({how})", call=calls[how], tried={way: round(ms, 3) for way, ms in tried.items()})


def with_setting(threshold: int, call: Callable[[], object]) -> Call:
    """Return a call that sets FAISS's BLAS threshold first."""

    def run() -> object:
        faiss.cvar.distance_compute_blas_threshold = threshold
        return call()

    return run


def _tried_s(call: Call) -> float:
    first = _processor_s(call)
    return first if first > _LONG_S else min(first, _processor_s(call))


def _processor_s(call: Call) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


def empty_flat_index(dimension: int, rows: int) -> Any:
    """Return a flat index with room for so many rows, all of it resident: no copy is made while it fills."""
    index = faiss.IndexFlatIP(dimension)
    index.codes.resize(rows * index.code_size)
    index.codes.resize(0)
    return index


def vectors_of(index: Any) -> Vectors:
    """Return the rows of a flat index as they lie in its memory, not copied; valid as long as the index lives."""
    view: Vectors = faiss.rev_swig_ptr(index.get_xb(), int(index.ntotal) * int(index.d)).reshape(-1, int(index.d))
    return view
