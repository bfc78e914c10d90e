"""Requests to a service on this machine: bounded in time and size, and ended as soon as nobody wants the answer.

The interface has HTTP methods of its own, so a plain connection is used, to one host and port: nothing is redirected,
no proxy asked, nothing decompressed. Whoever waits looks every few hundredths of a second whether the call is still
wanted, so that neither a service that hangs nor one that trickles holds anybody longer than the call may last.
"""

from __future__ import annotations

import http.client
import io
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from biometrics.errors import CaptureError, DeviceLostError, DeviceNotFoundError, DeviceProtocolError
from devices.calls import Call
from devices.sbi.words import Verb

MOST_BODY_BYTES = 64 * 1024 * 1024
"""Of a capture: a slap of four uncompressed fingers at 1000 ppi, in base64 twice, has about 30 MB."""

MOST_STATE_BYTES = 1024 * 1024
"""Of any other answer, a stream aside: the state of a device, with its certificates, has about 10 kB."""

_LOOKS_S = 0.05
"""How often whoever waits looks whether the call is still wanted."""

_CONNECT_S = 2.0
"""A connection on this machine is there at once, or not at all."""

_CHUNK = 65_536
_RESTART = "see that the service of the device runs, and restart it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a service listens.

    Parameters
    ----------
    host
        Address of this machine.
    port
        TCP port.
    base
        Path before that of each request, from `/` to `/`.
    """

    host: str
    port: int
    base: str = "/"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """A whole answer: status and body."""

    status: int
    body: bytes


@dataclass(slots=True, kw_only=True, eq=False)
class Opening:
    """An answer that has begun: its status and type, and the rest of it in pieces as they come."""

    status: int
    content_type: str
    pieces: Iterator[bytes]
    most_bytes: int

    def whole(self, source: str) -> Answer:
        """Wait for all of it."""
        body = bytearray()  # pieces may be of one byte each, and a list of them far larger than what they say
        for piece in _bounded(self.pieces, self.most_bytes, source):
            body += piece
        return Answer(status=self.status, body=bytes(body))


def ask(place: Place, verb: Verb, body: bytes | None, call: Call, closed: threading.Event) -> Answer:
    """Send a request and return the whole answer.

    `call` bounds all of it; `closed` is set when the device is closed meanwhile.

    Raises
    ------
    DeviceNotFoundError
        When nothing listens there.
    DeviceLostError
        When the connection breaks before the answer has begun.
    DeviceProtocolError
        When the answer is no HTTP, ends early, is too large or compressed.
    DeviceTimeoutError, CaptureCancelledError
        As `Call.check`.
    CaptureError
        When the device was closed.
    """
    with asked(place, verb, body, call, closed) as opening:
        return opening.whole(call.uri)


@contextmanager
def asked(place: Place, verb: Verb, body: bytes | None, call: Call, closed: threading.Event) -> Iterator[Opening]:
    """Send a request and give the answer as it comes; errors as `ask`."""
    connection = _Connection(place, call, closed)
    try:
        yield _begin(connection, place, verb, body, call)
    finally:
        connection.end()


def _begin(connection: _Connection, place: Place, verb: Verb, body: bytes | None, call: Call) -> Opening:
    headers = {"Content-Type": "application/json", "Connection": "close", "EXT": "Kura"}
    try:
        connection.request(verb.value, place.base + verb.path, body=body, headers=headers)
        response = connection.getresponse()
    except (http.client.RemoteDisconnected, ConnectionError, TimeoutError) as error:
        raise _lost(call) from error
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise _garbled("what came is no HTTP answer", call) from error
    encoding = response.getheader("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise _garbled("the answer is compressed, which was not asked for", call)
    most_bytes = MOST_BODY_BYTES if verb is Verb.CAPTURE else MOST_STATE_BYTES
    if response.length is not None and response.length > most_bytes and verb is not Verb.STREAM:
        raise _garbled(f"an answer of {response.length} bytes is announced", call)
    return Opening(
        status=response.status,
        content_type=response.getheader("Content-Type", ""),
        pieces=_pieces(response, call),
        most_bytes=most_bytes,
    )


def _pieces(response: http.client.HTTPResponse, call: Call) -> Iterator[bytes]:
    announced, got = response.length, 0
    while announced is None or got < announced:
        try:
            piece = response.read1(_CHUNK)
        except (ConnectionError, TimeoutError) as error:
            raise _lost(call) from error
        except (http.client.HTTPException, OSError, ValueError) as error:
            raise _garbled("the answer ends early or cannot be read", call) from error
        if not piece:
            break
        got += len(piece)
        yield piece
    if announced is not None and got < announced:
        raise _garbled(f"the answer ends after {got} of {announced} bytes", call)


def _bounded(pieces: Iterator[bytes], most_bytes: int, source: str) -> Iterator[bytes]:
    got = 0
    for piece in pieces:
        got += len(piece)
        if got > most_bytes:
            raise DeviceProtocolError(f"the answer has more than {most_bytes} bytes", source=source, remedy=_RESTART)
        yield piece


class _Connection(http.client.HTTPConnection):
    """A connection whose waiting is done in short steps."""

    def __init__(self, place: Place, call: Call, closed: threading.Event) -> None:
        super().__init__(place.host, place.port)
        self._call = call
        self._closed = closed
        self._plain: socket.socket | None = None

    def connect(self) -> None:
        """Connect, or say that nobody listens."""
        self._call.check()
        try:
            plain = socket.create_connection(
                (self.host, self.port), timeout=max(0.001, min(_CONNECT_S, self._call.remaining_s))
            )
        except OSError as error:
            self._call.check()
            raise DeviceNotFoundError(
                f"no service listens on {self.host} port {self.port}",
                source=self._call.uri,
                remedy="start the service of the device; kura devices list shows what is there",
            ) from error
        self._plain = plain
        plain.settimeout(_CONNECT_S)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = _Patient(plain, self._call, self._closed)

    def end(self) -> None:
        """Close for good, whatever is still to be read."""
        self.close()
        if self._plain is not None:
            self._plain.close()


class _Patient:
    """Stands in for a socket; its reader never blocks longer than its call."""

    def __init__(self, plain: socket.socket, call: Call, closed: threading.Event) -> None:
        self._plain = plain
        self._call = call
        self._closed = closed

    def sendall(self, data: bytes) -> None:
        self._plain.sendall(data)

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        return io.BufferedReader(_Reading(self._plain, self._call, self._closed), _CHUNK)

    def close(self) -> None:
        """Keep it: the answer is still being read when the connection is done with; `_Connection.end` closes."""


class _Reading(io.RawIOBase):
    def __init__(self, plain: socket.socket, call: Call, closed: threading.Event) -> None:
        super().__init__()
        self._plain = plain
        self._call = call
        self._closed_event = closed
        self._poll = select.poll()
        self._poll.register(plain, select.POLLIN)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while True:
            if self._closed_event.is_set():
                raise closed_error(self._call.uri)
            self._call.check()
            if self._poll.poll(1000 * min(_LOOKS_S, self._call.remaining_s)):
                return self._plain.recv_into(buffer)


def closed_error(uri: str) -> CaptureError:
    """Return the error of a device that was closed."""
    return CaptureError("the device is closed", source=uri, remedy="open it again")


def _lost(call: Call) -> DeviceLostError:
    return DeviceLostError("the service ended while it was asked", source=call.uri, remedy=_RESTART)


def _garbled(message: str, call: Call) -> DeviceProtocolError:
    return DeviceProtocolError(message, source=call.uri, remedy=_RESTART)
