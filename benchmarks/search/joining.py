"""N:N: every pair of a population above a threshold, beside FAISS's range search over the same triangle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import faiss
import numpy as np
from jaxtyping import Float64, Int64
from numpy.typing import NDArray

from benchmarks.search.peers import Peer, blas_thresholds, fastest, with_setting
from benchmarks.search.truth import TIE, Limits
from benchmarks.timing import Call
from benchmarks.vector_population.rows import Rows
from biometrics.arrays import Vectors
from biometrics.protocols import Progress, no_progress

Pairs: TypeAlias = Int64[NDArray[np.int64], "_pairs 2"]
"""Numbers of two persons a row, the smaller first."""

Margins: TypeAlias = Float64[NDArray[np.float64], " _pairs"]

RANGE_SEARCH = "faiss range_search"

_PROBES, _ROWS = 1_024, 4_096
"""Of a block of the triangle: few enough rows that little is compared twice along the diagonal."""

_DOUBT = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Doubtful:
    """Pairs that a join must, and those that it may hold.

    Parameters
    ----------
    pairs, margins
        int64 [pairs, 2] in order, and by how much each exceeds its limit, in 64 bits; some do not.
    """

    pairs: Pairs
    margins: Margins

    def agrees(self, found: Pairs) -> bool:
        """Return whether `found` holds each pair that it must once, and none that it must not."""
        may = self.pairs[self.margins >= -TIE]
        must = self.pairs[self.margins >= TIE]
        given = [tuple(pair) for pair in found.tolist()]
        unique = set(given)
        allowed = {tuple(pair) for pair in may.tolist()}
        demanded = {tuple(pair) for pair in must.tolist()}
        return len(unique) == len(given) and demanded <= unique <= allowed


class TrianglePeer:
    """FAISS's range search over the triangle in blocks, each pair once but for the blocks on the diagonal.

    Parameters
    ----------
    vectors
        float32 [persons, width].
    threshold
        One for all: FAISS knows of no masks.
    """

    def __init__(self, vectors: Vectors, threshold: float) -> None:
        self._vectors = vectors
        self._threshold = threshold
        self._blocks: list[tuple[int, Any]] = []
        for start in range(0, len(vectors), _ROWS):
            index = faiss.IndexFlatIP(vectors.shape[1])
            index.add(vectors[start : start + _ROWS])
            self._blocks.append((start, index))

    def tuned(self) -> Peer:
        """Return the whole join with the setting that is fastest for one block."""
        block, probes = self._blocks[0][1], self._vectors[:_PROBES]
        settings = blas_thresholds(self._vectors.shape[1])
        calls: dict[str, Call] = {
            f"BLAS threshold {setting}": with_setting(setting, lambda: block.range_search(probes, self._threshold))
            for setting in settings
        }
        best = fastest(RANGE_SEARCH, calls)
        setting = dict(zip(calls, settings, strict=True))[min(best.tried, key=best.tried.__getitem__)]
        return Peer(name=best.name, call=with_setting(setting, self.pairs), tried=best.tried)

    def pairs(self) -> Pairs:
        """Return every pair at or above the threshold."""
        found = list(self._found())
        return ordered(np.concatenate(found)) if found else np.empty((0, 2), dtype=np.int64)

    def _found(self) -> Iterator[Pairs]:
        for start in range(0, len(self._vectors), _PROBES):
            probes = self._vectors[start : start + _PROBES]
            for first, index in self._blocks:
                if first + int(index.ntotal) <= start:
                    continue
                limits, _, rows = index.range_search(probes, self._threshold)
                left = start + np.repeat(np.arange(len(probes)), np.diff(limits).astype(np.int64))
                both = np.stack((left, first + rows), axis=1).astype(np.int64)
                yield both[both[:, 0] < both[:, 1]]


def ordered(pairs: Pairs) -> Pairs:
    """Return pairs with the smaller number first, in order."""
    sides = np.sort(pairs, axis=1)
    return sides[np.lexsort((sides[:, 1], sides[:, 0]))]


def wanted_pairs(rows: Rows, limits: Limits, progress: Progress = no_progress) -> Doubtful:
    """Compare everybody with everybody in fp32 and return the pairs near or above their limits.

    Parameters
    ----------
    rows
        Vectors, and which blocks each has.
    limits
        float32 [2**blocks], by shared blocks; those who share none are no pair.
    """
    limits = np.where(np.arange(len(limits)) == 0, np.float32(np.inf), limits)
    kept = [np.empty((0, 2), dtype=np.int64)]
    for start in range(0, len(rows), _PROBES):
        progress(start, len(rows), "computing the pairs anew")
        for first in range(start // _ROWS * _ROWS, len(rows), _ROWS):
            left, right = slice(start, start + _PROBES), slice(first, first + _ROWS)
            scores = rows.vectors[left] @ rows.vectors[right].T
            shared = rows.masks[left, np.newaxis] & rows.masks[np.newaxis, right]
            pairs = np.argwhere(scores >= limits[shared] - _DOUBT) + np.array((start, first))
            kept.append(pairs[pairs[:, 0] < pairs[:, 1]])
    progress(len(rows), len(rows), "computing the pairs anew")
    pairs = ordered(np.concatenate(kept))
    return Doubtful(pairs=pairs, margins=_margins(rows, limits, pairs))


def _margins(rows: Rows, limits: Limits, pairs: Pairs) -> Margins:
    margins = np.empty(len(pairs))
    for start in range(0, len(pairs), _ROWS):
        left, right = pairs[start : start + _ROWS].T
        both = rows.vectors[left].astype(np.float64) * rows.vectors[right].astype(np.float64)
        margins[start : start + _ROWS] = both.sum(axis=1) - limits[rows.masks[left] & rows.masks[right]]
    return margins


def planted_found(pairs: Pairs, planted: Pairs) -> int:
    """Return how many of the planted pairs are among those found."""
    known = {tuple(pair) for pair in pairs.tolist()}
    return sum(tuple(pair) in known for pair in ordered(planted).tolist())
