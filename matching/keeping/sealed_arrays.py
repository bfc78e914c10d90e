"""The arrays of an open snapshot, each of whose pieces proves itself as it is read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import SnapshotError
from biometrics.protocols import Progress
from matching.keeping import sealing
from matching.keeping.folders import storage_errors
from matching.keeping.manifest import REMEDY, ArrayEntry, Manifest, piece_lengths


class SealedArrays(Mapping[str, NDArray[Any]]):
    """The arrays of an open snapshot; `read` holds the names of those that were asked for and found authentic."""

    def __init__(self, path: Path, manifest: Manifest, files: list[int], key: bytes, progress: Progress) -> None:
        self._path, self._manifest, self._files = path, manifest, files
        self._progress = progress
        self._seals = [sealing.PartSeal(key, manifest.snapshot_id, part) for part in range(len(manifest.parts))]
        self._entries = {entry.name: entry for entry in manifest.arrays}
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return one array, read-only.

        Raises
        ------
        KeyError
            When there is none of this name.
        SnapshotError
            When a piece of it is damaged or was altered.
        """
        entry = self._entries[name]
        data = np.empty(entry.bytes, dtype=np.uint8)
        with storage_errors(self._path):
            if not all(self._open_pieces(entry, data.data)):
                raise self._refused(entry)
        self.read.add(name)
        self._progress(len(self.read), len(self), "snapshot")
        array = data.view(entry.dtype).reshape(entry.shape)
        array.flags.writeable = False
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def is_authentic(self, name: str) -> bool:
        """Return whether an array is what was written under the key."""
        entry = self._entries[name]
        with storage_errors(self._path):
            return all(self._open_pieces(entry, np.empty(entry.bytes, dtype=np.uint8).data))

    def _open_pieces(self, entry: ArrayEntry, target: memoryview) -> Iterator[bool]:
        """Open an array's pieces into a target, and yield for each whether it is authentic."""
        seal, file = self._seals[entry.part], self._files[entry.part]
        lengths, offset, start = piece_lengths(entry.bytes, self._manifest.piece_bytes), entry.offset, 0
        for index, length in enumerate(lengths):
            sealed = read_at(file, offset, length + sealing.TAG_BYTES)
            number, last = entry.first_piece + index, index == len(lengths) - 1
            place = sealing.Place(number=number, array=entry.name, piece=index, last=last)
            whole = len(sealed) == length + sealing.TAG_BYTES
            yield whole and seal.open_into(target[start : start + length], sealed, place)
            offset += length + sealing.TAG_BYTES
            start += length

    def _refused(self, entry: ArrayEntry) -> SnapshotError:
        part = self._manifest.parts[entry.part]
        damaged = sha256_of(self._files[entry.part]) != part.sha256
        message = f"{part.file} is damaged: its SHA-256 differs" if damaged else f"{part.file} was altered"
        return SnapshotError(message, source=str(self._path), remedy=REMEDY)


def read_at(file: int, offset: int, length: int) -> bytes:
    """Return bytes of a file, fewer only where it ends."""
    pieces = []
    while length and (piece := os.pread(file, min(length, 2**26), offset)):
        pieces.append(piece)
        offset, length = offset + len(piece), length - len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def sha256_of(file: int) -> str:
    """Return the SHA-256 of a whole file, in hexadecimal."""
    digest, offset = hashlib.sha256(), 0
    while piece := os.pread(file, 2**22, offset):
        digest.update(piece)
        offset += len(piece)
    return digest.hexdigest()
