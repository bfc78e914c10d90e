"""A snapshot is opened only when its manifest is authentic, and every piece proves itself as it is read."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import SnapshotError
from biometrics.protocols import Progress, no_progress
from matching.keeping import sealing
from matching.keeping.folders import latest_snapshot, storage_errors
from matching.keeping.manifest import (
    MANIFEST_NAME,
    REMEDY,
    ArrayEntry,
    Manifest,
    decode_manifest,
    piece_lengths,
)

_LARGEST_MANIFEST = 256 * 2**20
_TRIES = 5
"""A writer may remove the snapshot between our looking and our opening; then there is a newer one."""


class Snapshot:
    """A snapshot that stays readable while newer ones take its place; made by `open_snapshot`, used in a `with` block.

    Parameters
    ----------
    path
        The snapshot's folder.
    manifest
        Its authentic manifest.
    files
        Descriptors of its part files, which are closed with it.
    key
        The key it is sealed with.
    progress
        Told how many of its arrays were read.

    Attributes
    ----------
    arrays
        Its arrays by name in the order they were written, each read and authenticated when it is asked for.
    """

    def __init__(self, path: Path, manifest: Manifest, files: list[int], key: bytes, progress: Progress) -> None:
        self.path, self.manifest = path, manifest
        self.arrays = SealedArrays(path, manifest, files, key, progress)
        self._files = files

    @property
    def header(self) -> Mapping[str, Any]:
        """What the snapshot is of."""
        return self.manifest.header

    def require_all_read(self) -> None:
        """Refuse when an array was never asked for: who restored from the others did without a part of the gallery.

        Raises
        ------
        SnapshotError
            Naming the first of them.
        """
        left = [name for name in self.arrays if name not in self.arrays.read]
        if left:
            raise SnapshotError(f"the snapshot holds {len(left)} more arrays", source=left[0], remedy=REMEDY)

    def faults(self, progress: Progress = no_progress) -> Iterator[str]:
        """Yield what is wrong with any file or array; nothing for a snapshot that is as it was written."""
        done, total = 0, len(self.manifest.parts) + len(self.arrays)
        with storage_errors(self.path):
            for number, part in enumerate(self.manifest.parts):
                if _sha256(self._files[number]) != part.sha256:
                    yield f"{part.file} is not what was written: its SHA-256 differs"
                progress(done := done + 1, total, "snapshot")
        for name in self.arrays:
            if not self.arrays.is_authentic(name):
                yield f"array {name} is not what was written"
            progress(done := done + 1, total, "snapshot")

    def close(self) -> None:
        """Close its files."""
        while self._files:
            os.close(self._files.pop())

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


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
            sealed = _read_at(file, offset, length + sealing.TAG_BYTES)
            number, last = entry.first_piece + index, index == len(lengths) - 1
            place = sealing.Place(number=number, array=entry.name, piece=index, last=last)
            whole = len(sealed) == length + sealing.TAG_BYTES
            yield whole and seal.open_into(target[start : start + length], sealed, place)
            offset += length + sealing.TAG_BYTES
            start += length

    def _refused(self, entry: ArrayEntry) -> SnapshotError:
        part = self._manifest.parts[entry.part]
        damaged = _sha256(self._files[entry.part]) != part.sha256
        message = f"{part.file} is damaged: its SHA-256 differs" if damaged else f"{part.file} was altered"
        return SnapshotError(message, source=str(self._path), remedy=REMEDY)


def open_snapshot(folder: Path, key: bytes, progress: Progress = no_progress) -> Snapshot | None:
    """Open a gallery's last snapshot; None when there is none.

    Parameters
    ----------
    folder
        Of the gallery's snapshots.
    key
        32 bytes.
    progress
        Told how many of its arrays were read.

    Raises
    ------
    SnapshotKeyError
        When it was sealed with another key.
    SnapshotError
        When it is damaged or altered, or a file is missing, too many, too short or too long.
    StorageError
        When the disk cannot be read.
    """
    sealing.require_key(key)
    for _ in range(_TRIES):
        path = latest_snapshot(folder)
        if path is None:
            return None
        try:
            return _open(path, key, progress)
        except SnapshotError as error:
            if latest_snapshot(folder) == path:
                raise error.at(str(path)) from error.__cause__
    raise SnapshotError("snapshots come and go too fast", source=str(folder), remedy="repeat")


def _open(path: Path, key: bytes, progress: Progress) -> Snapshot:
    with storage_errors(path), ExitStack() as opened:
        manifest = decode_manifest(_read_manifest(path, opened), key)
        expected = {MANIFEST_NAME, *(part.file for part in manifest.parts)}
        try:
            extra = sorted({entry.name for entry in path.iterdir()} - expected)
        except FileNotFoundError:
            extra = []  # just removed; its files will not be there either
        if extra:
            raise SnapshotError(f"there is a file that is not the snapshot's: {extra[0]}", remedy=REMEDY)
        files: list[int] = []
        for part in manifest.parts:
            file = _open_file(path / part.file, opened)
            if os.fstat(file).st_size != part.bytes:
                raise SnapshotError(f"{part.file} is not whole: its length differs", remedy=REMEDY)
            files.append(file)
        opened.pop_all()
        return Snapshot(path, manifest, files, key, progress)


def _read_manifest(path: Path, opened: ExitStack) -> bytes:
    with ExitStack() as alone:
        file = _open_file(path / MANIFEST_NAME, alone)
        if os.fstat(file).st_size > _LARGEST_MANIFEST:
            raise SnapshotError("the manifest is damaged: it is too large", remedy=REMEDY)
        return _read_at(file, 0, _LARGEST_MANIFEST)


def _open_file(path: Path, opened: ExitStack) -> int:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        raise SnapshotError(f"{path.name} is missing", remedy=REMEDY) from None
    opened.callback(os.close, file)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        raise SnapshotError(f"{path.name} is not a file", remedy=REMEDY)
    return file


def _read_at(file: int, offset: int, length: int) -> bytes:
    """Return bytes of a file, fewer only where it ends."""
    pieces = []
    while length and (piece := os.pread(file, min(length, 2**26), offset)):
        pieces.append(piece)
        offset, length = offset + len(piece), length - len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _sha256(file: int) -> str:
    digest, offset = hashlib.sha256(), 0
    while piece := os.pread(file, 2**22, offset):
        digest.update(piece)
        offset += len(piece)
    return digest.hexdigest()
