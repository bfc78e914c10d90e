"""Many prints in few large blocks of memory, or of a file that the system reads as prints are compared."""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

import numpy as np
from jaxtyping import Int16
from numpy.typing import NDArray

from biometrics.arrays import Ids, Values
from biometrics.errors import GalleryError, StorageError
from matching.minutiae.index import EdgeIndex, index_probe
from matching.minutiae.kernels import compare_records
from matching.minutiae.record import PreparedPrint

Block: TypeAlias = Int16[NDArray[np.int16], " items"]

BLOCK_ITEMS = 1 << 23  # 16 MiB, some 20,000 prints; memory is taken up only as prints come
FIRST_ROWS = 1024
FEWEST_A_THREAD = 2048  # prints, 20 ms of work: below, starting a thread costs more than it saves


class PrintColumn:
    """Prints of one position, a row each; grows block by block, so that no print is ever copied again.

    Rows may be compared and read from several threads while one other thread appends, but not while it drops rows.

    Parameters
    ----------
    folder
        Where the prints lie in nameless files, read as they are compared, instead of in memory; gone with the column.
    threads
        How many share a comparison with many rows; all cores of this process by default.
    block_items
        16-bit numbers in a block.
    """

    def __init__(
        self, *, folder: Path | None = None, threads: int | None = None, block_items: int = BLOCK_ITEMS
    ) -> None:
        self._folder = folder
        self._threads = threads or len(os.sched_getaffinity(0))
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
        """Store a print and return its row; rows count up from 0.

        Raises
        ------
        StorageError
            When its folder takes no file, or the disk is full.
        """
        size = len(item.record)
        if not self._blocks or self._used + size > len(self._blocks[-1]):
            self._blocks.append(self._new_block(max(self._block_items, size)))
            self._used = 0
        row = self._rows
        if row == len(self._block_of):
            self._grow()
        self._blocks[-1][self._used : self._used + size] = item.record
        self._block_of[row], self._start_of[row], self._size_of[row] = len(self._blocks) - 1, self._used, size
        self._used += size
        self._rows = row + 1
        return row

    def _new_block(self, items: int) -> Block:
        if self._folder is None:
            return np.empty(items, dtype=np.int16)
        try:
            with tempfile.TemporaryFile(dir=self._folder) as file:  # the mapping keeps it, without a name
                # Room is taken at once: a disk found full through the mapping would end the whole process.
                os.posix_fallocate(file.fileno(), 0, items * np.dtype(np.int16).itemsize)
                return np.asarray(np.memmap(file, dtype=np.int16, mode="w+", shape=(items,)))
        except OSError as error:
            raise StorageError(
                f"prints cannot be kept on disk: {error.strerror}",
                source=str(self._folder),
                remedy="check free space and permissions",
            ) from error

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
        index = index_probe(probe)
        scores = np.zeros(len(rows), dtype=np.float32)
        parts = max(1, min(self._threads, len(rows) // FEWEST_A_THREAD))
        if parts == 1:
            self._compare_part(probe, index, rows, scores)
            return scores
        with ThreadPoolExecutor(parts) as pool:  # compiled code releases the interpreter lock
            shares = zip(np.array_split(rows, parts), np.array_split(scores, parts), strict=True)
            for done in [pool.submit(self._compare_part, probe, index, *share) for share in shares]:
                done.result()
        return scores

    def _compare_part(self, probe: PreparedPrint, index: EdgeIndex, rows: Ids, scores: Values) -> None:
        """Write the scores of some rows; `scores` may be a part of a larger array."""
        block_of, start_of = self._block_of[rows], self._start_of[rows]
        for block in np.unique(block_of):
            (here,) = np.nonzero(block_of == block)
            found = np.empty(len(here), dtype=np.float32)
            compare_records(probe.record, index.starts, index.entries, self._blocks[block], start_of[here], found)
            scores[here] = found

    def _require(self, rows: Ids) -> None:
        if len(rows) and not (rows.min() >= 0 and rows.max() < self._rows):
            raise GalleryError(f"a row outside the {self._rows} prints of this column was asked for")
