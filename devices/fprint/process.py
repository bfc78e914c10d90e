"""The process that libfprint runs in: started, spoken to and ended, whatever it does."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from biometrics.errors import DeviceLostError, DeviceProtocolError
from devices.calls import Call, Cancellation
from devices.fprint.failures import unavailable
from devices.fprint.wire import Message, WireError, take_message

SYSTEM_PYTHON = "/usr/bin/python3"
"""Debian's, which its python3-gi is for."""

_CHILD = Path(__file__).with_name("child.py")
_AT_ONCE_BYTES = 1 << 20

_SLICE_S = 0.05
"""How long a wait may go without a look at whether it is still wanted."""

_LEAVING_S = 1.0
"""What a driver gets to give its device back, before its process is killed; the virtual one takes 0.1 s."""

_REMEDY = "capture again; when it happens again, pull the scanner out and in"

_KILLED_S = 2.0
"""A killed process is gone at once, unless the kernel holds it in a USB transfer: then nobody waits for it."""


class ChildProcess:
    """One process with libfprint in it; used by one thread at a time, only `end` may come from another.

    Parameters
    ----------
    python
        The interpreter.
    uri
        Of the device, without secrets, for errors.

    Raises
    ------
    OSError
        When it cannot be started.
    """

    def __init__(self, python: str, uri: str) -> None:
        self._uri = uri
        self._asked = 0
        self._received = bytearray()
        self._reading, self._writing = threading.Lock(), threading.Lock()
        # Isolated from the user's modules and variables, of another session so that Ctrl-C does not reach it.
        self._process = subprocess.Popen(
            [python, "-I", "-B", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env=_environment(),
            start_new_session=True,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        os.set_blocking(self._to.fileno(), False)
        os.set_blocking(self._from.fileno(), False)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def ask(self, do: str, **more: str) -> int:
        """Send a command, and return the number that its answers repeat.

        Raises
        ------
        DeviceLostError
            When the process does not take it.
        """
        self._asked += 1
        self._send({"do": do, "number": self._asked, **more})
        return self._asked

    def cancel(self, number: int) -> None:
        """Ask for the end of a command; its answer says what became of it.

        Raises
        ------
        DeviceLostError
            When the process does not take it.
        """
        self._send({"do": "cancel", "number": number})

    def hear(self, number: int, seconds: float, cancellation: Cancellation | None = None) -> Message | None:
        """Wait for an answer to a command; None when time is up or the wait not wanted any more.

        Answers to earlier commands, which nobody waits for any more, are passed over.

        Raises
        ------
        DeviceLostError
            When the process ended.
        DeviceProtocolError
            When it sends what is no answer; it is killed.
        """
        until = time.monotonic() + seconds
        try:
            while True:
                message = take_message(self._received)
                if message is not None and message.number == number:
                    return message
                if message is not None and message.number > number:
                    raise WireError("it answers what it was not asked")
                left = until - time.monotonic()
                if left <= 0 or (cancellation is not None and cancellation.wanted):
                    return None
                if message is None and not self._receive(min(left, _SLICE_S)):
                    raise self._lost()
        except WireError as error:
            raise self.garbage(str(error)) from None

    def garbage(self, why: str) -> DeviceProtocolError:
        """Kill the process, and return the error for what it sent."""
        self.end(leaving_s=0)
        return DeviceProtocolError(
            f"the process of the scanner's driver sent garbage: {why}", source=self._uri, remedy=_REMEDY
        )

    def end(self, *, leaving_s: float = _LEAVING_S) -> None:
        """Let it give the device back for that long, then kill it; ending again does nothing."""
        with self._writing, contextlib.suppress(OSError):
            self._to.close()
        if leaving_s:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(leaving_s)
        if self._process.poll() is None:
            self._process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_KILLED_S)
        with self._reading:
            self._from.close()

    def _receive(self, seconds: float) -> bool:
        """Add what comes to what was received; false at its end."""
        with self._reading:
            if self._from.closed:
                return False
            waiting = select.poll()
            waiting.register(self._from.fileno(), select.POLLIN)
            if not waiting.poll(seconds * 1000):
                return True
            more = os.read(self._from.fileno(), _AT_ONCE_BYTES)
        self._received += more
        return bool(more)

    def _send(self, command: Mapping[str, object]) -> None:
        line = json.dumps(command).encode() + b"\n"
        with self._writing:
            try:
                taken = self._to.write(line)
            except (OSError, ValueError):
                taken = None
        if taken != len(line):
            raise self._lost()

    def _lost(self) -> DeviceLostError:
        self.end(leaving_s=0.2)
        code = self._process.returncode or 0
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with status {code}"
        return DeviceLostError(f"the process of the scanner's driver ended, {how}", source=self._uri, remedy=_REMEDY)


def start_child(pythons: tuple[str, ...], call: Call) -> tuple[ChildProcess, str]:
    """Start a process under the first interpreter that has what libfprint needs, and say which.

    Raises
    ------
    DriverUnavailableError
        When none has.
    DeviceTimeoutError, CaptureCancelledError, DeviceLostError, DeviceProtocolError
        By what went wrong.
    """
    missing: list[str] = []
    for python in pythons:
        try:
            child = ChildProcess(python, call.uri)
        except OSError:
            missing.append("python3-gi")
            continue
        hello = waited_for(child, 0, call)
        if hello.event == "ready":
            return child, python
        child.end()
        missing.append(hello.text("missing"))
    raise unavailable(call.uri, missing[-1] if missing else "python3-gi")


def waited_for(child: ChildProcess, number: int, call: Call) -> Message:
    """Return the answer to a command that must come within the call; otherwise the process is ended.

    Raises
    ------
    DeviceTimeoutError, CaptureCancelledError, DeviceLostError, DeviceProtocolError
        By what went wrong.
    """
    answer = child.hear(number, call.remaining_s, call.cancellation)
    if answer is None:
        child.end(leaving_s=0)
        call.check()
        raise call.timed_out()
    return answer


def interpreters() -> tuple[str, ...]:
    """Return Kura's own interpreter, then the system's."""
    return tuple(dict.fromkeys(python for python in (sys.executable, SYSTEM_PYTHON) if python))


def _environment() -> dict[str, str]:
    """Return libfprint's own variables and nothing else of this process's: it needs no keys and no passwords."""
    given = {name: value for name, value in os.environ.items() if name.startswith("FP_")}
    for name in ("FP_VIRTUAL_IMAGE", "FP_VIRTUAL_DEVICE"):
        if given.get(name):
            given[name] = str(Path(given[name]).absolute())
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **given}
