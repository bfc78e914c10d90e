"""Approximate indexes behind a gate: how many mates they lose, on the population that they would serve.

None of them decides anything in Kura: IVF and HNSW lose persons whom an exact search lists, and whoever is lost may
enroll twice. Who wants one as a preview measures first, on persons of their own, and the gate says whether the recall
that is demanded is proved with 95 % confidence.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import faiss
import numpy as np
from jaxtyping import Float32, Int64
from numpy.typing import NDArray

from biometrics.arrays import Flags, Vectors
from biometrics.error_rates import ErrorRate
from biometrics.errors import ProcessingError
from biometrics.protocols import Progress, no_progress

LISTED = 10
"""Candidates of a search; a mate that an exact search lists among them must be listed."""

LEAST_ROWS = 5_000
"""With fewer, an index of centroids has none to speak of."""

Probes: TypeAlias = Float32[NDArray[np.float32], "probes dimension"]
Mates: TypeAlias = Int64[NDArray[np.int64], " probes"]

Builder: TypeAlias = Callable[[int], Any]
"""Makes an empty index for vectors of a dimension."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """Persons, and probes of some of them.

    Parameters
    ----------
    vectors, probes
        float32 [persons, dimension] and [probes, dimension], compared by inner product.
    mates
        int64 [probes]: row of the probe's person.
    """

    vectors: Vectors
    probes: Probes
    mates: Mates


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated:
    """What an approximate index did.

    Parameters
    ----------
    name
        With its settings.
    lost
        Share of the mates listed by an exact search that this one does not list.
    query_ms
        Milliseconds of processor time a query, all probes at once.
    build_s
        Seconds to train and fill it.
    wanted
        The recall demanded.
    """

    name: str
    lost: ErrorRate
    query_ms: float
    build_s: float
    wanted: float

    @property
    def passes(self) -> bool:
        """Whether even the lower end of the interval reaches what is demanded."""
        return 1.0 - self.lost.high >= self.wanted

    @property
    def recall(self) -> float:
        """Share of the mates listed by an exact search that this one lists too."""
        return 1.0 - self.lost.value


def approximate_indexes(rows: int) -> Mapping[str, Builder]:
    """Return what there is to measure, sized for so many rows."""
    centroids = 2 ** int(np.log2(2.0 * np.sqrt(rows)))
    probed = max(1, centroids // 16)
    return {
        f"IVF{centroids}, {probed} probed": lambda dimension: _ivf(dimension, centroids, probed),
        "HNSW32, efSearch 256": _hnsw,
        "PQ x4 fast scan, 100 refined": _pq,
    }


def gate(known: Known, *, wanted: float, progress: Progress = no_progress) -> tuple[Gated, ...]:
    """Measure the recall of approximate indexes on a population.

    Parameters
    ----------
    known
        Whom to search, and who they are.
    wanted
        Recall that must be reached by the lower end of its interval.

    Raises
    ------
    ProcessingError
        When there are too few persons, or no mate that an exact search lists.
    """
    rows, dimension = known.vectors.shape
    if rows < LEAST_ROWS:
        raise ProcessingError(
            f"{rows} persons are too few to measure approximate indexes", remedy=f"use {LEAST_ROWS:,} or more"
        )
    flat = faiss.IndexFlatIP(dimension)
    flat.add(known.vectors)
    listed = _lists_mate(flat, known)
    if not listed.any():
        raise ProcessingError("an exact search lists no mate of any probe", remedy="give probes of enrolled persons")
    exact = Known(vectors=known.vectors, probes=known.probes[listed], mates=known.mates[listed])
    builders, results = approximate_indexes(rows), []
    for done, (name, builder) in enumerate(builders.items()):
        progress(done, len(builders), "approximate indexes")
        results.append(_gated(name, builder(dimension), exact, wanted))
    progress(len(builders), len(builders), "approximate indexes")
    return tuple(results)


def gate_lines(results: Sequence[Gated]) -> list[str]:
    """Return a line for each index: recall, interval, and whether it passes."""
    return [
        f"{one.name}: recall {one.recall:.4f} ({1 - one.lost.high:.4f}-{1 - one.lost.low:.4f}), "
        f"{one.query_ms:.3f} ms a query, built in {one.build_s:.0f} s: "
        f"{'passes' if one.passes else 'DOES NOT PASS'} (wanted {one.wanted:.4g})"
        for one in results
    ]


def _gated(name: str, index: Any, known: Known, wanted: float) -> Gated:
    began = time.perf_counter()
    index.train(known.vectors)
    index.add(known.vectors)
    build_s = time.perf_counter() - began
    began = time.process_time()
    lists = _lists_mate(index, known)
    query_ms = 1e3 * (time.process_time() - began) / len(known.probes)
    lost = ErrorRate.of(int(np.count_nonzero(~lists)), len(known.probes))
    return Gated(name=name, lost=lost, query_ms=query_ms, build_s=build_s, wanted=wanted)


def _lists_mate(index: Any, known: Known) -> Flags:
    _, labels = index.search(np.ascontiguousarray(known.probes), LISTED)
    return np.asarray((labels == known.mates[:, np.newaxis]).any(axis=1))


def _ivf(dimension: int, centroids: int, probed: int) -> Any:
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(dimension), dimension, centroids, faiss.METRIC_INNER_PRODUCT)
    index.nprobe = probed
    return index


def _hnsw(dimension: int) -> Any:
    index = faiss.IndexHNSWFlat(dimension, 32, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efSearch = 256
    return index


def _pq(dimension: int) -> Any:
    parts = math.gcd(dimension, 128)
    index: Any = faiss.index_factory(dimension, f"PQ{parts}x4fs,RFlat", faiss.METRIC_INNER_PRODUCT)
    index.k_factor = 10.0
    return index
