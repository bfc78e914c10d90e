"""Which row is whose."""

from __future__ import annotations

import numpy as np

from biometrics.arrays import Ids
from biometrics.errors import GalleryError
from matching.vectors.arrays import SomeIds

PAGE_BITS = 12
"""Owners in a page: 4,096, 32 KiB of rows."""

GREATEST_OWNER = (1 << 40) - 1

NO_ROW = -1


class OwnerRows:
    """Row of each owner, in pages of consecutive owner numbers; a page is there where one of its numbers is used.

    So persons should be numbered one after the other: 8 bytes each. One thread may write while others look up.
    """

    def __init__(self) -> None:
        self._pages: dict[int, Ids] = {}

    def rows(self, owners: Ids) -> Ids:
        """Return the row of each owner, `NO_ROW` where there is none."""
        rows = np.full(len(owners), NO_ROW, dtype=np.int64)
        for page, here in _by_page(owners):
            if (stored := self._pages.get(page)) is not None:
                rows[here] = stored[owners[here] & ((1 << PAGE_BITS) - 1)]
        return rows

    def prepare(self, owners: Ids) -> None:
        """Make room for owners, so that `put` cannot fail.

        Raises
        ------
        GalleryError
            When a number is negative or greater than `GREATEST_OWNER`.
        """
        if len(owners) and not 0 <= int(owners.min()) <= int(owners.max()) <= GREATEST_OWNER:
            raise GalleryError(
                f"an owner's number is not from 0 to {GREATEST_OWNER}",
                source="owners",
                remedy="number persons one after the other",
            )
        for page in np.unique(owners >> PAGE_BITS).tolist():
            if page not in self._pages:
                self._pages[page] = np.full(1 << PAGE_BITS, NO_ROW, dtype=np.int64)

    def put(self, owners: Ids, rows: Ids) -> None:
        """Note the rows of owners that were prepared for."""
        for page, here in _by_page(owners):
            self._pages[page][owners[here] & ((1 << PAGE_BITS) - 1)] = rows[here]


def _by_page(owners: Ids) -> list[tuple[int, SomeIds | slice]]:
    """Return pages, and where their owners are."""
    if not len(owners):
        return []
    pages = owners >> PAGE_BITS
    if int(pages[0]) == int(pages[-1]) and (len(pages) == 1 or bool((pages == pages[0]).all())):
        return [(int(pages[0]), slice(None))]
    order = np.argsort(pages, kind="stable")
    borders = np.flatnonzero(np.diff(pages[order])) + 1
    return [(int(pages[here[0]]), here) for here in np.split(order, borders)]
