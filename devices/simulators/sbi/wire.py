"""What can be wrong with an answer on its way: bytes written past the server, onto the connection itself."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_TRICKLE_S = 0.2
_OVERSIZED, _CHUNK = 256 * 2**20, 2**20
_LINGER_S = 3600.0
"""For how long a connection stays open without a word; clients give up much earlier."""


class OpenConnection(H11Protocol):
    """uvicorn's connection, whose transport the application finds in the state of its requests."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the transport."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class ConnectionEndedError(Exception):
    """The client is gone, or the service ends: nobody waits for more."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """What was to be said.

    Parameters
    ----------
    body
        Of the answer.
    kind
        Its Content-Type.
    transport
        The connection.
    pause
        Waits that long; raises `ConnectionEndedError` when nobody waits any more.
    """

    body: bytes
    kind: str
    transport: asyncio.Transport
    pause: Callable[[float], Awaitable[None]]

    def head(self, length: int | None, *, status: str = "200 OK", more: str = "") -> bytes:
        """Return the head of the answer; without a length it is in chunks."""
        size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        text = f"HTTP/1.1 {status}\r\nCache-Control: no-store\r\nContent-Type: {self.kind}\r\n{size}\r\n{more}"
        return f"{text}Connection: close\r\n\r\n".encode("ascii")


class SpoiledResponse(Response):
    """An answer as a fault has it; the connection ends with it.

    Parameters
    ----------
    fault
        One of the faults of the wire.
    answer
        What was to be said.
    """

    def __init__(self, fault: str, answer: Answer) -> None:
        super().__init__()
        self._fault, self._answer = fault, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write it, past the server."""
        with contextlib.suppress(ConnectionEndedError):
            await _SPOILERS[self._fault](self._answer)
        self._answer.transport.close()
        # The server would answer for an application that did not; not once the connection has ended.
        while (await receive())["type"] != "http.disconnect":
            pass


async def _hang(answer: Answer) -> None:
    await answer.pause(_LINGER_S)


async def _close(answer: Answer) -> None:
    await answer.pause(_TRICKLE_S)


async def _trickle(answer: Answer) -> None:
    answer.transport.write(answer.head(len(answer.body)))
    for index in range(len(answer.body)):
        answer.transport.write(answer.body[index : index + 1])
        await answer.pause(_TRICKLE_S)


async def _drop(answer: Answer) -> None:
    answer.transport.write(answer.head(len(answer.body)) + answer.body[: len(answer.body) // 2])


async def _reset(answer: Answer) -> None:
    await _drop(answer)
    await answer.pause(_TRICKLE_S)  # so that the half arrives before the reset overtakes it
    connection = answer.transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    answer.transport.abort()


async def _too_long(answer: Answer) -> None:
    answer.transport.write(answer.head(len(answer.body) + 1_000) + answer.body)
    await answer.pause(_LINGER_S)


async def _too_short(answer: Answer) -> None:
    answer.transport.write(answer.head(max(0, len(answer.body) - 10)) + answer.body)


async def _garbage(answer: Answer) -> None:
    answer.transport.write(_noise() + b"\r\n\r\n")


async def _garbage_body(answer: Answer) -> None:
    answer.transport.write(answer.head(len(_noise())) + _noise())


async def _half(answer: Answer) -> None:
    half = answer.body[: len(answer.body) // 2]
    answer.transport.write(answer.head(len(half)) + half)


async def _http_500(answer: Answer) -> None:
    page = b"<html><body>SIMULATED error</body></html>"
    failed = replace(answer, kind="text/html")
    answer.transport.write(failed.head(len(page), status="500 Internal Server Error") + page)


async def _redirect(answer: Answer) -> None:
    answer.transport.write(answer.head(0, status="302 Found", more="Location: http://127.0.0.1:9/elsewhere\r\n"))


async def _oversize(answer: Answer) -> None:
    answer.transport.write(answer.head(None))
    for _ in range(_OVERSIZED // _CHUNK):
        answer.transport.write(_chunk(b" " * _CHUNK))
        await answer.pause(0)
        while answer.transport.get_write_buffer_size() > _CHUNK:
            await answer.pause(0.01)
    answer.transport.write(_chunk(answer.body) + b"0\r\n\r\n")


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode("ascii") + data + b"\r\n"


def _noise() -> bytes:
    return np.random.default_rng(1).bytes(2_000)


_SPOILERS: Mapping[str, Callable[[Answer], Awaitable[None]]] = {
    "hangs": _hang,
    "closes": _close,
    "trickles": _trickle,
    "drops": _drop,
    "resets": _reset,
    "length-too-long": _too_long,
    "length-too-short": _too_short,
    "garbage": _garbage,
    "garbage-body": _garbage_body,
    "invalid-json": _half,
    "http-500": _http_500,
    "oversized": _oversize,
    "redirect": _redirect,
}
