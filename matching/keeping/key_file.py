"""The key that the galleries of an installation are sealed with: 32 random bytes in a file for its owner only."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from biometrics.errors import ConfigurationError, StorageError

KEY_BYTES = 32
"""An AES-256 key's length."""

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
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):  # never replaces a key
                path.hardlink_to(temporary)
        finally:
            temporary.unlink()
    except OSError as error:
        message = f"the key of the galleries cannot be written: {error.strerror}"
        raise StorageError(message, source=str(path), remedy="check free space and permissions") from error


def read_key(path: Path) -> bytes:
    """Read a key, 32 bytes in a file that only its owner may read or write.

    Raises
    ------
    ConfigurationError
        When there is none, others may read it, or it is no key.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            about = os.fstat(file.fileno())
            key = file.read(KEY_BYTES + 1) if stat.S_ISREG(about.st_mode) else b""
    except FileNotFoundError:
        make = f"make one: (umask 077; head -c {KEY_BYTES} /dev/urandom > {path}), or bring it back"
        raise _refused("there is no key of the galleries", path, make) from None
    except OSError as error:
        message = f"the key of the galleries cannot be read: {error.strerror}"
        raise _refused(message, path, "let this user read it, and nobody else") from error
    if about.st_mode & _OTHERS:
        message = f"others may read or change the key of the galleries (mode {stat.S_IMODE(about.st_mode):04o})"
        raise _refused(message, path, f"run chmod 600 {path}; if somebody may have read it, remove it instead")
    if len(key) != KEY_BYTES:
        raise _refused(
            f"this is no key of galleries, which is {KEY_BYTES} bytes in a plain file",
            path,
            "bring the key back, or remove the file: galleries are then built anew",
        )
    return key


def _refused(message: str, path: Path, remedy: str) -> ConfigurationError:
    return ConfigurationError(message, source=str(path), remedy=remedy)
