"""Who takes part in a run, in the order in which they are compared: a file of identifiers, one a line."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from biometrics.errors import RecordNotFoundError, StorageError
from biometrics.files import write_whole
from enrollment.deduplication.documents import BEGIN_ANEW


def write_members(path: Path, members: Sequence[str]) -> str:
    """Write who takes part, for the owner's eyes only, and return the SHA-256 of the file.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    data = "".join(f"{member}\n" for member in members).encode()
    write_whole(path, data)
    return hashlib.sha256(data).hexdigest()


def read_members(path: Path, sha256: str) -> list[str]:
    """Read who takes part.

    Raises
    ------
    RecordNotFoundError, StorageError
        When the file is missing, or is not the one that was written.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise RecordNotFoundError("the list of members is missing", source=str(path), remedy=BEGIN_ANEW) from error
    except OSError as error:
        message = f"the list of members cannot be read: {error.strerror}"
        raise StorageError(message, source=str(path), remedy="check permissions and the disk") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise StorageError("the list of members is damaged", source=str(path), remedy=BEGIN_ANEW)
    return data.decode().splitlines()
