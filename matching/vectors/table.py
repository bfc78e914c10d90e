"""The vectors of all persons, a row each: appended, retired, moved together, and seen through views."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from biometrics.arrays import Ids, Vectors
from biometrics.errors import GalleryError
from matching.vectors.arrays import Attributes, Masks
from matching.vectors.chunk import ACTIVE, Chunk, no_memory
from matching.vectors.kernels import ScanKernel, choose_kernel
from matching.vectors.layout import Layout
from matching.vectors.owner_rows import NO_ROW, OwnerRows
from matching.vectors.quantize import Quantized, quantize
from matching.vectors.view import CHUNK_BITS, PLACE, Part, TableView

CHUNK_ROWS = 65_536
"""Rows of a chunk: 32 MiB of codes at 512 columns, and one open file."""

ROWS_AT_ONCE = 4_096
"""Rows that are checked and made bytes together: what memory that takes, however many are appended."""

MOVED_AT_ONCE = 1_024
"""Rows that are moved while others wait to append: a few milliseconds."""


class VectorTable:
    """One row a person, in chunks that never move; whoever searches asks for a `view` and is never in anybody's way.

    Changes are made one at a time, from any thread. None does work, or takes memory, that grows with the table.

    Parameters
    ----------
    layout
        What a row is made of.
    folder
        Where rows in full precision lie, in nameless files that are gone with the table; the system's folder for
        temporary files by default.
    kernel
        Who scans; the fastest on this machine by default.
    chunk_rows
        Rows of a chunk.
    """

    def __init__(
        self,
        layout: Layout,
        *,
        folder: Path | None = None,
        kernel: ScanKernel | None = None,
        chunk_rows: int = CHUNK_ROWS,
    ) -> None:
        if not 0 < chunk_rows <= PLACE:
            raise GalleryError(f"a chunk cannot have {chunk_rows} rows")
        self._layout, self._folder, self._chunk_rows = layout, folder, chunk_rows
        self._kernel = kernel or choose_kernel()
        self._lock = threading.RLock()
        self._chunks: dict[int, Chunk] = {}
        self._parts: tuple[Part, ...] = ()
        self._next_chunk = 0
        self._owners = OwnerRows()
        self._by_mask = np.zeros(layout.classes, dtype=np.int64)
        self._generation, self._tick, self._held = 0, 0, 0
        self._view = self._new_view()

    @property
    def layout(self) -> Layout:
        """What a row is made of."""
        return self._layout

    @property
    def kernel(self) -> ScanKernel:
        """Who scans."""
        return self._kernel

    def view(self) -> TableView:
        """Return the table as it is now; at no cost, and never waiting."""
        return self._view

    @contextmanager
    def one_change(self) -> Iterator[None]:
        """Let views show what is appended and retired meanwhile only at the end, together."""
        with self._lock:
            self._held += 1
            try:
                yield
            finally:
                self._held -= 1
                self._publish()

    def append(
        self, *, owners: Ids, vectors: Vectors, masks: Masks, attributes: Attributes | None = None, generation: int
    ) -> None:
        """Add the rows of persons who have none; all of them or, when it fails, none.

        Parameters
        ----------
        owners
            int64 [count], numbers of the persons from 0 on.
        vectors, masks
            float32 [count, width] and uint16 [count], as `Layout.assemble` makes them.
        attributes
            uint64 [count], for filters; 0 by default.
        generation
            The caller's number of this change, not below that of the one before.

        Raises
        ------
        GalleryError
            When an owner has a row or comes twice, a row is not as its mask says, or memory is short.
        IncompatibleTemplatesError
            When the rows are of another width.
        StorageError
            When the disk is full.
        """
        stated = np.zeros(len(owners), dtype=np.uint64) if attributes is None else attributes
        if not len(owners) == len(vectors) == len(masks) == len(stated):
            raise GalleryError("owners, vectors, masks and attributes differ in number", source="append")
        try:
            codes = self._quantized(vectors, masks)
            with self._lock:
                self._require_later(generation)
                self._require_new(owners)
                places = self._write(vectors)
                self._owners.prepare(owners)
                self._append(places, codes, masks, stated, owners)
                self._generation = generation
                self._publish()
        except MemoryError as error:
            raise no_memory() from error

    def retire(self, owners: Ids, *, generation: int) -> None:
        """Take rows out of what later views show; all of them or, when it fails, none.

        Raises
        ------
        GalleryError
            When an owner has no row, or comes twice.
        """
        with self._lock:
            self._require_later(generation)
            rows = self._owners.rows(owners)
            if (rows == NO_ROW).any() or len(np.unique(owners)) != len(owners):
                wrong = owners[rows == NO_ROW]
                raise GalleryError(
                    "an owner to be retired has no row, or comes twice",
                    source=f"owner {int(wrong[0])}" if len(wrong) else "owners",
                    remedy="build the gallery anew from the registry if this happens again",
                )
            self._retire(rows)
            self._owners.put(owners, np.full(len(owners), NO_ROW, dtype=np.int64))
            self._generation = generation
            self._publish()

    def holds(self, owners: Ids) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return which owners have a row now, bool [count]."""
        return np.asarray(self._owners.rows(owners) != NO_ROW)

    def vectors(self, owners: Ids) -> Vectors:
        """Return rows in full precision, float32 [count, width].

        Raises
        ------
        GalleryError
            When an owner has no row.
        StorageError
            When they cannot be read.
        """
        return self.view().vectors(owners)

    def compact(self) -> int:
        """Move what is left of chunks that are more than half retired to the end, and drop them; return how many.

        Others append and retire meanwhile; views that are in use keep the chunks that they show.

        Raises
        ------
        GalleryError
            When memory is short; what was moved until then stays moved, and every view is right.
        StorageError
            When the disk is full; likewise.
        """
        dropped = 0
        for chunk in list(self._chunks.values()):
            with self._lock:
                wanted = 2 * chunk.retired > chunk.rows and not (chunk is self._last() and chunk.room)
            if wanted:
                for first in range(0, chunk.rows, MOVED_AT_ONCE):
                    self._move(chunk, first, min(first + MOVED_AT_ONCE, chunk.rows))
                dropped += self._drop(chunk)
        return dropped

    def _drop(self, chunk: Chunk) -> bool:
        with self._lock:
            dropped = self._chunks.pop(chunk.number, None) is not None
            self._parts = tuple(part for part in self._parts if part.chunk is not chunk)
            self._publish()
        return dropped

    def _move(self, chunk: Chunk, first: int, last: int) -> None:
        """Append the rows of a part that are active, and retire them where they are, at one moment."""
        with self._lock:
            rows = first + np.flatnonzero(chunk.retired_at[first:last] == ACTIVE)
            if not len(rows):
                return
            owners, masks, attributes = chunk.owners[rows], chunk.masks[rows], chunk.attributes[rows]
            try:
                vectors = chunk.file.read(rows)
                places = self._write(vectors)
                codes = quantize(vectors)
            except MemoryError as error:
                raise no_memory() from error
            self._retire((np.int64(chunk.number) << CHUNK_BITS) + rows)
            self._append(places, codes, masks, attributes, owners)
            self._publish()

    def _quantized(self, vectors: Vectors, masks: Masks) -> Quantized:
        """Check rows and return them as bytes."""
        if vectors.shape[1] != self._layout.width:
            self._layout.require(vectors[:0], masks[:0], source="vectors")
        codes = np.empty(vectors.shape, dtype=np.uint8)
        steps, residuals, norms = (np.empty(len(vectors), dtype=np.float32) for _ in range(3))
        for first in range(0, len(vectors), ROWS_AT_ONCE):
            some = slice(first, first + ROWS_AT_ONCE)
            self._layout.require(vectors[some], masks[some], source="vectors")
            part = quantize(vectors[some])
            codes[some], steps[some], residuals[some], norms[some] = part.codes, part.steps, part.residuals, part.norms
        return Quantized(codes=codes, steps=steps, residuals=residuals, norms=norms)

    def _require_later(self, generation: int) -> None:
        if generation < self._generation:
            raise GalleryError(f"change {generation} comes after change {self._generation}", source="generation")

    def _require_new(self, owners: Ids) -> None:
        taken = owners[self._owners.rows(owners) != NO_ROW]
        if len(taken) or len(np.unique(owners)) != len(owners):
            raise GalleryError(
                "an owner has a row already, or comes twice",
                source=f"owner {int(taken[0])}" if len(taken) else "owners",
                remedy="retire the row first; build the gallery anew from the registry if this happens again",
            )

    def _last(self) -> Chunk | None:
        return next(reversed(self._chunks.values()), None)

    def _write(self, vectors: Vectors) -> list[tuple[Chunk, slice]]:
        """Write rows in full precision where they will be, and return which go into which chunk; nobody sees them."""
        places: list[tuple[Chunk, slice]] = []
        chunk, first = self._last(), 0
        while first < len(vectors):
            if chunk is None or not chunk.room:
                chunk = Chunk(self._next_chunk + len(places), self._layout.width, self._chunk_rows, folder=self._folder)
            some = slice(first, min(first + chunk.room, len(vectors)))
            chunk.write(vectors[some])
            places.append((chunk, some))
            chunk, first = None, some.stop
        return places

    def _append(
        self, places: list[tuple[Chunk, slice]], codes: Quantized, masks: Masks, attributes: Attributes, owners: Ids
    ) -> None:
        """Add rows that were written; nothing here can fail."""
        for chunk, some in places:
            if chunk.number not in self._chunks:
                self._chunks[chunk.number] = chunk
                self._next_chunk = chunk.number + 1
            before = chunk.rows
            part = Quantized(
                codes=codes.codes[some],
                steps=codes.steps[some],
                residuals=codes.residuals[some],
                norms=codes.norms[some],
            )
            chunk.append(part, masks[some], attributes[some], owners[some])
            rows = (np.int64(chunk.number) << CHUNK_BITS) + np.arange(before, chunk.rows, dtype=np.int64)
            self._owners.put(owners[some], rows)
            same = bool(self._parts) and self._parts[-1].chunk is chunk
            self._parts = (*(self._parts[:-1] if same else self._parts), Part(chunk=chunk, first=0, last=chunk.rows))
        self._by_mask = self._by_mask + np.bincount(masks, minlength=self._layout.classes)

    def _retire(self, rows: Ids) -> None:
        """Mark rows as gone from the next moment on."""
        tick = self._tick + 1
        by_mask = self._by_mask.copy()
        for number in np.unique(rows >> CHUNK_BITS).tolist():
            chunk, places = self._chunks[number], rows[rows >> CHUNK_BITS == number] & PLACE
            chunk.retired_at[places] = tick
            chunk.retired += len(places)
            by_mask -= np.bincount(chunk.masks[places], minlength=self._layout.classes)
        self._by_mask = by_mask

    def _publish(self) -> None:
        """Let views show what has changed."""
        if not self._held:
            self._tick += 1
            self._view = self._new_view()

    def _new_view(self) -> TableView:
        return TableView(
            layout=self._layout,
            kernel=self._kernel,
            parts=self._parts,
            generation=self._generation,
            tick=self._tick,
            by_mask=self._by_mask,
            latest=self._owners,
        )
