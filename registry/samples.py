"""Samples as files that nobody can read without the keys: `samples/ab/cd/<name>`, each sealed under a key of its own.

Names and keys are random; records name both, and the key is sealed there (`registry.kept_files`). A file appears under
its name only when all of it is on the disk, so a crash leaves at most a file that no record names. Such files are
noise, since nothing holds their key; the sweep removes them once they are old.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from biometrics.errors import StorageError
from registry.failures import file_error
from registry.identifiers import new_identifier
from registry.points import Point, reach
from registry.sample_sealing import SampleFile, new_sample_file, open_sample, seal_sample

_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[0-9a-f]{32}")
_INCOMING = "incoming"
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700

_REMEMBERED = 20_000
"""Files that were kept and perhaps not recorded yet: those of a thousand enrollments, about 10 MB."""

_RESTORE = "restore this file from a backup"


def is_digest(text: str) -> bool:
    """Tell whether a text is a SHA-256 in lower-case hexadecimal digits."""
    return _DIGEST.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Tell whether a text is the name of a sample file."""
    return _NAME.fullmatch(text) is not None


class SampleStore:
    """The folder of sample files; several processes may use it at once, and threads may share one.

    It remembers names and keys of the files it wrote last, until records name them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._remembered: OrderedDict[str, SampleFile] = OrderedDict()
        self._doomed: set[str] = set()

    def path(self, name: str) -> Path:
        """Return where the file of this name lies, or would lie."""
        if not is_name(name):
            raise StorageError(f"{name!r} is not the name of a sample file")
        return self.folder / name[:2] / name[2:4] / name

    def has(self, name: str) -> bool:
        """Tell whether there is a file of this name; its content is not read."""
        return self.path(name).is_file()

    def keep(self, data: bytes) -> str:
        """Write a sample durably and return its SHA-256; one that was just kept only has its age start anew.

        Raises
        ------
        StorageError
            When the disk is full or the folder cannot be written; no partial file stays under the name.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        known = before = self.remembered(sha256)
        if known is None or not self._renewed(known, sha256):
            known = self.write(data)
        with self._lock:
            other = self._remembered.get(sha256)
            if other not in (known, before) and other is not None and self.has(other.name):
                self.erase(self.path(known.name))  # another thread kept the same at the same time
                known = other
            self._remembered[sha256] = known
            self._remembered.move_to_end(sha256)
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return sha256

    def remembered(self, sha256: str) -> SampleFile | None:
        """Return the file of a sample that was just kept, if it is still there."""
        with self._lock:
            known = self._remembered.get(sha256)
        return known if known is not None and self.has(known.name) else None

    def write(self, data: bytes) -> SampleFile:
        """Write data durably into a new file and return its name and key.

        Raises
        ------
        StorageError
            When the disk is full or the folder cannot be written; no partial file stays under the name.
        """
        file = new_sample_file()
        self.put_sealed(file.name, seal_sample(file, data))
        return file

    def read(self, file: SampleFile, sha256: str) -> bytes:
        """Return the bytes of a sample, verified.

        Raises
        ------
        StorageError
            When the file is missing, cannot be read, or is not what was stored.
        """
        data = open_sample(file, self.sealed_bytes(file.name))
        if data is None or hashlib.sha256(data).hexdigest() != sha256:
            raise StorageError("the stored sample is damaged", source=str(self.path(file.name)), remedy=_RESTORE)
        return data

    def sealed_bytes(self, name: str) -> bytes:
        """Return a file as it lies.

        Raises
        ------
        StorageError
            When it is missing or cannot be read.
        """
        path = self.path(name)
        try:
            return path.read_bytes()
        except FileNotFoundError as error:
            raise StorageError("the stored sample is missing", source=str(path), remedy=_RESTORE) from error
        except OSError as error:
            raise file_error(error, path) from error

    def put_sealed(self, name: str, sealed: bytes) -> None:
        """Put a file that is sealed already under its name, durably, unless it lies there just so.

        Raises
        ------
        StorageError
            When the disk is full or the folder cannot be written; no partial file stays under the name.
        """
        path = self.path(name)
        try:
            make_folder(path.parent)
            if not _is_intact(path, sealed):
                self._write(path, sealed)
            _flush_folder(path.parent)
        except OSError as error:
            raise file_error(error, path) from error

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

    def doom(self, names: Collection[str]) -> None:
        """Note files that nobody will name once the writer section has committed, and forget their keys."""
        gone = set(names)
        with self._lock:
            self._doomed |= gone
            for sha256 in [sha256 for sha256, file in self._remembered.items() if file.name in gone]:
                del self._remembered[sha256]

    def take_doomed(self) -> set[str]:
        """Return the files that were noted to be erased, and note none."""
        with self._lock:
            taken, self._doomed = self._doomed, set()
        return taken

    def erase(self, path: Path) -> None:
        """Overwrite a file with zeros and remove it, if it is still there.

        Without its key it is noise; a medium that keeps old blocks keeps noise.

        Raises
        ------
        StorageError
            When it cannot be written or removed.
        """
        try:
            with path.open("r+b") as file:
                file.write(bytes(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        except FileNotFoundError:
            return
        except OSError as error:
            raise file_error(error, path) from error

    def _renewed(self, file: SampleFile, sha256: str) -> bool:
        """Let the age of an intact file start anew: the record that names it is still to come."""
        path = self.path(file.name)
        try:
            self.read(file, sha256)
            os.utime(path)
            _flush_folder(path.parent)
        except (StorageError, FileNotFoundError):
            return False
        except OSError as error:
            raise file_error(error, path) from error
        return True

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


def _is_intact(path: Path, data: bytes) -> bool:
    with suppress(FileNotFoundError):
        return path.stat().st_size == len(data) and path.read_bytes() == data
    return False


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
