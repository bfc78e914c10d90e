"""The STREAM verb: what the sensor sees, picture by picture, until the client or the time ends it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence

from starlette.responses import Response, StreamingResponse

from devices.sbi.words import Status
from devices.simulators.sbi.captures import Capturing
from devices.simulators.sbi.exchange import Exchange
from devices.simulators.sbi.faults import Kind
from devices.simulators.sbi.identity import Identity
from devices.simulators.sbi.presentation import Presentation
from devices.simulators.sbi.streaming import BOUNDARY, FRAMES_PER_S, part
from devices.simulators.sbi.wire import ConnectionEndedError

_MULTIPART = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
_FRAMES_OF_A_FAULT = 20
_WRONG_BY = {"length-too-long": 1_000, "length-too-short": -10}


class LiveView:
    """Streams of the devices, one at a time at each.

    Parameters
    ----------
    capturing
        Shows what would be captured.
    presentation
        Returns what the person does now.
    """

    def __init__(self, capturing: Capturing, presentation: Callable[[], Presentation]) -> None:
        self._capturing, self._presentation = capturing, presentation
        self._streamed: set[str] = set()

    def shows(self, device_id: str) -> bool:
        """Return whether a stream of this device is under way."""
        return device_id in self._streamed

    async def answer(self, exchange: Exchange, identity: Identity, sub_id: str, seconds: float) -> Response:
        """Return the stream of a device, or what a fault makes of it."""
        frames = await self._pictures(identity, sub_id)
        fault = exchange.faults.first(Kind.WIRE, exchange.verb) or ""
        if fault and fault not in _WRONG_BY:
            body = b"".join(part(frames[min(index, len(frames) - 1)]) for index in range(_FRAMES_OF_A_FAULT))
            return exchange.answered_as(body, _MULTIPART)
        parts = self._parts(exchange, identity, frames, seconds, _WRONG_BY.get(fault, 0))
        return StreamingResponse(parts, headers={**exchange.headers, "Content-Type": _MULTIPART})

    async def _pictures(self, identity: Identity, sub_id: str) -> list[bytes]:
        return await asyncio.to_thread(self._capturing.pictures, identity.device, sub_id, self._presentation())

    async def _parts(
        self, exchange: Exchange, identity: Identity, frames: Sequence[bytes], seconds: float, wrong_by: int
    ) -> AsyncIterator[bytes]:
        device_id = identity.device.device_id
        self._streamed.add(device_id)
        begun, number = time.monotonic(), 0
        coming_s = self._presentation().after_s
        try:
            while time.monotonic() - begun < seconds:
                # While it captures, a device adds no frames to its stream.
                if identity.status is not Status.BUSY:
                    jpeg = frames[min(number, len(frames) - 1)]
                    yield part(jpeg, announced=len(jpeg) + wrong_by if wrong_by else None)
                    number += int(time.monotonic() - begun >= coming_s)
                await exchange.pause(1 / FRAMES_PER_S)
            yield f"--{BOUNDARY}--\r\n".encode("ascii")
        except ConnectionEndedError:
            return
        finally:
            self._streamed.discard(device_id)
