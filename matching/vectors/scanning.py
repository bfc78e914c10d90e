"""Scans of pieces of rows, whose hits may be more than there is room for."""

from __future__ import annotations

from collections.abc import Iterator

from matching.vectors.kernels import Hits, PackedProbes, RowBlock, ScanKernel
from matching.vectors.kernels.kernel import HitNumbers

FIRST_ROOM, MOST_ROOM = 1 << 17, 1 << 20
"""Hits there is room for at first and at most, 12 bytes each; memory is taken up only as hits come."""


class Scanner:
    """Scans for one thread, in room that grows to what is needed and no further; beyond, rows are scanned in parts."""

    def __init__(self, kernel: ScanKernel) -> None:
        self._kernel = kernel
        self._hits = Hits.room(FIRST_ROOM)

    def scan(self, block: RowBlock, packed: PackedProbes) -> Iterator[tuple[int, HitNumbers, HitNumbers, HitNumbers]]:
        """Yield, for one piece of the rows after the other, its first row and rows in it, probes and products of hits.

        The arrays hold until the next step.
        """
        waiting = [(0, len(block))]
        while waiting:
            first, last = waiting.pop()
            count = self._kernel.scan(block.part(first, last), packed, self._hits)
            if count > self._hits.capacity:
                self._make_room(count, waiting, first, last)
            elif count:
                hits = self._hits
                yield first, hits.rows[:count], hits.probes[:count], hits.products[:count]

    def _make_room(self, count: int, waiting: list[tuple[int, int]], first: int, last: int) -> None:
        """Grow, or divide the rows; one row alone always gets its room."""
        if count <= MOST_ROOM or last - first == 1:
            self._hits = Hits.room(max(count, min(2 * self._hits.capacity, MOST_ROOM)))
            waiting.append((first, last))
        else:
            self._hits = Hits.room(max(self._hits.capacity, MOST_ROOM))
            # Twice as many parts as evenly spread hits would need; a part that still has too many is divided again.
            size = max(1, (last - first) * MOST_ROOM // (2 * count))
            waiting += [(start, min(start + size, last)) for start in range(first, last, size)][::-1]
