"""One run at a time: who works on one holds a file locked, which the system frees when the process ends."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biometrics.errors import RecordBusyError, StorageError

_LOCK = "lock"
_WAIT_S = 0.5
"""Longer than anybody who only looks holds the lock."""
_LOOK_AGAIN_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningNote:
    """Who works, and on which run; None until it has a name."""

    pid: int
    run_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The right to work on a run of a folder."""

    descriptor: int

    def note(self, run_id: str | None) -> None:
        """Say which run it is."""
        said = json.dumps({"pid": os.getpid(), "run": run_id}).encode()
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, said, 0)


@contextmanager
def taking_turn(folder: Path) -> Iterator[Turn]:
    """Hold the right to work on a run.

    Raises
    ------
    RecordBusyError
        When somebody else works, in this process or another; it names them.
    StorageError
        When the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        message = f"the folder of the runs cannot be used: {error.strerror}"
        raise StorageError(message, source=str(folder), remedy="check free space and permissions") from error
    try:
        _lock(descriptor, folder)
        turn = Turn(descriptor=descriptor)
        turn.note(None)
        yield turn
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def who_runs(folder: Path) -> RunningNote | None:
    """Return who works on a run of a folder just now; None when nobody does."""
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _note(folder)
    finally:
        os.close(descriptor)
    return None


def busy_error(folder: Path, running: RunningNote) -> RecordBusyError:
    """Return the error that somebody works on a run already."""
    run = f" {running.run_id}" if running.run_id else ""
    return RecordBusyError(
        f"the process {running.pid} works on the deduplication run{run}",
        source=str(folder),
        remedy="wait until it ends, or interrupt it; kura dedup status shows how far it is",
    )


def _lock(descriptor: int, folder: Path) -> None:
    deadline = time.monotonic() + _WAIT_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise busy_error(folder, _note(folder)) from None
            time.sleep(_LOOK_AGAIN_S)
        else:
            return


def _note(folder: Path) -> RunningNote:
    try:
        said: dict[str, Any] = json.loads((folder / _LOCK).read_bytes())
        return RunningNote(pid=int(said["pid"]), run_id=said["run"])
    except (OSError, ValueError, KeyError, TypeError):
        return RunningNote(pid=0, run_id=None)
