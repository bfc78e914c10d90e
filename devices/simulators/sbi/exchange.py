"""One request and its answer: what every verb does alike."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from devices.simulators.sbi.faults import Faults, Kind
from devices.simulators.sbi.requests import MALFORMED, Refusal
from devices.simulators.sbi.signing import compact_json
from devices.simulators.sbi.wire import Answer, ConnectionEndedError, SpoiledResponse

_JSON = "application/json"
_MOST_REQUEST_BYTES = 65_536
_LOOK_S = 0.05
"""Between looks at whether a client is still there."""


@dataclass(slots=True, kw_only=True)
class Running:
    """How the service stands.

    Parameters
    ----------
    address
        Its base URL, once it is known.
    closing
        Whether it ends.
    """

    address: str = ""
    closing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exchange:
    """A request, and the ways to answer it.

    Parameters
    ----------
    request
        As it came.
    faults
        What goes wrong with answers.
    running
        How the service stands.
    """

    request: Request
    faults: Faults
    running: Running = field(repr=False)

    @property
    def verb(self) -> str:
        """The HTTP method."""
        return self.request.method

    async def body(self) -> bytes:
        """Return what the request carries.

        Raises
        ------
        Refusal
            When it is too large.
        """
        body = bytearray()
        async for piece in self.request.stream():
            body += piece
            if len(body) > _MOST_REQUEST_BYTES:
                raise Refusal(MALFORMED, f"A request has at most {_MOST_REQUEST_BYTES} bytes")
        return bytes(body)

    async def pause(self, seconds: float) -> None:
        """Wait that long.

        Raises
        ------
        ConnectionEndedError
            When nobody waits for the answer any more.
        """
        until = time.monotonic() + seconds
        while True:
            if self.running.closing or self.transport.is_closing():
                raise ConnectionEndedError
            left_s = until - time.monotonic()
            await asyncio.sleep(min(max(left_s, 0.0), _LOOK_S))
            if left_s <= 0:
                return

    @property
    def transport(self) -> asyncio.Transport:
        """The connection."""
        transport = self.request.state.transport
        assert isinstance(transport, asyncio.Transport)
        return transport

    @property
    def headers(self) -> dict[str, str]:
        """What every answer begins with."""
        return {"Cache-Control": "no-store", "Location": self.running.address.rstrip("/"), "Connection": "close"}

    def answered(self, value: object) -> Response:
        """Return an answer of JSON, spoiled where a fault of the wire strikes."""
        return self.answered_as(compact_json(value), _JSON)

    def answered_as(self, body: bytes, kind: str = _JSON) -> Response:
        """Return an answer of any kind."""
        fault = self.faults.first(Kind.WIRE, self.verb)
        if fault is None:
            return Response(body, headers={**self.headers, "Content-Type": kind})
        pause: Callable[[float], Awaitable[None]] = self.pause
        return SpoiledResponse(fault, Answer(body=body, kind=kind, transport=self.transport, pause=pause))
