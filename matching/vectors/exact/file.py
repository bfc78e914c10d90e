"""Rows of 32-bit numbers in a nameless file: room on disk, not in memory."""

from __future__ import annotations

import os
import tempfile
import weakref
from pathlib import Path

import numpy as np

from biometrics.arrays import Ids, Vectors
from biometrics.errors import StorageError

RESERVED_AT_ONCE = 8 << 20
"""Bytes of room taken in one go: few calls, and none so long that anybody waits for it."""


class ExactFile:
    """A fixed number of rows of one width, written once and read in any order; gone with the object.

    Any number of threads may read what was written before.

    Parameters
    ----------
    width
        Numbers in a row.
    folder
        Where the file lies; the system's folder for temporary files by default.

    Raises
    ------
    StorageError
        When the folder takes no file.
    """

    def __init__(self, width: int, *, folder: Path | None) -> None:
        self._row_bytes = 4 * width
        self._width = width
        self._place = str(folder or tempfile.gettempdir())
        self._reserved = 0
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                self._descriptor = os.dup(file.fileno())
        except OSError as error:
            raise self._failure(error) from error
        weakref.finalize(self, os.close, self._descriptor)

    def reserve(self, rows: int) -> None:
        """Take room for so many rows in all, so that no later write finds the disk full.

        Raises
        ------
        StorageError
            When the disk is full.
        """
        needed = rows * self._row_bytes
        if needed <= self._reserved:
            return
        room = -(-needed // RESERVED_AT_ONCE) * RESERVED_AT_ONCE
        try:
            os.posix_fallocate(self._descriptor, self._reserved, room - self._reserved)
        except OSError as error:
            raise self._failure(error) from error
        self._reserved = room

    def write(self, first: int, vectors: Vectors) -> None:
        """Write rows from number `first` on.

        Raises
        ------
        StorageError
            When they cannot be written.
        """
        left = _bytes_of(np.ascontiguousarray(vectors))
        offset = first * self._row_bytes
        try:
            while left:
                written = os.pwrite(self._descriptor, left, offset)
                left, offset = left[written:], offset + written
        except OSError as error:
            raise self._failure(error) from error

    def read(self, rows: Ids) -> Vectors:
        """Return rows, ascending and each once, float32 [count, width].

        Raises
        ------
        StorageError
            When they cannot be read.
        """
        vectors = np.empty((len(rows), self._width), dtype=np.float32)
        borders = np.flatnonzero(np.diff(rows, prepend=np.int64(-2), append=np.int64(-2)) != 1)
        offsets = (rows[borders[:-1]] * self._row_bytes).tolist()
        ends = (borders * self._row_bytes).tolist()
        place, read, descriptor = _bytes_of(vectors), os.preadv, self._descriptor
        try:
            # Mostly a call a row: nothing else is done in this loop.
            for offset, start, stop in zip(offsets, ends, ends[1:], strict=False):
                got = read(descriptor, [place[start:stop]], offset)
                if got != stop - start:
                    self._read_rest(place[start:stop], offset, got)
        except OSError as error:
            raise self._failure(error) from error
        return vectors

    def _read_rest(self, run: memoryview, offset: int, got: int) -> None:
        while got < len(run):
            if got == 0:
                raise StorageError(
                    "a file of vectors ends too early", source=self._place, remedy="check the disk and start again"
                )
            run, offset = run[got:], offset + got
            got = os.preadv(self._descriptor, [run], offset)

    def _failure(self, error: OSError) -> StorageError:
        return StorageError(
            f"vectors cannot be kept on disk: {error.strerror}",
            source=self._place,
            remedy="check free space and permissions",
        )


def _bytes_of(vectors: Vectors) -> memoryview:
    return vectors.data.cast("B") if vectors.size else memoryview(b"")
