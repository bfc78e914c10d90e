"""A snapshot is opened only when its manifest is authentic, and every piece proves itself as it is read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from biometrics.errors import SnapshotError
from biometrics.protocols import Progress, no_progress
from matching.keeping import sealing
from matching.keeping.folders import latest_snapshot, storage_errors
from matching.keeping.manifest import (
    MANIFEST_NAME,
    REMEDY,
    Manifest,
    decode_manifest,
    told_key_check,
)
from matching.keeping.sealed_arrays import SealedArrays, read_at, sha256_of

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
                if sha256_of(self._files[number]) != part.sha256:
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


def present_key(folder: Path) -> str | None:
    """Return the check digits of the key that a gallery's last snapshot says it is sealed with; None without one."""
    path = latest_snapshot(folder)
    if path is None:
        return None
    with storage_errors(path), ExitStack() as opened:
        try:
            return told_key_check(_read_manifest(path, opened))
        except SnapshotError:
            return None


def open_snapshot(folder: Path, find_key: sealing.FindKey, progress: Progress = no_progress) -> Snapshot | None:
    """Open a gallery's last snapshot; None when there is none.

    Parameters
    ----------
    folder
        Of the gallery's snapshots.
    find_key
        Returns the key it is sealed with.
    progress
        Told how many of its arrays were read.

    Raises
    ------
    SnapshotKeyError
        When it was sealed with a key that is not known.
    SnapshotError
        When it is damaged or altered, or a file is missing, too many, too short or too long.
    StorageError
        When the disk cannot be read.
    """
    for _ in range(_TRIES):
        path = latest_snapshot(folder)
        if path is None:
            return None
        try:
            return _open(path, find_key, progress)
        except SnapshotError as error:
            if latest_snapshot(folder) == path:
                raise error.at(str(path)) from error.__cause__
    raise SnapshotError("snapshots come and go too fast", source=str(folder), remedy="repeat")


def _open(path: Path, find_key: sealing.FindKey, progress: Progress) -> Snapshot:
    with storage_errors(path), ExitStack() as opened:
        manifest, key = decode_manifest(_read_manifest(path, opened), find_key)
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
        return read_at(file, 0, _LARGEST_MANIFEST)


def _open_file(path: Path, opened: ExitStack) -> int:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        raise SnapshotError(f"{path.name} is missing", remedy=REMEDY) from None
    opened.callback(os.close, file)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        raise SnapshotError(f"{path.name} is not a file", remedy=REMEDY)
    return file
