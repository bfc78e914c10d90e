"""Many prints in few large blocks of memory, or of a file that the system reads as prints are compared."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Int16
from numpy.typing import NDArray

from biometrics.arrays import Ids, Values
from biometrics.errors import GalleryError
from matching.file_blocks import new_block
from matching.growing import GrowingArray
from matching.minutiae.index import EdgeIndex, index_probe
from matching.minutiae.kernels import COLUMNS, MOST_KEPT, NEIGHBOURS, compare_records
from matching.minutiae.record import PreparedPrint

Block: TypeAlias = Int16[NDArray[np.int16], " items"]

BLOCK_ITEMS = 1 << 23  # 16 MiB, some 20,000 prints; memory is taken up only as prints come
ITEMS_A_MINUTIA = 3 + NEIGHBOURS
FEWEST_A_THREAD = 2048  # prints, 20 ms of work: below, starting a thread costs more than it saves


class PrintColumn:
    """Prints of one position, a row each; grows block by block, so that no print is ever copied again.

    Rows may be compared and read from several threads while one other thread appends. Beside the prints, a row takes
    8 bytes of memory.

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
        self._places = GrowingArray(np.int64)  # block in the upper 32 bits, first number in it in the lower

    def __len__(self) -> int:
        return len(self._places)

    @property
    def nbytes(self) -> int:
        """Bytes of the prints, in memory or on disk."""
        return sum(block.nbytes for block in self._blocks[:-1]) + self._used * np.dtype(np.int16).itemsize

    def append(self, item: PreparedPrint) -> int:
        """Store a print and return its row; rows count up from 0.

        Raises
        ------
        StorageError
            When its folder takes no file, or the disk is full.
        """
        row = len(self)
        self._write(item.record, np.array([len(item.record)]))
        return row

    def _write(self, items: Block, sizes: Ids) -> None:
        """Add prints that lie one after the other."""
        ends = np.cumsum(sizes)
        done = 0
        while done < len(sizes):
            start = int(ends[done] - sizes[done])
            if not self._blocks or self._used + int(sizes[done]) > len(self._blocks[-1]):
                room = max(self._block_items, int(sizes[done]))
                self._blocks.append(new_block(np.dtype(np.int16), (room,), self._folder, "prints"))
                self._used = 0
            block = self._blocks[-1]
            fitting = int(np.searchsorted(ends, start + len(block) - self._used, side="right"))
            count = int(ends[fitting - 1]) - start
            block[self._used : self._used + count] = items[start : start + count]
            self._places.extend(
                ((len(self._blocks) - 1) << 32) + self._used + ends[done:fitting] - sizes[done:fitting] - start
            )
            self._used += count
            done = fitting

    def feature(self, row: int) -> PreparedPrint:
        """Return a copy of the print of a row.

        Raises
        ------
        GalleryError
            When the row does not exist.
        """
        self._require(np.array([row]))
        return PreparedPrint(record=self._record(row).copy())

    def _record(self, row: int) -> Block:
        place = int(self._places.values[row])
        block, start = self._blocks[place >> 32], place & _LOW
        return block[start : start + COLUMNS + ITEMS_A_MINUTIA * int(block[start])]

    def cut(self, rows: int) -> None:
        """Drop all rows but the first `rows`; nobody may have read the others yet."""
        self._places.cut(rows)
        if not rows:
            self._blocks, self._used = [], 0
            return
        place = int(self._places.values[rows - 1])
        self._blocks = self._blocks[: (place >> 32) + 1]
        self._used = (place & _LOW) + len(self._record(rows - 1))

    def erase(self, rows: Ids) -> None:
        """Write zeros over these rows, which are prints without minutiae."""
        for row in rows.tolist():
            self._record(row)[...] = 0

    @property
    def arrays(self) -> tuple[str, ...]:
        """Names of the arrays of a piece."""
        return ("items", "sizes")

    @property
    def row_bytes(self) -> int:
        """Bytes of a print at most, with its size."""
        return (COLUMNS + ITEMS_A_MINUTIA * MOST_KEPT + 1) * np.dtype(np.int16).itemsize

    def export(self, rows: Ids) -> Mapping[str, NDArray[Any]]:
        """Return the prints of these rows, ascending, as `extend` takes them."""
        places = self._places.values[rows]
        block_of, starts = places >> 32, places & _LOW
        sizes: Ids = np.empty(len(rows), dtype=np.int64)
        for block in np.unique(block_of):
            (here,) = np.nonzero(block_of == block)
            sizes[here] = COLUMNS + ITEMS_A_MINUTIA * self._blocks[block][starts[here]].astype(np.int64)
        # Prints that lie one behind the other are taken at once.
        follows = (block_of[1:] == block_of[:-1]) & (starts[1:] == starts[:-1] + sizes[:-1])
        runs = np.split(np.arange(len(rows)), np.flatnonzero(~follows) + 1) if len(rows) else []
        parts = [self._blocks[block_of[run[0]]][starts[run[0]] : starts[run[-1]] + sizes[run[-1]]] for run in runs]
        items = np.concatenate(parts) if parts else np.empty(0, dtype=np.int16)
        return {"items": items, "sizes": sizes.astype(np.int16)}

    def extend(self, piece: Mapping[str, NDArray[Any]]) -> None:
        """Add the rows of a piece.

        Raises
        ------
        GalleryError
            When the piece is damaged.
        StorageError
            As `append`.
        """
        items, sizes = piece["items"], piece["sizes"].astype(np.int64)
        if items.dtype != np.int16 or int(sizes.sum()) != len(items) or int(sizes.min(initial=COLUMNS)) < COLUMNS:
            raise GalleryError("prints of a gallery do not fit together")
        counts = items[np.cumsum(sizes) - sizes].astype(np.int64)
        if ((counts < 0) | (counts > MOST_KEPT) | (sizes != COLUMNS + ITEMS_A_MINUTIA * counts)).any():
            raise GalleryError("a print of a gallery is damaged")
        self._write(items, sizes)

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
        places = self._places.values[rows]
        block_of, start_of = places >> 32, places & _LOW
        for block in np.unique(block_of):
            (here,) = np.nonzero(block_of == block)
            found = np.empty(len(here), dtype=np.float32)
            compare_records(probe.record, index.starts, index.entries, self._blocks[block], start_of[here], found)
            scores[here] = found

    def _require(self, rows: Ids) -> None:
        if len(rows) and not (rows.min() >= 0 and rows.max() < len(self)):
            raise GalleryError(f"a row outside the {len(self)} prints of this column was asked for")


_LOW = (1 << 32) - 1
