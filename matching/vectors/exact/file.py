"""Rows of 32-bit numbers in a nameless file: room on disk, not in memory.

What lies there is encrypted by AES-256 in counter mode under a key that only this object has and that is gone with it,
as a disk keeps the blocks of a file that is gone. A counter is the number of a block of 16 bytes in the file, and above
it how often that place was written before: no counter comes twice. Nobody else can write to a file without a name, so
nothing is authenticated: whoever could, could read this process's memory.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from bisect import bisect_left, bisect_right
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

from biometrics.arrays import Ids, Vectors
from biometrics.errors import StorageError
from matching.vectors.arrays import SomeIds

KEY_BYTES, BLOCK_BYTES, TIMES_SHIFT = 32, 16, 64

RESERVED_AT_ONCE = 8 << 20
"""Bytes of room taken in one go: few calls, and none so long that anybody waits for it."""


class ExactFile:
    """A fixed number of rows of one width, written one after the other and read in any order; gone with the object.

    Any number of threads may read what was written before.

    Parameters
    ----------
    width
        Numbers in a row, a multiple of 4.
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
        self._cipher = Cipher(algorithms.AES(os.urandom(KEY_BYTES)), modes.CTR(bytes(BLOCK_BYTES)))
        self._place = str(folder or tempfile.gettempdir())
        self._reserved, self._end = 0, 0
        self._writings = [0]  # first row of each time that rows were written anew, ascending
        self._counted = [0]  # how often it had happened before
        self._times = 0
        self._erased: SomeIds = np.empty(0, dtype=np.int64)
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
        """Write rows from number `first` on; what was written from there on before is no longer there.

        Raises
        ------
        StorageError
            When they cannot be written.
        """
        if first < self._end:
            self._count_again(first)
        self._end = first + len(vectors)
        sealed, offset = np.empty(vectors.nbytes, dtype=np.uint8).data, first * self._row_bytes
        self._apply(self._cipher.encryptor(), first, _bytes_of(np.ascontiguousarray(vectors)), sealed)
        self._write(sealed, offset)

    def _count_again(self, first: int) -> None:
        """Let rows from `first` on have other counters than they had."""
        self._times += 1
        kept = bisect_left(self._writings, first)
        self._writings[kept:], self._counted[kept:] = [first], [self._times]

    def erase(self, rows: Ids) -> None:
        """Write over rows, so that nothing of them is left; they read as zeros.

        Raises
        ------
        StorageError
            When they cannot be written.
        """
        self._erased = np.union1d(self._erased, rows)  # first: nobody may read the noise
        for row in rows.tolist():
            # Noise, and never zeros sealed under the counters of the row: the two would tell what had been there.
            self._write(memoryview(os.urandom(self._row_bytes)), row * self._row_bytes)

    def _write(self, left: memoryview, offset: int) -> None:
        try:
            while left:
                written = os.pwrite(self._descriptor, left, offset)
                left, offset = left[written:], offset + written
        except OSError as error:
            raise self._failure(error) from error

    def _apply(self, context: CipherContext, first: int, data: memoryview, target: memoryview) -> None:
        """Encrypt or decrypt rows from number `first` on, all written at one time."""
        if len(data):
            times = self._counted[bisect_right(self._writings, first) - 1]
            counter = (times << TIMES_SHIFT) + first * self._row_bytes // BLOCK_BYTES
            context.reset_nonce(counter.to_bytes(BLOCK_BYTES, "big"))
            context.update_into(data, target)

    def read(self, rows: Ids) -> Vectors:
        """Return rows, ascending and each once, float32 [count, width].

        Raises
        ------
        StorageError
            When they cannot be read.
        """
        vectors = np.empty((len(rows), self._width), dtype=np.float32)
        borders = self._borders(rows)
        firsts = rows[borders[:-1]].tolist()
        ends = (borders * self._row_bytes).tolist()
        place, read, descriptor = _bytes_of(vectors), os.preadv, self._descriptor
        context = self._cipher.decryptor()
        try:
            # Mostly a call a row: nothing else is done in this loop.
            for first, start, stop in zip(firsts, ends, ends[1:], strict=False):
                run = place[start:stop]
                got = read(descriptor, [run], first * self._row_bytes)
                if got != stop - start:
                    self._read_rest(run, first * self._row_bytes, got)
                self._apply(context, first, run, run)
        except OSError as error:
            raise self._failure(error) from error
        if len(erased := self._erased):
            vectors[np.isin(rows, erased)] = 0.0
        return vectors

    def _borders(self, rows: Ids) -> SomeIds:
        """Return where runs of rows that were written together begin, and the end."""
        new = np.diff(rows, prepend=np.int64(-2), append=np.int64(-2)) != 1
        if len(self._writings) > 1:
            new[:-1] |= np.isin(rows, self._writings)
        return np.flatnonzero(new)

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
