"""One connection of a worker: heads of requests within limits of size and time, and who is at the other end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any

import httptools
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from api.http.front import ALWAYS
from api.serve.proxies import CERTIFICATE_KEY, Networks, is_in

LARGEST_HEAD_BYTES = 32 * 1024
"""Of the request line and all header fields; a token takes up to 8 KB."""

MOST_FIELDS = 64
LONGEST_TARGET_BYTES = 8 * 1024

_ANSWERS = {
    400: b"The request is no valid HTTP.",
    408: b"The head of the request did not come in time.",
    431: b"The head of the request is too large.",
}

_BUSY = b"There are as many connections as are taken on; come again in a moment."


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """What a connection may take.

    Parameters
    ----------
    most
        Connections whose requests are answered; those beyond are told to come again.
    head_timeout_s
        Longest time until the head of a request is whole, from its first byte or from the beginning of the connection.
    send_timeout_s
        Longest time in which a client takes nothing of an answer.
    speakers
        Who may connect; None for anybody.
    """

    most: int
    head_timeout_s: float
    send_timeout_s: float
    speakers: Networks | None = None


class LimitedConnection(HttpToolsProtocol):
    """uvicorn's connection, cut when the head of a request is too slow or too large, with the client's certificate."""

    def __init__(self, limits: ConnectionLimits, config: Config, server_state: ServerState, **others: Any) -> None:
        super().__init__(config=config, server_state=server_state, **others)
        self._limits = limits
        self._certificate: bytes | None = None
        self._head_timer: asyncio.TimerHandle | None = None
        self._send_timer: asyncio.TimerHandle | None = None
        self._in_head = False
        self._fed_bytes = 0
        self._head_bytes = 0

    def connection_made(self, transport: Any) -> None:  # uvloop's are no asyncio.Transport
        """Take a connection."""
        super().connection_made(transport)
        speakers = self._limits.speakers
        if speakers is not None and (self.client is None or not is_in(self.client[0], speakers)):
            transport.abort()
            return
        if len(self.connections) > self._limits.most:
            self.app = _busy
        spoken = transport.get_extra_info("ssl_object")
        self._certificate = spoken.getpeercert(binary_form=True) if spoken is not None else None
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let a connection go."""
        self._stop_waiting()
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; a head that grows too large ends the connection."""
        if self.transport.is_closing():
            return
        if self._head_timer is None and not self._is_answering:
            self._expect_head()  # the next request on a connection that was idle
        self._fed_bytes = self._fed_bytes + len(data) if self._in_head else len(data)
        super().data_received(data)
        if self._in_head and self._fed_bytes > LARGEST_HEAD_BYTES:
            self._refuse(431)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        if self._head_timer is None:
            self._expect_head()  # it began behind another request that is being answered
        self.scope[CERTIFICATE_KEY] = self._certificate  # type: ignore[literal-required]

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        super().on_url(url)
        if len(self.url) > LONGEST_TARGET_BYTES:
            self._refuse(431)
            raise httptools.HttpParserError("target too long")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field."""
        super().on_header(name, value)
        self._head_bytes += len(name) + len(value)
        if len(self.headers) > MOST_FIELDS or self._head_bytes > LARGEST_HEAD_BYTES:
            self._refuse(431)
            raise httptools.HttpParserError("head too large")

    def on_headers_complete(self) -> None:
        """Hand the request on."""
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, unless more was said already."""
        if not self.transport.is_closing():
            self._refuse(400)

    def pause_writing(self) -> None:
        """Watch a client that takes its answer slowly."""
        super().pause_writing()
        self._watch_sending(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Go on with the answer."""
        self._stop_watching()
        super().resume_writing()

    def _watch_sending(self, left_bytes: int) -> None:
        self._send_timer = self.loop.call_later(self._limits.send_timeout_s, self._judge_sending, left_bytes)

    def _stop_watching(self) -> None:
        if self._send_timer is not None:
            self._send_timer.cancel()
            self._send_timer = None

    def _judge_sending(self, left_before_bytes: int) -> None:
        left_bytes = self.transport.get_write_buffer_size()
        if left_bytes >= left_before_bytes:
            self.transport.abort()
        else:
            self._watch_sending(left_bytes)

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_head(self) -> None:
        self._head_timer = self.loop.call_later(self._limits.head_timeout_s, self._give_up)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        self._head_timer = None
        if self._is_answering:
            self._expect_head()  # the answer to an earlier request goes first
        elif self._in_head:
            self._refuse(408)
        else:
            self.transport.close()  # nothing was begun

    def _refuse(self, status: int) -> None:
        """Answer outside of the application, and end the connection; only where no answer is under way."""
        if not self._is_answering:
            text = _ANSWERS[status]
            lines = b"".join(b"%s: %s\r\n" % field for field in _fields(text))
            self.transport.write(STATUS_LINE[status] + lines + b"\r\n" + text)
        self.transport.close()


def _fields(text: bytes) -> list[tuple[bytes, bytes]]:
    """Return the fields of an answer that is given outside of the application."""
    length = b"%d" % len(text)
    own = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", length), (b"connection", b"close")]
    return [*own, *ALWAYS]


async def _busy(_: Scope, __: Receive, send: Send) -> None:
    """Answer on a connection that is one too many."""
    fields = [*_fields(_BUSY), (b"retry-after", b"1")]
    await send({"type": "http.response.start", "status": 503, "headers": fields})
    await send({"type": "http.response.body", "body": _BUSY})


def connections(limits: ConnectionLimits) -> Any:
    """Return what makes uvicorn's connections within limits."""
    return partial(LimitedConnection, limits)
