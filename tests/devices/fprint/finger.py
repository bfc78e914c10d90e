"""A simulated finger at libfprint's virtual image device: it comes back ten times a second, as whoever waits would."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import struct
import sys
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from biometrics.arrays import Pixels
from biometrics.positions import Position
from devices.simulated import ORDINARY, fingers_of, grow_master, take_impression

_EVERY_S = 0.1
_SMALL = 4_096
"""More than a greeting takes, and less than a picture."""

_PEER = struct.Struct("3i")

RETRY, ERROR, AUTOMATIC, FINGER, REMOVED = -1, -2, -3, -4, -5
"""What a negative width tells the virtual device; the height is then a code of libfprint's."""


def control(what: int, code: int = 0) -> bytes:
    """Return what makes the virtual device fail in a certain way."""
    return struct.pack("ii", what, code)


def picture(pixels: Pixels, width: int | None = None, height: int | None = None) -> bytes:
    """Return a picture as the virtual device takes it; it may lie about its size."""
    return struct.pack("ii", width or pixels.shape[1], height or pixels.shape[0]) + pixels.tobytes()


def print_of_a_finger(touch: int = 0) -> Pixels:
    return take_impression(grow_master(fingers_of(42)[Position.RIGHT_INDEX]), touch, ORDINARY)


NOTHING = b""
BLANK = np.full((400, 336), 255, np.uint8)


class SimulatedFinger:
    """Presses what it is given on the device behind a socket, again and again, until it is taken away."""

    def __init__(self, path: Path, sends: bytes) -> None:
        self._path = str(path)
        self._changed = threading.Condition()
        self._sends = sends
        self._signal: int | None = None
        self._hangs_up = False
        self._gone = False
        self._connection: socket.socket | None = None
        self._thread = threading.Thread(target=self._press, daemon=True)
        self._thread.start()

    @contextlib.contextmanager
    def instead(self, sends: bytes, *, signal_: int | None = None, hangs_up: bool = False) -> Iterator[None]:
        """Do something else for a while: send this, and hang up after it, or send a signal to the device's process."""
        before = self._set(sends, signal_, hangs_up)
        try:
            yield
        finally:
            self._set(*before)

    def press(self, sends: bytes) -> None:
        """Send this from now on."""
        self._set(sends, None, hangs_up=False)

    def let_go(self) -> None:
        """Hang up, in the middle of a picture if need be; the finger comes back."""
        with self._changed:
            self._disconnect()

    def take_away(self) -> None:
        with self._changed:
            self._gone = True
            self._changed.notify()
        self._thread.join()

    def _set(self, sends: bytes, signal_: int | None, hangs_up: bool) -> tuple[bytes, int | None, bool]:
        with self._changed:
            self._wait_until_read()
            before = self._sends, self._signal, self._hangs_up
            self._sends, self._signal, self._hangs_up = sends, signal_, hangs_up
            return before

    def _wait_until_read(self) -> None:
        """Wait until a device that reads has read everything; one that does not would keep it for ever."""
        until = time.monotonic() + 0.3
        while self._connection is not None and _unread(self._connection) > _SMALL and time.monotonic() < until:
            time.sleep(0.005)

    def _press(self) -> None:
        with self._changed:
            while not self._changed.wait_for(lambda: self._gone, _EVERY_S):
                with contextlib.suppress(OSError):
                    self._once()
            self._disconnect()

    def _once(self) -> None:
        connection = self._connection = self._connection or self._connected()
        if self._signal is not None:
            os.kill(_process_behind(connection), self._signal)
            self._disconnect()  # the next signal goes to whoever then answers, not to a number that was used again
        elif not _unread(connection):
            self._send(connection)

    def _connected(self) -> socket.socket:
        """Connect, and say a harmless thing: once it was read, a capture began, and nothing is kept for a later one."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(0.5)
        try:
            connection.connect(self._path)
            connection.sendall(control(AUTOMATIC, 1))
        except OSError:
            connection.close()
            raise
        return connection

    def _send(self, connection: socket.socket) -> None:
        try:
            connection.sendall(self._sends)
        except OSError:
            self._disconnect()
        if self._hangs_up:
            self._disconnect()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _process_behind(connection: socket.socket) -> int:
    peer: int = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))[0]
    return peer


def _unread(connection: socket.socket) -> int:
    """Return how much memory what the other side has not read yet takes."""
    answer = bytearray(4)
    fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, answer)
    return int.from_bytes(answer, sys.byteorder)


STOPS, DIES = signal.SIGSTOP, signal.SIGKILL


@contextlib.contextmanager
def simulated_finger(path: Path, sends: bytes | None = None) -> Iterator[SimulatedFinger]:
    """Hold a finger at the device behind a socket."""
    finger = SimulatedFinger(path, picture(print_of_a_finger()) if sends is None else sends)
    try:
        yield finger
    finally:
        finger.take_away()
