"""Tiles of a join: a block of rows, against as many probes as stay in a core's cache."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64
from numpy.typing import NDArray

from biometrics.arrays import Ids, Vectors
from matching.vectors.bounds import Limits, ScannedPairs
from matching.vectors.exact.kernels import inner_products
from matching.vectors.gathered import Gathered, Share, gather
from matching.vectors.kernels import ProbeBatch
from matching.vectors.requests import Thresholds
from matching.vectors.scanning import Scanner
from matching.vectors.view import PLACE, TableView

BLOCK_BYTES = 32 << 20
"""Codes of a block of rows."""

TILE_PROBES = 1_024
"""Rows that are the probes of a tile."""

READ_AT_ONCE = 4_096
"""Rows in full precision that are read before their pairs are compared."""

NO_ORDER = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """Pairs of persons that one tile lists.

    Parameters
    ----------
    left, right
        int64 [pairs]: numbers of the persons.
    scores
        float32 [pairs]: inner products of their rows in full precision.
    compared
        How many pairs of the tile were compared: those that share a block, or of which one is listed always.
    """

    left: Int64[NDArray[np.int64], " pairs"]
    right: Int64[NDArray[np.int64], " pairs"]
    scores: Float32[NDArray[np.float32], " pairs"]
    compared: int

    def __len__(self) -> int:
        return len(self.left)


def row_block(view: TableView, rows: Ids, share: Share) -> Iterator[tuple[int, Gathered]]:
    """Yield blocks of a share of rows, and where in `rows` each begins."""
    size = max(1, BLOCK_BYTES // view.layout.width)
    for first in range(0, len(rows), size):
        yield first, gather(view, rows[first : first + size], share)


def tiles_of(view: TableView, probes: Ids, block: Gathered, place: int | None, share: Share) -> Iterator[Tile]:
    """Yield the tiles of a block of rows.

    Parameters
    ----------
    probes
        int64: numbers of the rows that are probes.
    place
        Where in `probes` the block begins, when it is a part of them: each is then compared with later ones only.
    """
    last = len(probes) if place is None else min(len(probes), place + len(block))
    for first in range(0, last, TILE_PROBES):
        some = probes[first : min(first + TILE_PROBES, last)]
        # Positions of probes among the rows of the block, below 0 for those that come before all of them.
        position = NO_ORDER if place is None else first - place
        yield Tile(view=view, block=block, probes=some, first=position, share=share)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tile:
    """Some probes against a block of rows.

    Parameters
    ----------
    view, block
        The rows.
    probes
        int64 [probes]: their row numbers.
    first
        Position of the first probe in the block; only rows after a probe's own position are compared with it.
    share
        What of the rows is compared.
    """

    view: TableView
    block: Gathered
    probes: Int64[NDArray[np.int64], " probes"]
    first: int
    share: Share

    def pairs(self, thresholds: Thresholds) -> Iterator[Pairs]:
        """Yield the pairs that reach their threshold: at once, or in parts when they are very many."""
        probes = gather(self.view, self.probes, self.share)
        side = probes.as_probes()
        masks = np.unique(self.block.masks).astype(np.int64)
        limits = Limits(self.view.layout, side, thresholds, masks)
        batch = ProbeBatch(values=side.values, alpha=limits.alpha(), beta=side.beta())
        packed = self.view.kernel.pack(batch)
        begin = max(0, self.first + 1)
        compared = self._compared(limits, masks, len(probes))
        for start, rows, numbers, products in Scanner(self.view.kernel).scan(self.block.block(begin), packed):
            near = self._near(limits, rows.astype(np.int64) + begin + start, numbers.astype(np.int64), products)
            yield self._listed(*near, compared)
            compared = 0
        if compared:
            yield self._listed(*_NOTHING, compared)

    def _listed(
        self, rows: NDArray[np.int64], numbers: NDArray[np.int64], least: NDArray[np.float64], compared: int
    ) -> Pairs:
        """Return those that reach their threshold, of pairs that may."""
        scores = self._scores(rows, numbers)
        listed = scores >= least
        return Pairs(
            left=_owners(self.view, self.probes[numbers[listed]]),
            right=_owners(self.view, self.block.rows[rows[listed]]),
            scores=scores[listed],
            compared=compared,
        )

    def _near(
        self, limits: Limits, rows: NDArray[np.int64], numbers: NDArray[np.int64], products: NDArray[np.int32]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return pairs whose score may reach their threshold, and the threshold."""
        later = np.flatnonzero(rows > self.first + numbers)
        rows, numbers = rows[later], numbers[later]
        steps = 1.0 / self.block.u[rows].astype(np.float64)
        pairs = ScannedPairs(
            rows=rows,
            probes=numbers,
            products=products[later].astype(np.float64),
            steps=steps,
            residuals=self.block.v[rows] * steps,
            masks=self.block.masks[rows],
        )
        _, upper = limits.bounds(pairs)
        least = limits.thresholds(pairs)
        near = upper >= least
        return rows[near], numbers[near], least[near]

    def _scores(self, rows: NDArray[np.int64], numbers: NDArray[np.int64]) -> Float32[NDArray[np.float32], " pairs"]:
        """Return the score of each pair in full precision."""
        scores = np.empty(len(rows), dtype=np.float32)
        if not len(rows):
            return scores
        probes, probe_of = np.unique(numbers, return_inverse=True)
        vectors = self._read(self.probes[probes])
        order = np.argsort(rows, kind="stable")
        different, row_of = np.unique(rows[order], return_inverse=True)
        for first in range(0, len(different), READ_AT_ONCE):
            read = self._read(self.block.rows[different[first : first + READ_AT_ONCE]])
            start, stop = np.searchsorted(row_of, (first, first + len(read)))
            found = np.empty(stop - start, dtype=np.float32)
            inner_products(read, vectors, row_of[start:stop] - first, probe_of[order[start:stop]], found)
            scores[order[start:stop]] = found
        return scores

    def _read(self, rows: Ids) -> Vectors:
        """Return the share of rows in full precision."""
        return np.ascontiguousarray(self.view.read(rows)[:, self.share.columns])

    def _compared(self, limits: Limits, masks: NDArray[np.int64], probes: int) -> int:
        """Return how many pairs of the tile share a block, or are listed always."""
        compares = limits.compares()
        lines = np.searchsorted(masks, self.block.masks)
        within = max(0, self.first + 1)
        beyond = min(len(self.block), max(0, self.first + probes))
        after = np.bincount(lines[beyond:], minlength=len(masks))
        count = int((compares.sum(axis=1) * after).sum())
        if within < beyond:
            rows = np.arange(within, beyond)
            earlier = np.arange(probes) < (rows - self.first)[:, np.newaxis]
            count += int((compares[lines[rows]] & earlier).sum())
        return count


_NOTHING = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float64))


def _owners(view: TableView, rows: Ids) -> Ids:
    owners = np.empty(len(rows), dtype=np.int64)
    for chunk, here in view.by_chunk(rows):
        owners[here] = chunk.owners[rows[here] & PLACE]
    return owners
