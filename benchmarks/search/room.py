"""Whether a benchmark's vectors find room on this machine, asked before any work is done."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from biometrics.errors import ProcessingError, StorageError

_MEMORY = Path("/proc/meminfo")
_STATUS = Path("/proc/self/status")
_SPARE = 1.1
"""Room to leave for everything else."""

GB = 1e9


def require_disk(need_bytes: int, folder: Path | None = None) -> None:
    """Refuse work whose temporary files would not fit.

    Raises
    ------
    StorageError
        Naming the folder, and how much is lacking.
    """
    place = Path(tempfile.gettempdir()) if folder is None else folder
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        raise StorageError(f"the free space cannot be read: {error.strerror}", source=str(place)) from error
    if free < need_bytes * _SPARE:
        raise StorageError(
            f"{need_bytes * _SPARE / GB:.1f} GB of temporary space are needed, {free / GB:.1f} GB are free",
            source=str(place),
            remedy="ask for fewer --persons, or let TMPDIR name a folder with room",
        )


def require_memory(need_bytes: int) -> None:
    """Refuse work whose vectors would not fit into memory.

    Raises
    ------
    ProcessingError
        Saying how much is lacking.
    """
    free = free_memory()
    if free is not None and free < need_bytes * _SPARE:
        raise ProcessingError(
            f"{need_bytes * _SPARE / GB:.1f} GB of memory are needed, {free / GB:.1f} GB are free",
            remedy="ask for fewer --persons",
        )


def fits(need_bytes: int, disk_bytes: int) -> str | None:
    """Return why something does not fit, in memory or in temporary space; None when it does."""
    try:
        require_memory(need_bytes)
        require_disk(disk_bytes)
    except (ProcessingError, StorageError) as error:
        return error.message
    return None


def free_memory(statistics: Path = _MEMORY) -> int | None:
    """Return the bytes that a process can have without swapping; None where the system does not say."""
    return _kilobytes(statistics, "MemAvailable:")


def own_memory(status: Path = _STATUS) -> int | None:
    """Return the bytes of memory that this process alone keeps resident, mapped files not counted."""
    return _kilobytes(status, "RssAnon:")


def _kilobytes(path: Path, name: str) -> int | None:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith(name)]
    return int(found[0]) * 1024 if found else None
