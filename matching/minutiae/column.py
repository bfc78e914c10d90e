"""Many prints in few large blocks of memory."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Int16
from numpy.typing import NDArray

from biometrics.arrays import Ids, Values
from biometrics.errors import GalleryError
from matching.minutiae.kernels import compare_records
from matching.minutiae.record import PreparedPrint

Block: TypeAlias = Int16[NDArray[np.int16], " items"]

BLOCK_ITEMS = 1 << 23  # 16 MiB, some 5,000 prints; memory is taken up only as prints come
FIRST_ROWS = 1024


class PrintColumn:
    """Prints of one position, a row each; grows block by block, so that no print is ever copied again.

    Rows may be compared and read from several threads while one other thread appends, but not while it drops rows.

    Parameters
    ----------
    block_items
        16-bit numbers in a block.
    """

    def __init__(self, block_items: int = BLOCK_ITEMS) -> None:
        self._block_items = block_items
        self._blocks: list[Block] = []
        self._used = 0
        self._block_of = np.empty(FIRST_ROWS, dtype=np.int64)
        self._start_of = np.empty(FIRST_ROWS, dtype=np.int64)
        self._size_of = np.empty(FIRST_ROWS, dtype=np.int64)
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def append(self, item: PreparedPrint) -> int:
        """Store a print and return its row; rows count up from 0."""
        size = len(item.record)
        if not self._blocks or self._used + size > len(self._blocks[-1]):
            self._blocks.append(np.empty(max(self._block_items, size), dtype=np.int16))
            self._used = 0
        row = self._rows
        if row == len(self._block_of):
            self._grow()
        self._blocks[-1][self._used : self._used + size] = item.record
        self._block_of[row], self._start_of[row], self._size_of[row] = len(self._blocks) - 1, self._used, size
        self._used += size
        self._rows = row + 1
        return row

    def _grow(self) -> None:
        room = np.empty_like(self._block_of)
        self._block_of = np.concatenate((self._block_of, room))
        self._start_of = np.concatenate((self._start_of, room))
        self._size_of = np.concatenate((self._size_of, room))

    def feature(self, row: int) -> PreparedPrint:
        """Return a copy of the print of a row.

        Raises
        ------
        GalleryError
            When the row does not exist.
        """
        self._require(np.array([row]))
        block, start = self._blocks[self._block_of[row]], int(self._start_of[row])
        return PreparedPrint(record=block[start : start + int(self._size_of[row])].copy())

    def keep(self, rows: Ids) -> None:
        """Drop all rows but these (ascending); the first of them becomes row 0, and so on."""
        kept = [self.feature(int(row)) for row in rows]
        self._blocks, self._used, self._rows = [], 0, 0
        for one in kept:
            self.append(one)

    def compare(self, probe: PreparedPrint, rows: Ids) -> Values:
        """Return the score of the probe against each of the rows, in their order.

        Returns
        -------
        Values
            float32 [count], each what `matching.minutiae.compare` gives for that print.

        Raises
        ------
        GalleryError
            When a row does not exist.
        """
        self._require(rows)
        scores = np.zeros(len(rows), dtype=np.float32)
        block_of, start_of = self._block_of[rows], self._start_of[rows]
        for block in np.unique(block_of):
            (here,) = np.nonzero(block_of == block)
            found = np.empty(len(here), dtype=np.float32)
            compare_records(probe.record, self._blocks[block], start_of[here], found)
            scores[here] = found
        return scores

    def _require(self, rows: Ids) -> None:
        if len(rows) and not (rows.min() >= 0 and rows.max() < self._rows):
            raise GalleryError(f"a row outside the {self._rows} prints of this column was asked for")
