"""A snapshot is written beside the one before it, and takes its place in one step when every byte is on the disk."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import GalleryError
from biometrics.samples import now_utc
from matching.keeping import sealing
from matching.keeping.folders import keep_folder, next_names, storage_errors, sweep, writing_alone
from matching.keeping.manifest import (
    MANIFEST_NAME,
    ArrayEntry,
    Manifest,
    Part,
    encode_manifest,
    part_name,
    piece_lengths,
    storable,
)
from matching.keeping.points import Point, reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is written in one go.

    Parameters
    ----------
    piece_bytes
        Bytes sealed together; by default sealing them takes 0.7 ms, and memory holds them twice.
    part_bytes
        A file is closed when it has come to so many: by default some 50 files for 10 M persons, each on the disk
        before the next begins.
    """

    piece_bytes: int = 4 * 2**20
    part_bytes: int = 2**30


USUAL_SIZES = Sizes()


def write_snapshot(
    folder: Path,
    header: Mapping[str, Any],
    arrays: Iterable[tuple[str, NDArray[Any]]],
    key: bytes,
    *,
    sizes: Sizes = USUAL_SIZES,
) -> Manifest:
    """Write a snapshot durably and remove the one before it; whatever fails leaves that one in its place.

    Parameters
    ----------
    folder
        Of one gallery's snapshots; it is made.
    header
        What the snapshot is of; JSON values only. It is signed, and can be read without the key.
    arrays
        Arrays of numbers or of text of fixed length under names of their own, taken one at a time.
    key
        32 bytes.
    sizes
        How much is written in one go.

    Returns
    -------
    Manifest
        What was written.

    Raises
    ------
    StorageError
        When the disk is full or cannot be written.
    RecordBusyError
        When somebody else writes a snapshot of the same gallery.
    GalleryError
        When an array cannot be kept.
    """
    sealing.require_key(key)
    with storage_errors(folder), writing_alone(folder):
        sweep(folder)
        temporary, final = next_names(folder)
        temporary.mkdir(mode=0o700)
        try:
            reach(Point.FOLDER_MADE)
            parts = _Parts(temporary, key, sizes)
            parts.add_all(arrays)
            manifest = _write_manifest(parts, header)
            _put_in_place(temporary, final)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        sweep(folder, but=final)
        reach(Point.OLDER_REMOVED)
    return manifest


def _write_manifest(parts: _Parts, header: Mapping[str, Any]) -> Manifest:
    manifest = Manifest(
        snapshot_id=parts.snapshot_id,
        written_at=now_utc().isoformat(),
        header=header,
        piece_bytes=parts.sizes.piece_bytes,
        parts=tuple(parts.parts),
        arrays=tuple(parts.entries),
    )
    file = _new_file(parts.folder / MANIFEST_NAME)
    try:
        _write_all(file, encode_manifest(manifest, parts.key))
        os.fsync(file)
    finally:
        os.close(file)
    reach(Point.MANIFEST_WRITTEN)
    return manifest


def _put_in_place(temporary: Path, final: Path) -> None:
    keep_folder(temporary)
    reach(Point.FOLDER_KEPT)
    temporary.rename(final)
    reach(Point.NAMED)
    keep_folder(final.parent)
    reach(Point.NAME_KEPT)


class _Parts:
    """The part files of a snapshot that is being written."""

    def __init__(self, folder: Path, key: bytes, sizes: Sizes) -> None:
        self.folder, self.key, self.sizes = folder, key, sizes
        self.snapshot_id = secrets.token_hex(32)
        self.parts: list[Part] = []
        self.entries: list[ArrayEntry] = []
        self._names: set[str] = set()
        self._open: _OpenPart | None = None

    def add_all(self, arrays: Iterable[tuple[str, NDArray[Any]]]) -> None:
        """Write all arrays, one at a time, and bring them onto the disk."""
        try:
            for name, array in arrays:
                self.add(name, array)
            self._end_part()
        finally:
            if self._open is not None:
                self._open.close()

    def add(self, name: str, array: NDArray[Any]) -> None:
        """Write one array behind the others."""
        if not storable(name, array.dtype) or name in self._names:
            raise GalleryError(f"an array of {array.dtype} cannot be kept under this name", source=name)
        if self._open is None:
            number = len(self.parts)
            seal = sealing.PartSeal(self.key, self.snapshot_id, number)
            self._open = _OpenPart(self.folder / part_name(number), seal)
        begun = (self._open.bytes, self._open.pieces)
        self._open.write(name, array, self.sizes.piece_bytes)
        self._names.add(name)
        self.entries.append(
            ArrayEntry(
                name=name,
                dtype=array.dtype.str,
                shape=array.shape,
                part=len(self.parts),
                offset=begun[0],
                first_piece=begun[1],
            )
        )
        if self._open.bytes >= self.sizes.part_bytes:
            self._end_part()

    def _end_part(self) -> None:
        if self._open is not None:
            self.parts.append(self._open.keep())
            self._open.close()
            self._open = None


class _OpenPart:
    """One part file that is being written."""

    def __init__(self, path: Path, seal: sealing.PartSeal) -> None:
        self._path, self._seal = path, seal
        self._file = _new_file(path)
        self._digest = hashlib.sha256()
        self.bytes = self.pieces = 0

    def write(self, name: str, array: NDArray[Any], piece_bytes: int) -> None:
        """Seal and write an array piece by piece."""
        plain = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        lengths, start = piece_lengths(plain.nbytes, piece_bytes), 0
        for index, length in enumerate(lengths):
            place = sealing.Place(number=self.pieces, array=name, piece=index, last=index == len(lengths) - 1)
            sealed = self._seal.seal(plain[start : start + length], place)
            _write_all(self._file, sealed)
            self._digest.update(sealed)
            self.bytes += len(sealed)
            self.pieces += 1
            start += length
            reach(Point.PIECE_WRITTEN)

    def keep(self) -> Part:
        """Bring the file onto the disk and return what it is."""
        os.fsync(self._file)
        reach(Point.PART_KEPT)
        return Part(file=self._path.name, bytes=self.bytes, sha256=self._digest.hexdigest())

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def _new_file(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def _write_all(file: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]
