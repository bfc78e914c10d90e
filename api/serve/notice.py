"""What a server says about itself in its home, `serve.json`, and the lock that keeps it the only one there."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from biometrics.errors import ConfigurationError, StorageError
from biometrics.files import write_whole

NOTICE_FILE = "serve.json"
LOCK_FILE = "serve.lock"

_METRICS_PREFIX = "kura-metrics-"
_IN_MEMORY = Path("/dev/shm")
"""Where workers' counters lie best: a full disk ends a process that writes to a mapped file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerNotice:
    """What a server says about itself.

    Parameters
    ----------
    pid
        Of the supervisor.
    url
        Where it listens.
    development
        Whether it takes tokens of the development issuer.
    engine
        Process id of the engine that it started; None when it found one, or starts one at this moment.
    workers
        Process ids of the workers.
    metrics
        Folder of the workers' counters.
    """

    pid: int
    url: str
    development: bool
    engine: int | None
    workers: Sequence[int]
    metrics: str


def write_notice(home: Path, notice: ServerNotice) -> None:
    """Say it.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    write_whole(home / NOTICE_FILE, f"{json.dumps(asdict(notice), indent=2)}\n".encode())


def read_notice(home: Path) -> ServerNotice | None:
    """Return what the server of a home said last; None where none did, or none can be read."""
    try:
        return ServerNotice(**json.loads((home / NOTICE_FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


@contextmanager
def only_server(home: Path) -> Iterator[None]:
    """Hold a home's server lock; what an earlier server left when it was killed is removed.

    Raises
    ------
    ConfigurationError
        When another server runs on this home.
    StorageError
        When the home cannot be written.
    """
    try:
        descriptor = os.open(home / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(f"the home cannot be written: {error.strerror}", source=str(home)) from error
    try:
        _require_alone(home, descriptor)
        try:
            _remove_leftovers(home)
            yield
        finally:
            with suppress(OSError):
                (home / NOTICE_FILE).unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _require_alone(home: Path, descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        other = read_notice(home)
        who = "another server" if other is None else f"the server with process id {other.pid}"
        raise ConfigurationError(
            f"{who} runs on this home", source=str(home), remedy="end it with SIGTERM, or name another home"
        ) from error


@contextmanager
def metrics_folder() -> Iterator[Path]:
    """Yield a new folder for the counters of all workers, removed at the end."""
    place = _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix=_METRICS_PREFIX, dir=place))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_leftovers(home: Path) -> None:
    left = read_notice(home)
    if left is None:
        return
    folder = Path(left.metrics)
    if folder.name.startswith(_METRICS_PREFIX) and folder.is_dir() and folder.stat().st_uid == os.getuid():
        shutil.rmtree(folder, ignore_errors=True)
