"""The rows behind a table: where they lie, whose they are, and changes that happen whole or close the table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biometrics.arrays import Ids, Vectors
from biometrics.errors import GalleryError
from matching.vectors.arrays import Attributes, Counts, Masks, SomeIds
from matching.vectors.chunk import ACTIVE, Chunk, RowNumbers
from matching.vectors.layout import Layout
from matching.vectors.owner_rows import NO_ROW, OwnerRows
from matching.vectors.quantize import Quantized
from matching.vectors.view import CHUNK_BITS, PLACE, Part


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Addition:
    """Rows that are ready to be added to the end of one chunk."""

    chunk: Chunk
    numbers: RowNumbers
    rows: Ids


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Change:
    """What is added and what is retired, with all that has to be computed for it.

    Parameters
    ----------
    additions
        In order.
    retired
        Chunks, and places in them that are active.
    owners
        int64 [count]: whose rows those are that are retired.
    by_mask, parts
        Of the table after the change.
    """

    additions: tuple[Addition, ...]
    retired: tuple[tuple[Chunk, SomeIds], ...]
    owners: Ids
    by_mask: Counts
    parts: tuple[Part, ...]

    def after(self, retirement: Change, before: Counts) -> Change:
        """Return this addition and a retirement as one change of a table that holds `before` by masks."""
        return Change(
            additions=self.additions,
            retired=retirement.retired,
            owners=retirement.owners,
            by_mask=self.by_mask + retirement.by_mask - before,
            parts=self.parts,
        )


FEWEST_ROWS, GROWTH = 1_024, 7
"""Rows of the first chunk, and how many times all before the next is, up to the largest; each costs a search 20 us."""


class RowStore:
    """Rows of a table in chunks; its table sees to it that one thread changes it at a time.

    Parameters
    ----------
    layout, folder, chunk_rows
        As for `VectorTable`.
    """

    def __init__(self, layout: Layout, *, folder: Path | None, chunk_rows: int) -> None:
        self._layout, self._folder, self._chunk_rows = layout, folder, chunk_rows
        self._chunks: dict[int, Chunk] = {}
        self._next_chunk = 0
        self._broken = False
        self.owners = OwnerRows()
        self.parts: tuple[Part, ...] = ()
        self.by_mask: Counts = np.zeros(layout.classes, dtype=np.int64)

    def require_whole(self) -> None:
        """Refuse to go on after a change that was broken off in the middle.

        Raises
        ------
        GalleryError
            When one was.
        """
        if self._broken:
            raise GalleryError(
                "a change of the vectors broke off in the middle, so nothing can be found for sure",
                source="vectors",
                remedy="build the gallery anew from the registry",
            )

    def write(self, vectors: Vectors) -> list[tuple[Chunk, slice]]:
        """Write rows in full precision where they will be, and return which go into which chunk; nobody sees them.

        Raises
        ------
        StorageError
            When the disk is full.
        """
        places: list[tuple[Chunk, slice]] = []
        chunk, first = self._last(), 0
        while first < len(vectors):
            if chunk is None or not chunk.room:
                number = self._next_chunk + len(places)
                chunk = Chunk(number, self._layout.width, self._next_rows(places), folder=self._folder)
            some = slice(first, min(first + chunk.room, len(vectors)))
            chunk.write(vectors[some])
            places.append((chunk, some))
            chunk, first = None, some.stop
        return places

    def _next_rows(self, places: list[tuple[Chunk, slice]]) -> int:
        """Return the size of the next chunk: small tables stay small, as what is reserved is cleared first."""
        new = {chunk.number: chunk for chunk, _ in places}
        held = sum(chunk.capacity for chunk in (self._chunks | new).values())
        return min(self._chunk_rows, max(FEWEST_ROWS, GROWTH * held))

    def addition(
        self, places: list[tuple[Chunk, slice]], codes: Quantized, masks: Masks, attributes: Attributes, owners: Ids
    ) -> Change:
        """Return the change that adds rows that were written."""
        self.owners.prepare(owners)
        additions = tuple(
            Addition(
                chunk=chunk,
                numbers=RowNumbers.of(codes, masks, attributes, owners, some),
                rows=(np.int64(chunk.number) << CHUNK_BITS)
                + np.arange(chunk.rows, chunk.rows + some.stop - some.start, dtype=np.int64),
            )
            for chunk, some in places
        )
        parts = self.parts
        for one in additions:
            same = bool(parts) and parts[-1].chunk is one.chunk
            last = one.chunk.rows + len(one.rows)
            parts = (*(parts[:-1] if same else parts), Part(chunk=one.chunk, first=0, last=last))
        return Change(
            additions=additions,
            retired=(),
            owners=owners[:0],
            by_mask=self.by_mask + np.bincount(masks, minlength=self._layout.classes),
            parts=parts,
        )

    def retirement(self, rows: Ids, owners: Ids) -> Change:
        """Return the change that retires active rows of these owners."""
        numbers = rows >> CHUNK_BITS
        retired = tuple(
            (self._chunks[number], rows[numbers == number] & PLACE) for number in np.unique(numbers).tolist()
        )
        by_mask = self.by_mask.copy()
        for chunk, places in retired:
            by_mask -= np.bincount(chunk.masks[places], minlength=self._layout.classes)
        return Change(additions=(), retired=retired, owners=owners, by_mask=by_mask, parts=self.parts)

    def make(self, change: Change, tick: int) -> None:
        """Make a change, of which views show nothing before the moment `tick`; within `whole_or_broken`."""
        for chunk, places in change.retired:
            chunk.retired_at[places] = tick
            chunk.retired += len(places)
        self.owners.put(change.owners, np.full(len(change.owners), NO_ROW, dtype=np.int64))
        for one in change.additions:
            one.chunk.append(one.numbers)
            self._chunks[one.chunk.number] = one.chunk
            self._next_chunk = max(self._next_chunk, one.chunk.number + 1)
            self.owners.put(one.numbers.owners, one.rows)
        self.parts, self.by_mask = change.parts, change.by_mask

    def erase(self, owners: Ids) -> None:
        """Write over all rows of these owners that are retired."""
        for chunk in self._chunks.values():
            gone = chunk.retired_at[: chunk.rows] != ACTIVE
            chunk.erase(np.flatnonzero(gone & np.isin(chunk.owners[: chunk.rows], owners)))

    def half_retired(self) -> list[Chunk]:
        """Return chunks to which nothing is added any more, more than half of whose rows are retired."""
        open_one = self._last()
        return [
            chunk
            for chunk in self._chunks.values()
            if 2 * chunk.retired > chunk.rows and not (chunk is open_one and chunk.room)
        ]

    def drop(self, chunk: Chunk) -> None:
        """Forget a chunk whose rows are all retired; views that show it keep it."""
        if (chunk.retired_at[: chunk.rows] == ACTIVE).any():
            raise GalleryError("a chunk that is in use was to be dropped", source="vectors")
        self.parts = tuple(part for part in self.parts if part.chunk is not chunk)
        self._chunks.pop(chunk.number, None)

    def _last(self) -> Chunk | None:
        return next(reversed(self._chunks.values()), None)

    def close(self) -> None:
        """Refuse to go on from here."""
        self._broken = True

    @contextmanager
    def whole_or_broken(self) -> Iterator[None]:
        """Close the store when what is inside does not come to its end, whatever the reason."""
        try:
            yield
        except BaseException:
            self.close()
            raise
