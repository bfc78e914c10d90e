"""Every pair of persons whose vectors are alike: the scan of a search, with rows as probes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import numpy as np

from biometrics.errors import GalleryError
from matching.vectors.arrays import SomeIds
from matching.vectors.gathered import Share
from matching.vectors.requests import Thresholds
from matching.vectors.tiles import Pairs, Tile, row_block, tiles_of
from matching.vectors.view import TableView

__all__ = ["Pairs", "join"]


def join(  # noqa: PLR0913 - what a join is asked
    view: TableView,
    left: SomeIds,
    right: SomeIds | None,
    thresholds: Thresholds,
    *,
    block: str | None = None,
    threads: int = 1,
) -> Iterator[Pairs]:
    """Yield, tile by tile, the pairs of persons whose score reaches the threshold of what they share.

    Each pair comes once; a person is not compared with itself. Memory is that of two tiles a thread, however many
    persons there are.

    Parameters
    ----------
    view
        The rows that there are.
    left, right
        int64 numbers of persons, each once; without `right`, all pairs among `left`. Who is in both is compared with
        everybody else of either.
    thresholds
        From which score on a pair is listed. Pairs that share no block are not compared, and pairs of which one is
        listed always are listed.
    block
        Compare this block alone, as if there were no others and nobody were listed always.
    threads
        How many share the work.

    Raises
    ------
    GalleryError
        When a person has no row in the view or comes twice, there is no such block, thresholds do not fit, or
        `threads` is below 1. It is raised at once, not with the first pairs.
    StorageError
        When a row cannot be read.
    """
    thresholds.require(view.layout)
    if threads < 1:
        raise GalleryError("a join wants at least one thread", source="join")
    for owners in (left, right):
        if owners is not None and len(np.unique(owners)) != len(owners):
            raise GalleryError("a person comes twice", source="owners to be joined")
    joins = [(view.rows(one), None if other is None else view.rows(other)) for one, other in _disjoint(left, right)]
    return _run(view, joins, thresholds, Share.of(view.layout, block), threads)


def _disjoint(left: SomeIds, right: SomeIds | None) -> list[tuple[SomeIds, SomeIds | None]]:
    """Return joins of persons that are in one side only, and of those in both among themselves."""
    if right is None:
        return [(left, None)]
    both = np.intersect1d(left, right)
    if not len(both):
        return [(left, right)]
    only_left, only_right = np.setdiff1d(left, both), np.setdiff1d(right, both)
    return [(left, only_right), (only_left, both), (both, None)]


def _run(
    view: TableView, joins: list[tuple[SomeIds, SomeIds | None]], thresholds: Thresholds, share: Share, threads: int
) -> Iterator[Pairs]:
    for left, right in joins:
        others = left if right is None else right
        for first, rows in row_block(view, others, share):
            tiles = tiles_of(view, left, rows, first if right is None else None, share)
            yield from _in_order(tiles, thresholds, threads)


def _in_order(tiles: Iterator[Tile], thresholds: Thresholds, threads: int) -> Iterator[Pairs]:
    """Yield what tiles list, in their order, at most twice as many ahead as there are threads."""
    if threads == 1:
        for tile in tiles:
            yield from tile.pairs(thresholds)
        return
    with ThreadPoolExecutor(threads) as pool:
        running: list[Future[list[Pairs]]] = []
        try:
            running += [pool.submit(_all_of, tile, thresholds) for tile in islice(tiles, 2 * threads)]
            while running:
                done = running.pop(0).result()
                running += [pool.submit(_all_of, tile, thresholds) for tile in islice(tiles, 1)]
                yield from done
        finally:
            for waiting in running:
                waiting.cancel()


def _all_of(tile: Tile, thresholds: Thresholds) -> list[Pairs]:
    return list(tile.pairs(thresholds))
