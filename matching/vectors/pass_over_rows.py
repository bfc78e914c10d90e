"""One pass over the rows for a batch of probes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np

from biometrics.arrays import Ids, Values, Vectors
from matching.vectors.bounds import Limits, ProbeSide, ScannedPairs
from matching.vectors.chunk import Chunk
from matching.vectors.contenders import Contenders, Listed
from matching.vectors.exact import rescore
from matching.vectors.kernels import PackedProbes, ProbeBatch
from matching.vectors.requests import Thresholds
from matching.vectors.scanning import Scanner
from matching.vectors.selection import Selection
from matching.vectors.view import TableView

FIRST_PAIRS, FEWEST_ROWS, GROWTH = 1 << 13, 512, 3
"""When the k best are wanted: pairs of the first piece, fewest rows of one, and how many times all rows before a piece
may have at most, up to a chunk. So limits are narrow when the many rows come, and few are listed in vain."""

SHARES, FEWEST_SHARED, MOST_SHARED = 4, 4_096, 65_536
"""Pieces for each of several threads, and fewest and most rows of them."""

PIECES_ALONE = 2
"""Pieces that one thread goes through before others join in, when the k best are wanted."""

Piece = tuple[int, int, int]
"""Number of a part, and the rows of it from the first to before the last."""


class BatchSearch:
    """Finds what some probes list; made for one pass.

    Parameters
    ----------
    view, selection
        The rows.
    side, vectors
        The probes as bytes, and float32 [probes, width].
    thresholds
        From which score on a row is listed.
    best
        How many of the best are wanted besides; None or 0 for none.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a pass needs
        self,
        view: TableView,
        selection: Selection,
        side: ProbeSide,
        vectors: Vectors,
        thresholds: Thresholds,
        best: int | None,
    ) -> None:
        self._view, self._selection, self._side, self._vectors = view, selection, side, vectors
        self._limits = Limits(view.layout, side, thresholds, np.flatnonzero(selection.by_mask))
        self._contenders = Contenders(len(side), best) if best else None
        self._listed = Listed(len(side))
        self._lock = threading.Lock()
        self._packed = self._pack()

    def run(self, threads: int) -> list[tuple[Ids, Values]]:
        """Return owners and scores for each probe, the best first."""
        scanner = Scanner(self._view.kernel)
        pieces = self._pieces(threads)
        if threads == 1:
            self._work(pieces, scanner)
        else:
            self._share(pieces, scanner, threads)
        if self._contenders is not None:
            self._listed.add(*self._contenders.finish(self._vectors))
        return self._listed.answers(self._contenders.size if self._contenders is not None else 0)

    def _share(self, pieces: Iterator[Piece], scanner: Scanner, threads: int) -> None:
        """Let several threads take pieces in turn, once the limits are narrow."""
        if self._contenders is not None:
            self._work(islice(pieces, PIECES_ALONE), scanner)
        turn = _InTurn(pieces)
        with ThreadPoolExecutor(threads) as pool:
            shares = [pool.submit(self._work, turn, Scanner(self._view.kernel)) for _ in range(threads)]
            for share in shares:
                share.result()

    def _pieces(self, threads: int) -> Iterator[Piece]:
        share = sum(part.last - part.first for part in self._selection.parts) // (SHARES * threads)
        most = MOST_SHARED if threads == 1 else min(max(share, FEWEST_SHARED), MOST_SHARED)
        first_rows = max(FEWEST_ROWS, FIRST_PAIRS // len(self._side))
        rows, done = (first_rows if self._contenders is not None else most), 0
        for number, part in enumerate(self._selection.parts):
            first = part.first
            while first < part.last:
                last = min(first + rows, part.last)
                yield number, first, last
                done += last - first
                rows, first = min(max(rows, GROWTH * done), most), last

    def _work(self, pieces: Iterator[Piece], scanner: Scanner) -> None:
        for number, first, last in pieces:
            part = self._selection.parts[number]
            classes = self._selection.classes[number][first - part.first : last - part.first]
            block = part.chunk.block(first, last, classes)
            for start, rows, probes, products in scanner.scan(block, self._packed):
                self._take(part.chunk, rows.astype(np.int64) + (first + start), probes, products)

    def _take(self, chunk: Chunk, rows: Ids, probes: np.ndarray, products: np.ndarray) -> None:
        """List what reaches its threshold, and note what may be among the best."""
        active = np.flatnonzero(chunk.retired_at[rows] > self._view.tick)
        if not len(active):
            return
        rows = rows[active]
        pairs = ScannedPairs(
            rows=rows,
            probes=probes[active].astype(np.int64),
            products=products[active].astype(np.float64),
            steps=(steps := chunk.steps(rows)),
            residuals=chunk.residual_steps(rows) * steps,
            masks=chunk.masks[rows],
        )
        lower, upper = self._limits.bounds(pairs)
        thresholds = self._limits.thresholds(pairs)
        near = upper >= thresholds
        scores = np.full(len(pairs), np.nan, dtype=np.float32)
        if near.any():
            scores[near] = rescore(chunk.file, rows[near], self._vectors, pairs.probes[near])
        listed = scores >= thresholds  # what is not yet compared is no number, and not listed
        with self._lock:
            self._listed.add(pairs.probes[listed], chunk.owners[rows[listed]], scores[listed], True)
            if self._contenders is not None and self._contenders.add(chunk, pairs, (lower, upper), scores, listed):
                self._packed = self._pack()

    def _pack(self) -> PackedProbes:
        """Return the probes with the limits that hold now."""
        best = self._contenders.bounds() if self._contenders is not None else None
        batch = ProbeBatch(values=self._side.values, alpha=self._limits.alpha(best), beta=self._side.beta())
        return self._view.kernel.pack(batch)


class _InTurn:
    """Pieces that several threads take in turn."""

    def __init__(self, pieces: Iterator[Piece]) -> None:
        self._pieces, self._lock = pieces, threading.Lock()

    def __iter__(self) -> Iterator[Piece]:
        return self

    def __next__(self) -> Piece:
        with self._lock:
            return next(self._pieces)
