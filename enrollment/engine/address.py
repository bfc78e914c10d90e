"""The engine's socket in a registry's folder, whatever the length of the folder's path."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOCKET_NAME = "engine.sock"
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: struct ucred of unix(7)


def listen(folder: Path, backlog: int) -> socket.socket:
    """Return a socket that waits for commands of this user, in the place of one that a killed engine left.

    Only the owner of the registry may call it.

    Raises
    ------
    OSError
        When the folder cannot be written.
    """
    (folder / SOCKET_NAME).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    earlier_mask = os.umask(0o177)
    try:
        with _short(folder) as address:
            listener.bind(address)
    except BaseException:
        listener.close()
        raise
    finally:
        os.umask(earlier_mask)
    listener.listen(backlog)
    return listener


def connect(folder: Path) -> socket.socket | None:
    """Return a connection to the engine of this user; None when none listens.

    Raises
    ------
    OSError
        When the folder or the socket is not this user's to use.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short(folder) as address:
            connection.connect(address)
        if peer(connection)[1] != os.getuid():
            raise PermissionError("the engine is another user's")
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        connection.close()
        return None
    except BaseException:
        connection.close()
        raise
    return connection


def peer(connection: socket.socket) -> tuple[int, int]:
    """Return process id and user id of the other side, as the system knows them."""
    said = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _ = _CREDENTIALS.unpack(said)
    return pid, uid


@contextmanager
def _short(folder: Path) -> Iterator[str]:
    """Yield a path of the socket within the 107 bytes that a socket's address has, by way of an open folder."""
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET_NAME}"
    finally:
        os.close(descriptor)
