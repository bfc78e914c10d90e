"""Exact search: bytes are scanned, what they cannot exclude is compared in full precision."""

from __future__ import annotations

import numpy as np

from biometrics.arrays import Flags
from biometrics.errors import GalleryError
from matching.vectors.bounds import ProbeSide
from matching.vectors.layout import Layout
from matching.vectors.pass_over_rows import BatchSearch
from matching.vectors.quantize import quantize
from matching.vectors.requests import Filter, Found, Probes, Thresholds
from matching.vectors.selection import Selection, select
from matching.vectors.view import TableView

PROBES_A_PASS = 256
"""Probes that one pass over the rows compares: their values and limits stay in a core's own cache."""

BEST_A_PASS = 1 << 21
"""Scores of best rows that are kept during a pass, 16 MiB: with a greater k fewer probes go together."""


def search(  # noqa: PLR0913 - what a search is asked
    view: TableView,
    probes: Probes,
    *,
    thresholds: Thresholds,
    k: int | None = None,
    only: Filter | None = None,
    threads: int = 1,
) -> tuple[Found, ...]:
    """Return, for each probe, every row whose score reaches its threshold, and the k best.

    The answer is that of comparing every row in full precision, whatever happens to the table meanwhile.

    Parameters
    ----------
    view
        The rows that there are.
    probes
        With whom they are compared. Rows that share no block with a probe are not compared with it and never listed,
        unless one of the two is listed always.
    thresholds
        From which score on a row is listed.
    k
        How many of the best are listed besides, of those that were compared; as many as there are when it exceeds them.
    only
        Which rows the search is about.
    threads
        How many share the work.

    Returns
    -------
    tuple[Found, ...]
        One answer per probe, in their order.

    Raises
    ------
    GalleryError
        When a probe is not as its mask says or not finite, thresholds do not fit, or `k` or `threads` is below 1.
    IncompatibleTemplatesError
        When probes are of another width.
    StorageError
        When a row cannot be read.
    """
    if (k is not None and k < 1) or threads < 1:
        raise GalleryError("a search wants at least one best row and one thread", source="search")
    thresholds.require(view.layout)
    view.layout.require(probes.vectors, probes.masks, source="probes")
    selection = select(view, only)
    found: list[Found] = []
    together = max(1, min(PROBES_A_PASS, BEST_A_PASS // min(k or 1, max(1, len(view)))))
    for first in range(0, len(probes), together):
        some = slice(first, first + together)
        batch = Probes(vectors=np.ascontiguousarray(probes.vectors[some]), masks=probes.masks[some])
        found += _search_batch(view, selection, batch, thresholds, k, threads)
    return tuple(found)


def _search_batch(  # noqa: PLR0913, PLR0917 - passed on
    view: TableView, selection: Selection, probes: Probes, thresholds: Thresholds, k: int | None, threads: int
) -> list[Found]:
    side = ProbeSide.of(quantize(probes.vectors), probes.masks)
    size = int(selection.by_mask.sum())
    masks, mask_of = np.unique(probes.masks, return_inverse=True)
    by_mask = [int(selection.by_mask[_compares(view.layout, mask)].sum()) for mask in masks.tolist()]
    compared = [by_mask[number] for number in mask_of.tolist()]
    best = None if k is None else min(k, max(compared, default=0))
    answers = BatchSearch(view, selection, side, probes.vectors, thresholds, best).run(threads)
    return [
        Found(owners=owners, scores=scores, size=size, compared=count, generation=view.generation)
        for (owners, scores), count in zip(answers, compared, strict=True)
    ]


def _compares(layout: Layout, mask: int) -> Flags:
    """Return which masks of rows are compared with a mask."""
    masks = np.arange(layout.classes)
    shared = masks & mask & (layout.shares - 1)
    return np.asarray((masks != 0) & ((shared != 0) | (((masks | mask) & layout.always) != 0)))
