"""libfprint in a process of its own, spoken to through two pipes; started by `devices.fprint.process`.

It runs under whichever Python has PyGObject, Kura's or the system's, so it needs nothing of Kura. Commands come as
lines of JSON on standard input. Answers leave on what was standard output: two big-endian numbers of 32 bits, the
lengths of header and body, then the header, JSON, and the body, pixels. Every answer repeats its command's number.
When standard input ends, so does the process.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import queue
import resource
import struct
import sys
import threading
import time
from typing import Any

_MEMORY_BYTES = 2 << 30
"""Address space; drivers need some tens of MB, and what asks for more than this is out of order."""

_CLOSING_S = 2.0
"""How long a driver may take to give its device back when nobody is there any more."""

_NOT_DUMPABLE = 4
"""PR_SET_DUMPABLE of prctl(2)."""

_USB_ERRORS = (
    "internal",
    "io",
    "timed-out",
    "not-supported",
    "no-device",
    "not-open",
    "already-open",
    "cancelled",
    "failed",
    "permission-denied",
    "busy",
)
"""GUsbDeviceError in its order; libfprint passes these on, and the library's own words may not be installed."""


class Mouth:
    """Sends answers; whatever libraries print goes elsewhere."""

    def __init__(self) -> None:
        self._to = os.dup(1)
        os.dup2(2, 1)

    def say(self, header: dict[str, Any], body: bytes = b"") -> None:
        """Send one answer; when nobody listens any more, the process ends."""
        packed = json.dumps(header).encode()
        rest = memoryview(struct.pack(">II", len(packed), len(body)) + packed + body)
        try:
            while rest:
                rest = rest[os.write(self._to, rest) :]
        except OSError:
            os._exit(1)


class Ear:
    """Takes commands in a thread, so that one that cancels is heard while libfprint waits for a finger."""

    def __init__(self, main_context: Any, new_cancellable: Any) -> None:
        self._commands: queue.Queue[dict[str, Any]] = queue.Queue()
        self._main_context = main_context
        self._new_cancellable = new_cancellable
        self._lock = threading.Lock()
        self._cancelled = 0
        self._running: tuple[int, Any] | None = None
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def running(self) -> bool:
        """Whether a command is at work that can be cancelled."""
        return self._running is not None

    def next(self) -> dict[str, Any]:
        """Wait for a command, the end of them being one too.

        Meanwhile libfprint sees scanners come and go, and fingers that nobody asked for are not kept for later.
        """
        while True:
            try:
                return self._commands.get_nowait()
            except queue.Empty:
                self._main_context.iteration(True)

    @contextlib.contextmanager
    def cancellable(self, number: int) -> Any:
        """Give what cancels the command of this number."""
        given = self._new_cancellable()
        with self._lock:
            self._running = (number, given)
            if number <= self._cancelled:
                given.cancel()
        try:
            yield given
        finally:
            with self._lock:
                self._running = None

    def _listen(self) -> None:
        number = 0
        for line in sys.stdin.buffer:
            command = json.loads(line)
            number = command["number"]
            if command["do"] == "cancel":
                self._cancel(number)
            else:
                self._put(command)
        self._put({"do": "end", "number": number})
        self._cancel(number)
        time.sleep(_CLOSING_S)
        os._exit(1)

    def _put(self, command: dict[str, Any]) -> None:
        self._commands.put(command)
        self._main_context.wakeup()

    def _cancel(self, number: int) -> None:
        with self._lock:
            self._cancelled = max(self._cancelled, number)
            if self._running and self._running[0] <= number:
                self._running[1].cancel()


class Scanners:
    """What libfprint is asked for; one device at a time is open."""

    def __init__(self, mouth: Mouth, libraries: tuple[Any, Any, Any]) -> None:
        self._mouth = mouth
        self._fprint, self._glib, self._gio = libraries
        self._ear = Ear(self._glib.MainContext.default(), self._gio.Cancellable.new)
        self._context = self._fprint.Context()
        self._device: Any = None
        self._number = 0

    def serve(self) -> None:
        """Answer commands until they end."""
        while True:
            command = self._ear.next()
            self._number = command["number"]
            try:
                if command["do"] == "end":
                    return self._close()
                getattr(self, "_" + command["do"])(command)
            except self._glib.Error as error:
                self._mouth.say({"event": "failed", "number": self._number, **self._told(error)})

    def _list(self, _command: dict[str, Any]) -> None:
        devices = [
            {
                "driver": device.get_driver(),
                "id": device.get_device_id(),
                "name": device.get_name(),
                "scan": device.get_scan_type().value_nick,
                "captures": device.has_feature(self._fprint.DeviceFeature.CAPTURE),
            }
            for device in self._context.get_devices()
        ]
        self._mouth.say({"event": "devices", "number": self._number, "devices": devices})

    def _open(self, command: dict[str, Any]) -> None:
        for device in self._context.get_devices():
            if (device.get_driver(), device.get_device_id()) == (command["driver"], command["id"]):
                with self._ear.cancellable(self._number) as cancellable:
                    device.open_sync(cancellable)
                device.connect("notify::finger-status", self._finger_moved)
                self._device = device
                return self._mouth.say({"event": "opened", "number": self._number})
        return self._mouth.say(
            {"event": "failed", "number": self._number, "family": "device", "code": "removed", "message": "not there"}
        )

    def _capture(self, _command: dict[str, Any]) -> None:
        with self._ear.cancellable(self._number) as cancellable:
            image = self._device.capture_sync(True, cancellable)
        size = {"width": image.get_width(), "height": image.get_height()}
        self._mouth.say({"event": "image", "number": self._number, **size}, bytes(image.get_data()))

    def _finger_moved(self, device: Any, _property: Any) -> None:
        if not self._ear.running:
            return
        present = bool(device.get_finger_status() & self._fprint.FingerStatusFlags.PRESENT)
        self._mouth.say({"event": "finger", "number": self._number, "present": present})

    def _close(self) -> None:
        if self._device is not None:
            self._device.close_sync(None)

    def _told(self, error: Any) -> dict[str, str]:
        families = {
            self._glib.quark_to_string(self._fprint.DeviceError.quark()): ("device", self._fprint.DeviceError),
            self._glib.quark_to_string(self._fprint.DeviceRetry.quark()): ("retry", self._fprint.DeviceRetry),
            "g-io-error-quark": ("io", self._gio.IOErrorEnum),
        }
        family, codes = families.get(error.domain, ("other", None))
        code = str(error.code)
        if error.domain == "g-usb-device-error-quark":
            family, code = "usb", dict(enumerate(_USB_ERRORS)).get(error.code, code)
        elif codes is not None:
            with contextlib.suppress(ValueError):
                code = codes(error.code).value_nick
        return {"family": family, "code": code, "message": str(error.message)[:200]}


def _confine() -> None:
    """Bound memory, and let no crash leave pictures of fingers on the disk."""
    for what, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, _MEMORY_BYTES)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_NOT_DUMPABLE, 0, 0, 0, 0)


def _libraries(mouth: Mouth) -> tuple[Any, Any, Any] | None:
    missing = "python3-gi"
    try:
        gi = importlib.import_module("gi")
        missing = "gir1.2-fprint-2.0"
        gi.require_version("FPrint", "2.0")
        names = ("FPrint", "GLib", "Gio")
        fprint, glib, gio = (importlib.import_module(f"gi.repository.{name}") for name in names)
    except (ImportError, ValueError):
        mouth.say({"event": "missing", "number": 0, "missing": missing})
        return None
    mouth.say({"event": "ready", "number": 0, "binding": str(gi.__version__)})
    return fprint, glib, gio


def main() -> None:
    """Serve until standard input ends."""
    _confine()
    mouth = Mouth()
    libraries = _libraries(mouth)
    if libraries is not None:
        Scanners(mouth, libraries).serve()
    os._exit(0)  # without taking the libraries down, which some native drivers do not survive


if __name__ == "__main__":
    main()
