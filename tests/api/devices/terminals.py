"""`kura` as a process of its own: at a terminal that somebody types at, or with pipes."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_RUN = "import sys; from api.entry import main; sys.exit(main())"
_TAKE_TERMINAL = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
"""So that Ctrl-C is a signal to it."""

_PATIENCE_S = 120.0


class Terminal:
    """A terminal with `kura` in front; made by `at_terminal`."""

    def __init__(self, process: subprocess.Popen[bytes], keyboard: int) -> None:
        self.process = process
        self._keyboard = keyboard
        self.text = ""
        self._read_to = 0

    def wait_for(self, words: str) -> None:
        """Wait until these words stand behind those that were waited for last."""
        deadline = time.monotonic() + _PATIENCE_S
        while (place := self.text.find(words, self._read_to)) < 0:
            assert time.monotonic() < deadline and self._read(), f"no {words!r} in {self.text!r}"
        self._read_to = place + len(words)

    def type(self, keys: str) -> None:
        """Type keys; Ctrl-C is `\\x03`."""
        os.write(self._keyboard, keys.encode())

    def end(self) -> int:
        """Read what is left and return the exit code."""
        while self._read():
            pass
        return self.process.wait(_PATIENCE_S)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._keyboard], [], [], _PATIENCE_S)
        if not ready:
            return False
        try:
            read = os.read(self._keyboard, 65_536)
        except OSError:  # Linux's way to say that nobody writes any more
            return False
        self.text += read.decode(errors="replace")
        return bool(read)


@contextmanager
def at_terminal(home: Path, *words: object) -> Iterator[Terminal]:
    """Run `kura` at a terminal of its own, until it ends or is killed."""
    keyboard, screen = pty.openpty()
    environment = os.environ | {"KURA_HOME": str(home), "TERM": "dumb"}
    process = subprocess.Popen(
        [sys.executable, "-c", _TAKE_TERMINAL + _RUN, *map(str, words)],
        stdin=screen,
        stdout=screen,
        stderr=screen,
        env=environment,
        start_new_session=True,
    )
    os.close(screen)
    try:
        yield Terminal(process, keyboard)
    finally:
        _end(process)
        os.close(keyboard)


@contextmanager
def running(home: Path, *words: object) -> Iterator[subprocess.Popen[str]]:
    """Run `kura` with its lines in pipes, until it ends or is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"KURA_HOME": str(home)},
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            _end(process)


def interrupted(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Press Ctrl-C; return the exit code and what was still written."""
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=_PATIENCE_S)
    return process.returncode, out, err


def _end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait(_PATIENCE_S)
