"""Samples as files, named by the SHA-256 of their bytes: `samples/ab/cd/<digest>`.

A file appears under its name only when all of it is on the disk, so a crash leaves at most a file that no record
names. Such files are harmless; the sweep removes them once they are old.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from biometrics.errors import StorageError
from registry.failures import file_error
from registry.identifiers import new_identifier
from registry.points import Point, reach

_DIGEST = re.compile(r"[0-9a-f]{64}")
_INCOMING = "incoming"
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700


def is_digest(text: str) -> bool:
    """Tell whether a text is a SHA-256 in lower-case hexadecimal digits."""
    return _DIGEST.fullmatch(text) is not None


class SampleStore:
    """The folder of sample files; several processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Return where the sample with this digest lies, or would lie."""
        if not is_digest(sha256):
            raise StorageError(f"{sha256!r} is not the digest of a sample")
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    def has(self, sha256: str) -> bool:
        """Tell whether there is a file for this digest; its content is not read."""
        return self.path(sha256).is_file()

    def add(self, data: bytes) -> str:
        """Write a sample durably and return its SHA-256; when it is there already, only its age starts anew.

        Raises
        ------
        StorageError
            When the disk is full or the folder cannot be written; no partial file stays under the name.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        try:
            if self._is_intact(path, data):
                os.utime(path)  # a sweep must take it for new: the record that names it is still to come
            else:
                make_folder(path.parent)
                self._write(path, data)
            _flush_folder(path.parent)
        except OSError as error:
            raise file_error(error, path) from error
        return sha256

    def read(self, sha256: str) -> bytes:
        """Return the bytes of a sample, verified.

        Raises
        ------
        StorageError
            When the file is missing, cannot be read, or is not what was stored.
        """
        path = self.path(sha256)
        remedy = "restore this file from a backup"
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise StorageError("the stored sample is missing", source=str(path), remedy=remedy) from error
        except OSError as error:
            raise file_error(error, path) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise StorageError("the stored sample is damaged", source=str(path), remedy=remedy)
        return data

    def branches(self) -> Iterator[tuple[str, list[Path]]]:
        """Yield all files, complete or not, a 256th of all at a time, with the digits that their names should begin."""
        try:
            for branch in self.folder.iterdir():
                files = [branch] if branch.is_file() else [path for path in branch.rglob("*") if path.is_file()]
                yield branch.name, files
        except FileNotFoundError:
            return
        except OSError as error:
            raise file_error(error, self.folder) from error

    def files(self) -> Iterator[Path]:
        """Yield every file, complete or not, in no order."""
        return (path for _, files in self.branches() for path in files)

    def is_older(self, path: Path, age_s: float) -> bool:
        """Tell whether a file was last written (or asked for) more than `age_s` seconds ago."""
        try:
            return time.time() - path.stat().st_mtime > age_s
        except FileNotFoundError:
            return False
        except OSError as error:
            raise file_error(error, path) from error

    def remove(self, path: Path) -> None:
        """Remove a file, if it is still there."""
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise file_error(error, path) from error

    def _is_intact(self, path: Path, data: bytes) -> bool:
        with suppress(FileNotFoundError):
            return path.stat().st_size == len(data) and path.read_bytes() == data
        return False

    def _write(self, path: Path, data: bytes) -> None:
        incoming = self.folder / _INCOMING
        make_folder(incoming)
        temporary = incoming / new_identifier()
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            reach(Point.FILE_WRITTEN)
            temporary.rename(path)
            reach(Point.FILE_NAMED)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def make_folder(folder: Path) -> None:
    """Create a folder and its missing parents for their owner only, each recorded durably in the one above."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
    _flush_folder(folder.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
