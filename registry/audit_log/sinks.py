"""Where anchors go, away from the registry: an append-only file on another machine's disk."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Protocol, runtime_checkable

from biometrics.errors import StorageError
from registry.failures import file_error

_TAIL = 200_000
"""Bytes at the end of a file that hold its last line whole."""


@runtime_checkable
class AnchorSink(Protocol):
    """Takes lines and keeps them where whoever can change the registry cannot."""

    @property
    def name(self) -> str:
        """What errors and the status call it; no secrets."""

    def deliver(self, line: str) -> None:
        """Keep a line durably; the same line again changes nothing.

        Raises
        ------
        BiometricsError
            When it could not be kept.
        """


class FileSink:
    """Appends lines to a file, which may be append-only for the operating system too (`chattr +a`).

    Parameters
    ----------
    path
        The file, on a disk that those who administer the registry cannot write otherwise.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        """The path."""
        return str(self._path)

    def deliver(self, line: str) -> None:
        """Append a line and wait until it is on the disk; finish one that a power cut left half written.

        Raises
        ------
        StorageError
            When the file cannot be written, or ends in the middle of something else.
        """
        whole = line.encode() + b"\n"
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
            with os.fdopen(descriptor, "r+b", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
                missing = _missing(file.read(_TAIL), whole)
                if missing is None:
                    raise StorageError(
                        "the file of anchors ends in the middle of another line",
                        source=self.name,
                        remedy="end that line, then repeat; keep a copy of the file as it was",
                    )
                while missing:
                    missing = missing[file.write(missing) or 0 :]
                os.fsync(file.fileno())
        except OSError as error:
            raise file_error(error, self._path) from error


def _missing(tail: bytes, whole: bytes) -> bytes | None:
    """Return what of a line is not yet at the end of a file; None when something else begins there."""
    if tail.endswith(b"\n"):
        return b"" if tail[:-1].rpartition(b"\n")[2] == whole[:-1] else whole
    begun = tail.rpartition(b"\n")[2]
    return whole[len(begun) :] if whole.startswith(begun) else None
