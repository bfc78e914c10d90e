"""What a search has found so far: who is listed, and who may yet be among the k best."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from biometrics.arrays import Flags, Ids, Values
from matching.vectors.arrays import ProbeVectors
from matching.vectors.bounds import Numbers, ScannedPairs
from matching.vectors.chunk import Chunk
from matching.vectors.exact import rescore
from matching.vectors.exact.kernels import keep_best

FEWEST_TO_PRUNE = 1 << 16
"""Contenders that are kept without asking whether they still contend."""


class Listed:
    """Rows listed for each of some probes, collected as they come."""

    def __init__(self, probes: int) -> None:
        self._count = probes
        self._probes: list[Ids] = []
        self._owners: list[Ids] = []
        self._scores: list[Values] = []
        self._sure: list[Flags] = []

    def add(self, probes: Ids, owners: Ids, scores: Values, sure: bool) -> None:
        """Add rows that are listed for sure, or if they are among the best."""
        if len(probes):
            self._probes.append(probes)
            self._owners.append(owners)
            self._scores.append(scores)
            self._sure.append(np.full(len(probes), sure))

    def answers(self, best: int) -> list[tuple[Ids, Values]]:
        """Return owners and scores for each probe, the best first and equal scores by owner.

        Parameters
        ----------
        best
            How many of the best are listed, sure or not.
        """
        if not self._probes:
            return [(np.empty(0, np.int64), np.empty(0, np.float32)) for _ in range(self._count)]
        probes, owners = np.concatenate(self._probes), np.concatenate(self._owners)
        scores, sure = np.concatenate(self._scores), np.concatenate(self._sure)
        order = np.lexsort((owners, -scores, probes))
        probes, owners, scores, sure = probes[order], owners[order], scores[order], sure[order]
        starts = np.searchsorted(probes, np.arange(self._count + 1))
        kept = sure | (np.arange(len(probes)) - starts[probes] < best)
        return [(owners[a:b][kept[a:b]], scores[a:b][kept[a:b]]) for a, b in pairwise(starts)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pool:
    """Some rows that may be among the best, all of one chunk."""

    chunk: Chunk
    rows: Ids
    probes: Ids
    lower: Numbers
    upper: Numbers
    listed: Flags

    def only(self, some: Flags) -> _Pool:
        return _Pool(
            chunk=self.chunk,
            rows=self.rows[some],
            probes=self.probes[some],
            lower=self.lower[some],
            upper=self.upper[some],
            listed=self.listed[some],
        )


class Contenders:
    """Rows that may be among the `size` best of their probe."""

    def __init__(self, probes: int, size: int) -> None:
        self.size = size
        self._heaps = np.full((probes, size), -np.inf)
        self._pools: list[_Pool] = []
        self._kept, self._pruned_at = 0, FEWEST_TO_PRUNE
        self._since_bounds = 0

    def bounds(self) -> Float64[NDArray[np.float64], " probes"]:
        """Return the score that the best of each probe reach at least; minus infinity while there are too few."""
        self._since_bounds = 0
        return self._heaps[:, 0].copy()

    def add(
        self, chunk: Chunk, pairs: ScannedPairs, bounds: tuple[Numbers, Numbers], scores: Values, listed: Flags
    ) -> bool:
        """Note rows; return whether so many came that limits should be made anew.

        Parameters
        ----------
        scores
            float32 [pairs], no number where a row was not yet compared.
        listed
            Which are listed already, and only count.
        """
        known = ~np.isnan(scores)
        lower, upper = np.where(known, scores, bounds[0]), np.where(known, scores, bounds[1])
        keep_best(self._heaps, pairs.probes, lower)
        self._pools.append(
            _Pool(chunk=chunk, rows=pairs.rows, probes=pairs.probes, lower=lower, upper=upper, listed=listed)
        )
        self._kept += len(pairs)
        if self._kept > self._pruned_at:
            self._prune()
        self._since_bounds += len(pairs)
        return self._since_bounds >= self._heaps.size

    def _prune(self) -> None:
        """Forget rows that are no longer among the best."""
        self._pools = [pool.only(pool.upper >= self._heaps[pool.probes, 0]) for pool in self._pools]
        self._kept = sum(len(pool.rows) for pool in self._pools)
        self._pruned_at = max(FEWEST_TO_PRUNE, 2 * self._kept)

    def finish(self, vectors: ProbeVectors) -> tuple[Ids, Ids, Values, bool]:
        """Return probes, owners and scores of rows that are not listed already and may be among the best.

        The rows that are best by their bounds are compared first, which lets most of the others go.
        """
        self._prune()
        first = [pool.lower >= self._heaps[pool.probes, 0] for pool in self._pools]
        scored = [_compare(pool.only(some), vectors) for pool, some in zip(self._pools, first, strict=True)]
        rest = [pool.only(~some) for pool, some in zip(self._pools, first, strict=True)]
        heaps = np.full_like(self._heaps, -np.inf)
        for pool in (*scored, *rest):
            keep_best(heaps, pool.probes, pool.lower)
        rest = [pool.only(pool.upper >= heaps[pool.probes, 0]) for pool in rest]
        everybody = [*scored, *(_compare(pool, vectors) for pool in rest)]
        new = [pool.only(~pool.listed) for pool in everybody]
        if not new:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32), False
        return (
            np.concatenate([pool.probes for pool in new]),
            np.concatenate([pool.chunk.owners[pool.rows] for pool in new]),
            np.concatenate([pool.lower for pool in new]).astype(np.float32),
            False,
        )


def _compare(pool: _Pool, vectors: ProbeVectors) -> _Pool:
    """Return the rows with their scores as bounds."""
    scores = pool.lower.copy()
    unknown = np.flatnonzero(pool.lower != pool.upper)
    scores[unknown] = rescore(pool.chunk.file, pool.rows[unknown], vectors, pool.probes[unknown])
    return _Pool(chunk=pool.chunk, rows=pool.rows, probes=pool.probes, lower=scores, upper=scores, listed=pool.listed)
