"""Where the snapshots of one gallery lie: the last one whole, and leftovers of writings that did not end."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from biometrics.errors import RecordBusyError, StorageError

_SNAPSHOT = re.compile(r"snapshot-(\d{12})")
_LEFTOVER = re.compile(r"\.(writing|removing)-\d{12}")
_LOCK_NAME = ".lock"
_FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def require_room(folder: Path, expected_bytes: int) -> None:
    """Refuse to begin what would fill the disk.

    Parameters
    ----------
    folder
        Of a gallery's snapshots; it need not be there.
    expected_bytes
        What is going to be written.

    Raises
    ------
    StorageError
        When there is less room.
    """
    present = next(path for path in (folder, *folder.parents) if path.exists())
    with storage_errors(folder):
        free = shutil.disk_usage(present).free
    if free < expected_bytes:
        message = f"a snapshot of {expected_bytes:,} bytes does not fit: {free:,} are free"
        raise StorageError(message, source=str(folder), remedy="free some space, then run kura gallery build")


def latest_snapshot(folder: Path) -> Path | None:
    """Return the folder of a gallery's last snapshot; None when there is none.

    Raises
    ------
    StorageError
        When the folder cannot be read.
    """
    with storage_errors(folder):
        found = _snapshots(folder)
    return found[-1] if found else None


def next_names(folder: Path) -> tuple[Path, Path]:
    """Return where the next snapshot is written, and what it is called when it is whole."""
    found = _snapshots(folder)
    number = int(found[-1].name.rpartition("-")[2]) + 1 if found else 1
    return folder / f".writing-{number:012d}", folder / f"snapshot-{number:012d}"


@contextmanager
def writing_alone(folder: Path) -> Iterator[None]:
    """Make the folder and keep others from writing in it.

    Raises
    ------
    RecordBusyError
        When somebody else writes there.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            remedy = "wait until it is done, then repeat"
            message = "somebody else writes a snapshot of this gallery"
            raise RecordBusyError(message, source=str(folder), remedy=remedy) from None
        yield
    finally:
        os.close(descriptor)


def sweep(folder: Path, *, but: Path | None = None) -> None:
    """Remove what writings that were cut off left behind, and snapshots older than `but` where it is given."""
    for entry in list(folder.iterdir()):
        if _LEFTOVER.fullmatch(entry.name):
            shutil.rmtree(entry)
    if but is None:
        return
    for older in _snapshots(folder):
        if older != but:
            # Renamed first: what is half removed must not look like a snapshot.
            doomed = older.with_name(f".removing-{older.name.rpartition('-')[2]}")
            older.rename(doomed)
            shutil.rmtree(doomed)


def tidy(folder: Path) -> None:
    """Remove all but the last snapshot of a gallery, and what writings that were cut off left behind.

    Raises
    ------
    StorageError
        When the disk cannot be written.
    RecordBusyError
        When somebody writes there.
    """
    with storage_errors(folder):
        found = _snapshots(folder)
        if found:
            with writing_alone(folder):
                sweep(folder, but=found[-1])


def keep_folder(folder: Path) -> None:
    """Make sure that the names in a folder outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turn what the operating system refuses into an error of this project.

    Raises
    ------
    StorageError
        Naming the folder.
    """
    try:
        yield
    except OSError as error:
        full = error.errno in _FULL_DISK
        remedy = (
            "free some space, then run kura gallery build"
            if full
            else "check that the disk is healthy, and whose it is"
        )
        reason = error.strerror or type(error).__name__
        message = f"the snapshot of a gallery cannot be written or read: {reason}"
        raise StorageError(message, source=str(folder), remedy=remedy) from error


def _snapshots(folder: Path) -> list[Path]:
    """Return the snapshots in a folder, oldest first."""
    try:
        return sorted(entry for entry in folder.iterdir() if _SNAPSHOT.fullmatch(entry.name))
    except FileNotFoundError:
        return []
