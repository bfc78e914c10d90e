"""A key in a file for its owner only: 32 random bytes."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from biometrics.errors import KeyUnavailableError
from registry.failures import file_error

_BYTES = 32
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_key(path: Path) -> None:
    """Make a key where there is none; of several that make one at once, one succeeds and all use its key.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(_BYTES))
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):  # never replaces a key
                path.hardlink_to(temporary)
        finally:
            temporary.unlink()
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)  # nothing may be sealed under a key whose name a power cut takes away
        finally:
            os.close(folder)
    except OSError as error:
        raise file_error(error, path) from error


def read_key(path: Path) -> bytes:
    """Read a key, 32 bytes in a file that only its owner may read or write.

    Raises
    ------
    KeyUnavailableError
        When there is none, others may read it, or it is no key.
    """
    key = read_private_file(path, _BYTES + 1, what="key")
    if len(key) != _BYTES:
        message = f"this is no key, which is {_BYTES} bytes in a plain file"
        raise KeyUnavailableError(message, source=str(path), remedy="bring the key back")
    return key


def read_private_file(path: Path, most: int, *, what: str) -> bytes:
    """Read the beginning of a file that only its owner may read or write; nothing of what is no plain file.

    Parameters
    ----------
    path
        The file.
    most
        How many bytes.
    what
        What errors call what it holds.

    Raises
    ------
    KeyUnavailableError
        When there is none, it cannot be read, or others may read it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            about = os.fstat(file.fileno())
            data = file.read(most) if stat.S_ISREG(about.st_mode) else b""
    except FileNotFoundError:
        remedy = "bring it back, mount the medium it lies on, or use the recovery key"
        raise KeyUnavailableError(f"there is no {what} here", source=str(path), remedy=remedy) from None
    except OSError as error:
        message, remedy = f"the {what} cannot be read: {error.strerror}", "let this user read it, and nobody else"
        raise KeyUnavailableError(message, source=str(path), remedy=remedy) from error
    if about.st_mode & _OTHERS:
        message = f"others may read or change the {what} (mode {stat.S_IMODE(about.st_mode):04o})"
        remedy = f"run chmod 600 {path}; if somebody may have read it, change to another"
        raise KeyUnavailableError(message, source=str(path), remedy=remedy)
    return data
