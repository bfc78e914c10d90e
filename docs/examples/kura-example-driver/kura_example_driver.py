"""A driver of Example scanners, which take one finger at a time and listen on a socket of this machine.

A scanner serves one client at a time, and a client asks one thing per connection:

- `who`, a line: the answer is one of make, model and serial number, parted by semicolons.
- `press`, a line: when a finger was pressed, four bytes `XMPL`, then width, height and pixels per inch (16 bits each,
  big-endian), the number of bytes that follow (32 bits), and a grey picture of that many bytes, row by row.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import numpy as np

from biometrics.errors import (
    CaptureError,
    DeviceLostError,
    DeviceNotFoundError,
    DeviceProtocolError,
    DeviceRefusedError,
    NothingPresentedError,
)
from biometrics.positions import Modality
from biometrics.samples import BiometricSample, now_utc
from devices.calls import Call
from devices.choices import DeviceChoices
from devices.contract import (
    Captured,
    CapturedSample,
    CaptureRequest,
    DeviceDescriptor,
    DeviceInfo,
    DeviceKind,
    Finding,
    Frame,
)
from devices.uris import DeviceUri

SCHEME = "example"
FOLDER_NAMED = "EXAMPLE_SCANNERS"
FOLDER = Path("/run/example")
"""Where the scanners' sockets lie, `NAME.socket`, unless the environment variable of that name says otherwise."""

HEADER = struct.Struct(">4sHHHI")
MAGIC = b"XMPL"

_MOST_PIXELS = 4_000_000
"""No Example scanner has more; a length that says so is a lie, and is not waited for."""

_LONGEST_LINE = 200
_LOOKS_S = 0.1
"""How often a call that waits looks whether it is still wanted."""

_EXAMPLE = f"write it like {SCHEME}:{FOLDER}/desk.socket"
_RECONNECT = "connect the scanner again"


class ExampleScanner:
    """Implements `devices.contract.Device`; opening it asks the scanner who it is."""

    def __init__(self, path: Path, call: Call) -> None:
        self._path = path
        self._closed = False
        self._line: socket.socket | None = None
        self._closing = threading.Lock()
        with self._connected(call):
            self._send(b"who\n")
            make, model, serial = self._told(call)
        descriptor = _described(call.uri, model)
        self._info = DeviceInfo(descriptor=descriptor, ppi=500.0, make=make, model=model, serial=serial)

    @property
    def info(self) -> DeviceInfo:
        """What it is."""
        return self._info

    def stream(self, call: Call) -> Iterator[Frame]:
        """Refuse: these scanners show nothing before a finger is pressed."""
        self._check_open()
        raise DeviceRefusedError("it shows no frames", source=call.uri, remedy="capture without a preview")

    def capture(self, request: CaptureRequest, call: Call) -> Captured:
        """Wait for a finger and return its picture.

        Raises
        ------
        CaptureError
            As the contract says.
        """
        self._check_open()
        if request.slap is not None or request.positions[0].modality is not Modality.FINGER:
            raise DeviceRefusedError("it takes one finger", source=call.uri, remedy="ask for one finger at a time")
        with self._connected(call):
            self._send(b"press\n")
            self._wait_for_finger(call)
            magic, width, height, ppi, length = HEADER.unpack(self._read(HEADER.size, call))
            if magic != MAGIC or length != width * height or not 0 < length <= _MOST_PIXELS:
                self._protocol(call, f"the scanner announced {length} bytes for {width} x {height} pixels")
            pixels = np.frombuffer(self._read(length, call), np.uint8).reshape(height, width)
        if ppi != self._info.ppi:
            self._protocol(call, f"the scanner announced {ppi} pixels per inch")
        sample = BiometricSample(
            position=request.positions[0],
            pixels=pixels,
            ppi=float(ppi),
            captured_at=now_utc(),
            device=call.uri,
            simulated=self._info.descriptor.simulated,
        )
        return Captured(samples=(CapturedSample(sample=sample),))

    def close(self) -> None:
        """Give it back; a capture that waits ends."""
        with self._closing:
            self._closed = True
            if self._line is not None:
                with suppress(OSError):
                    self._line.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def _connected(self, call: Call) -> Iterator[None]:
        """Be connected meanwhile; what the socket raises becomes an error of the contract."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(min(_LOOKS_S, call.remaining_s) or _LOOKS_S)
            try:
                line.connect(str(self._path))
            except OSError as error:
                raise DeviceNotFoundError(
                    f"no scanner answers there: {error.strerror}", source=call.uri, remedy=_RECONNECT
                ) from None
            with self._closing:
                self._line = line
            try:
                self._check_open()
                yield
            except OSError:
                self._check_open()
                self._lost(call)
            finally:
                with self._closing:
                    self._line = None

    def _wait_for_finger(self, call: Call) -> None:
        while not self._arrived(socket.MSG_PEEK):
            if call.cancellation.wanted:
                call.check()
            if not call.remaining_s:
                raise NothingPresentedError("no finger was pressed in time", source=call.uri, remedy="try again")

    def _read(self, length: int, call: Call) -> bytes:
        parts = bytearray()
        while len(parts) < length:
            call.check()
            part = self._arrived(most=length - len(parts))
            if part == b"":
                self._check_open()
                self._lost(call)
            parts += part or b""
        return bytes(parts)

    def _arrived(self, flags: int = 0, most: int = 1) -> bytes | None:
        """Return what has come; None when nothing has for a moment, and nothing at the end of the line."""
        assert self._line is not None
        try:
            return self._line.recv(min(most, 1 << 16), flags)
        except TimeoutError:
            return None

    def _told(self, call: Call) -> list[str]:
        line = bytearray()
        while not line.endswith(b"\n"):
            line += self._read(1, call)
            if len(line) > _LONGEST_LINE:
                self._protocol(call, "the scanner does not say who it is")
        words = line.decode("ascii", "replace").strip().split(";")
        if len(words) != 3 or not all(word.isprintable() for word in words):
            self._protocol(call, "the scanner does not say who it is")
        return words

    def _send(self, line: bytes) -> None:
        assert self._line is not None
        self._line.sendall(line)

    def _check_open(self) -> None:
        if self._closed:
            uri = self._info.descriptor.uri
            raise CaptureError("the scanner is closed", source=uri, remedy="open it again")

    def _lost(self, call: Call) -> NoReturn:
        raise DeviceLostError("the scanner hung up", source=call.uri, remedy=_RECONNECT)

    def _protocol(self, call: Call, message: str) -> NoReturn:
        raise DeviceProtocolError(message, source=call.uri, remedy="see that its firmware is up to date")


class ExampleDriver:
    """Implements `devices.contract.Driver`."""

    schemes = (SCHEME,)
    exclusive = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def discover(self, call: Call) -> Sequence[DeviceDescriptor]:
        """Return the scanners that answer."""
        found = []
        for path in sorted(self._folder.glob("*.socket")):
            with suppress(CaptureError):
                uri = DeviceUri.parse(f"{SCHEME}:{path}")
                # The call's time is for all of them together, and errors name the scanner.
                found.append(self.open(uri, Call(uri.shown, max(0.01, call.remaining_s), call.cancellation)))
        return [scanner.info.descriptor for scanner in found]

    def open(self, uri: DeviceUri, call: Call) -> ExampleScanner:
        """Open a scanner by the path of its socket."""
        uri.parameters(frozenset(), _EXAMPLE)
        path = Path(uri.target)
        if not path.is_absolute():
            raise CaptureError("the URI names no socket", source=uri.shown, remedy=_EXAMPLE)
        return ExampleScanner(path, call)

    def examine(self, call: Call) -> Sequence[Finding]:
        """Say whether the scanners' folder is there."""
        there = self._folder.is_dir()
        told = f"{self._folder} {'is there' if there else 'is missing: no Example scanner was ever connected'}"
        return (Finding(what="folder of Example scanners", fine=there, told=told, optional=True),)


def driver(choices: DeviceChoices) -> ExampleDriver:
    """Return the driver; the entry point names this function."""
    return ExampleDriver(Path(os.environ.get(FOLDER_NAMED, FOLDER)))


def _described(uri: str, model: str) -> DeviceDescriptor:
    return DeviceDescriptor(
        uri=uri,
        kind=DeviceKind.FINGERPRINT_SCANNER,
        name=f"Example scanner {model}",
        simulated=model == "simulator",
    )
