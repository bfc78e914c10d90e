"""A table as it was at one moment, whatever happens to it afterwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from biometrics.arrays import Ids, Vectors
from biometrics.errors import GalleryError
from matching.vectors.arrays import Counts, SomeIds
from matching.vectors.chunk import Chunk
from matching.vectors.kernels import ScanKernel
from matching.vectors.layout import Layout
from matching.vectors.owner_rows import OwnerRows

CHUNK_BITS = 32
"""A row's number is that of its chunk, shifted by so many bits, and its place in the chunk."""

PLACE = (1 << CHUNK_BITS) - 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """Rows `first` to before `last` of a chunk."""

    chunk: Chunk
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TableView:
    """The rows that a table had at one moment; any number of threads may use it while the table changes.

    It keeps the memory of its rows for as long as it lives.

    Parameters
    ----------
    layout, kernel
        Of the table.
    parts
        Where its rows lie.
    generation
        The caller's number of the last change that it shows.
    tick
        Number of the moment: rows retired at or before it are gone.
    by_mask
        int64 [classes]: how many rows there are, not counting those that are gone, by their masks.
    latest
        Where rows of owners are now; a hint that is checked.
    """

    layout: Layout
    kernel: ScanKernel
    parts: tuple[Part, ...]
    generation: int
    tick: int
    by_mask: Counts
    latest: OwnerRows

    def __len__(self) -> int:
        return int(self.by_mask.sum())

    def since(self, earlier: TableView) -> TableView:
        """Return what came after an earlier view of the same table; rows that were moved meanwhile come again.

        It costs as much as there are such rows.
        """
        seen = {part.chunk.number: part.last for part in earlier.parts}
        parts = [
            Part(chunk=part.chunk, first=max(part.first, seen.get(part.chunk.number, 0)), last=part.last)
            for part in self.parts
        ]
        return self.among(tuple(part for part in parts if part.first < part.last))

    def among(self, parts: tuple[Part, ...]) -> TableView:
        """Return the view of some of its rows."""
        by_mask = np.zeros(self.layout.classes, dtype=np.int64)
        for part in parts:
            active = part.chunk.active(part.first, part.last, self.tick)
            masks = part.chunk.masks[part.first : part.last][active]
            by_mask += np.bincount(masks, minlength=self.layout.classes)
        return TableView(
            layout=self.layout,
            kernel=self.kernel,
            parts=parts,
            generation=self.generation,
            tick=self.tick,
            by_mask=by_mask,
            latest=self.latest,
        )

    def rows(self, owners: Ids) -> Ids:
        """Return the row of each owner, int64 [count].

        Raises
        ------
        GalleryError
            When an owner has no row in this view.
        """
        rows = self.latest.rows(owners)
        chunks = {part.chunk.number: part for part in self.parts}
        right = np.zeros(len(owners), dtype=np.bool_)
        for number in np.unique(rows[rows >= 0] >> CHUNK_BITS).tolist():
            if (part := chunks.get(number)) is not None:
                here = np.flatnonzero((rows >= 0) & (rows >> CHUNK_BITS == number))
                places = rows[here] & PLACE
                inside = here[(part.first <= places) & (places < part.last)]
                places = rows[inside] & PLACE
                active = part.chunk.retired_at[places] > self.tick
                right[inside] = active & (part.chunk.owners[places] == owners[inside])
        if not right.all():
            # Retired or moved since this view was taken: rare, and then as much work as there are rows.
            rows[~right] = self._search(owners[~right])
        return rows

    def vectors(self, owners: Ids) -> Vectors:
        """Return rows in full precision, float32 [count, width].

        Raises
        ------
        GalleryError
            When an owner has no row in this view.
        StorageError
            When they cannot be read.
        """
        return self.read(self.rows(owners))

    def read(self, rows: Ids) -> Vectors:
        """Return rows in full precision by their numbers, float32 [count, width], in this order."""
        vectors = np.empty((len(rows), self.layout.width), dtype=np.float32)
        for chunk, here in self.by_chunk(rows):
            different, turned = np.unique(rows[here] & PLACE, return_inverse=True)
            vectors[here] = chunk.file.read(different)[turned]
        return vectors

    def by_chunk(self, rows: Ids) -> list[tuple[Chunk, SomeIds]]:
        """Return the chunks that rows of this view lie in, and which of the rows each holds."""
        chunks = {part.chunk.number: part.chunk for part in self.parts}
        numbers = rows >> CHUNK_BITS
        order = np.argsort(numbers, kind="stable")
        borders = np.flatnonzero(np.diff(numbers[order])) + 1
        return [(chunks[int(numbers[here[0]])], here) for here in np.split(order, borders)] if len(rows) else []

    def _search(self, owners: Ids) -> Ids:
        """Return the rows of owners by asking every row whose it is."""
        order = np.argsort(owners, kind="stable")
        wanted = owners[order]
        rows = np.full(len(owners), -1, dtype=np.int64)
        for part in self.parts:
            here = part.chunk.owners[part.first : part.last]
            at = np.minimum(np.searchsorted(wanted, here), len(wanted) - 1)
            hit = np.flatnonzero((wanted[at] == here) & part.chunk.active(part.first, part.last, self.tick))
            rows[at[hit]] = (part.chunk.number << CHUNK_BITS) + part.first + hit
        # Of equal ones the first was noted.
        rows = rows[np.searchsorted(wanted, wanted)]
        if (rows < 0).any():
            raise GalleryError(
                f"{int((rows < 0).sum())} owners have no row",
                source=f"owner {int(wanted[rows < 0][0])}",
                remedy="ask for owners that the view holds",
            )
        answer = np.empty_like(rows)
        answer[order] = rows
        return answer
