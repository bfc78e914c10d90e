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
from matching.vectors.owner_rows import NO_ROW
from matching.vectors.quantize import Quantized, quantize
from matching.vectors.row_store import Change, RowStore
from matching.vectors.view import CHUNK_BITS, PLACE, TableView

CHUNK_ROWS = 65_536
"""Rows of a chunk: 32 MiB of codes at 512 columns, and one open file."""

ROWS_AT_ONCE = 1_024
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
        self._layout = layout
        self._kernel = kernel or choose_kernel()
        self._lock = threading.RLock()
        self._store = RowStore(layout, folder=folder, chunk_rows=chunk_rows)
        self._generation, self._tick, self._held, self._made = 0, 0, 0, 0
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
        """Return the table as it is now; at no cost, and never waiting.

        Raises
        ------
        GalleryError
            When a change broke off in the middle: nothing could be found for sure.
        """
        self._store.require_whole()
        return self._view

    @contextmanager
    def one_change(self) -> Iterator[None]:
        """Let views show what is appended and retired meanwhile only at the end, together.

        When it fails after a part was done, nothing tells what views should show: the table then refuses everything.
        """
        with self._lock:
            before = self._made
            self._held += 1
            try:
                yield
            except BaseException:
                if self._made != before:
                    self._store.close()
                raise
            finally:
                self._held -= 1
            self._publish()

    def append(  # noqa: PLR0913 - what is known of a row
        self,
        *,
        owners: Ids,
        vectors: Vectors,
        masks: Masks,
        attributes: Attributes | None = None,
        generation: int,
        replace: bool = False,
    ) -> None:
        """Add the rows of persons; all of them or, when it fails, none.

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
        replace
            Whether persons who have a row get this one instead, at one moment.

        Raises
        ------
        GalleryError
            When an owner has a row that is not to be replaced, or comes twice, a row is not as its mask says, or memory
            is short.
        IncompatibleTemplatesError
            When the rows are of another width.
        StorageError
            When the disk is full.
        """
        stated = np.zeros(len(owners), dtype=np.uint64) if attributes is None else attributes
        if not len(owners) == len(vectors) == len(masks) == len(stated):
            raise GalleryError("owners, vectors, masks and attributes differ in number", source="append")
        with _memory():
            codes = self._quantized(vectors, masks)
            with self._lock:
                self._require_later(generation)
                rows = self._rows_before(owners, replace=replace)
                places = self._store.write(vectors)
                change = self._store.addition(places, codes, masks, stated, owners)
                self._make(self._with_retirement(change, rows[rows != NO_ROW], owners[rows != NO_ROW]), generation)

    def retire(self, owners: Ids, *, generation: int) -> None:
        """Take rows out of what later views show; all of them or, when it fails, none.

        Raises
        ------
        GalleryError
            When an owner has no row, or comes twice.
        """
        with self._lock, _memory():
            self._require_later(generation)
            rows = self._store.owners.rows(owners)
            if (rows == NO_ROW).any() or len(np.unique(owners)) != len(owners):
                wrong = owners[rows == NO_ROW]
                raise GalleryError(
                    "an owner to be retired has no row, or comes twice",
                    source=f"owner {int(wrong[0])}" if len(wrong) else "owners",
                    remedy="build the gallery anew from the registry if this happens again",
                )
            self._make(self._store.retirement(rows, owners), generation)

    def erase(self, owners: Ids) -> None:
        """Write over the rows that retired owners had, wherever they lie.

        Raises
        ------
        StorageError
            When the disk cannot be written; to be done again.
        """
        with self._lock:
            self._store.require_whole()
            self._store.erase(owners)

    def holds(self, owners: Ids) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return which owners have a row now, bool [count]."""
        self._store.require_whole()
        return np.asarray(self._store.owners.rows(owners) != NO_ROW)

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
        with self._lock, _memory():
            self._store.require_whole()
            chunks = self._store.half_retired()
        for chunk in chunks:
            for first in range(0, chunk.rows, MOVED_AT_ONCE):
                with self._lock, _memory():
                    self._store.require_whole()
                    self._move(chunk, first, min(first + MOVED_AT_ONCE, chunk.rows))
            with self._lock, _memory(), self._store.whole_or_broken():
                self._store.drop(chunk)
                self._publish()
        return len(chunks)

    def _move(self, chunk: Chunk, first: int, last: int) -> None:
        """Append the rows of a part that are active, and retire them where they are, at one moment."""
        places = first + np.flatnonzero(chunk.retired_at[first:last] == ACTIVE)
        if not len(places):
            return
        owners, masks, attributes = chunk.owners[places], chunk.masks[places], chunk.attributes[places]
        vectors = chunk.file.read(places)
        codes, written = quantize(vectors), self._store.write(vectors)
        change = self._store.addition(written, codes, masks, attributes, owners)
        rows = (np.int64(chunk.number) << CHUNK_BITS) + places
        self._make(self._with_retirement(change, rows, owners), self._generation)

    def _with_retirement(self, change: Change, rows: Ids, owners: Ids) -> Change:
        return change.after(self._store.retirement(rows, owners), self._store.by_mask)

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
        self._store.require_whole()
        if generation < self._generation:
            raise GalleryError(f"change {generation} comes after change {self._generation}", source="generation")

    def _rows_before(self, owners: Ids, *, replace: bool) -> Ids:
        """Return the row of each owner, refusing those that have one when it is not to be replaced."""
        rows = self._store.owners.rows(owners)
        taken = owners[:0] if replace else owners[rows != NO_ROW]
        if len(taken) or len(np.unique(owners)) != len(owners):
            raise GalleryError(
                "an owner has a row already, or comes twice",
                source=f"owner {int(taken[0])}" if len(taken) else "owners",
                remedy="retire the row first; build the gallery anew from the registry if this happens again",
            )
        return rows

    def _make(self, change: Change, generation: int) -> None:
        with self._store.whole_or_broken():
            self._store.make(change, self._tick + 1)
            self._generation = generation
            self._made += 1
            self._publish()

    def _publish(self) -> None:
        """Let views show what has changed."""
        if not self._held:
            self._tick += 1
            self._view = self._new_view()

    def _new_view(self) -> TableView:
        return TableView(
            layout=self._layout,
            kernel=self._kernel,
            parts=self._store.parts,
            generation=self._generation,
            tick=self._tick,
            by_mask=self._store.by_mask,
            latest=self._store.owners,
        )


@contextmanager
def _memory() -> Iterator[None]:
    """Say it as an error of the gallery when memory is short."""
    try:
        yield
    except MemoryError as error:
        raise no_memory() from error
