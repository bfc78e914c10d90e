"""An Example scanner of nobody, which speaks the real protocol, and breaks it when it is told to.

`python -m kura_example_simulator /tmp/desk.socket` serves one until Ctrl-C.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from kura_example_driver import HEADER, MAGIC

WIDTH, HEIGHT, PPI = 300, 400, 500


class SimulatedExampleScanner:
    """Listens until it is closed.

    Parameters
    ----------
    path
        Of its socket.
    """

    def __init__(self, path: Path) -> None:
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        self._released = threading.Event()
        self.fault = ""
        """`no_finger`, `pulled_out`, `hangs`, `lies_about_length` or `sends_garbage`; else it works."""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @contextmanager
    def failing(self, fault: str) -> Iterator[None]:
        """Misbehave meanwhile."""
        self._released.clear()
        self.fault = fault
        try:
            yield
        finally:
            self.fault = ""
            self._released.set()

    def close(self) -> None:
        """Stop listening."""
        self._released.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            with line, suppress(OSError):
                self._answer(line)

    def _answer(self, line: socket.socket) -> None:
        with line.makefile("rb") as asked:
            question = asked.readline(100)
            if question == b"who\n":
                line.sendall(b"Example;simulator;0001\n")
            elif question == b"press\n":
                self._press(line)

    def _press(self, line: socket.socket) -> None:
        picture = _stripes().tobytes()
        header = HEADER.pack(MAGIC, WIDTH, HEIGHT, PPI, len(picture))
        if self.fault == "sends_garbage":
            line.sendall(bytes(range(256)))
        elif self.fault == "lies_about_length":
            line.sendall(HEADER.pack(MAGIC, WIDTH, HEIGHT, PPI, 0xFFFFFFFF) + picture)
        elif self.fault == "pulled_out":
            line.sendall(header + picture[:1000])
        elif self.fault in ("hangs", "no_finger"):
            line.sendall(header[: 4 if self.fault == "hangs" else 0])
            self._wait_for_client(line)
        else:
            line.sendall(header + picture)

    def _wait_for_client(self, line: socket.socket) -> None:
        """Wait until the client has gone, or the fault has."""
        line.settimeout(0.05)
        while not self._released.is_set():
            with suppress(TimeoutError):
                if not line.recv(1):
                    return


def _stripes() -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Return something that nobody takes for a finger."""
    down, right = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.asarray(128 + 127 * np.sin((down + right) / 5), np.uint8)


def main() -> None:
    """Serve one scanner."""
    scanner = SimulatedExampleScanner(Path(sys.argv[1]))
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        scanner.close()


if __name__ == "__main__":
    main()
