"""The simulated service: the verbs of the interface, one capture at a time at each device."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from devices.sbi.words import ANY_DEVICE, SPEC_VERSION, DeviceType, Status
from devices.simulators.sbi.captures import Capturing, refused
from devices.simulators.sbi.exchange import Exchange, Running
from devices.simulators.sbi.faults import Faults
from devices.simulators.sbi.identity import Identity, error_of
from devices.simulators.sbi.live import LiveView
from devices.simulators.sbi.presentation import Presentation
from devices.simulators.sbi.requests import (
    NOT_OFFERED,
    WRONG_TYPE,
    CaptureOrder,
    Refusal,
    read_capture,
    read_json,
    read_stream,
)
from devices.simulators.sbi.signing import compact_json
from devices.simulators.sbi.wire import ConnectionEndedError

_Verb = Callable[[Exchange], Awaitable[Response]]


class Service:
    """What the verbs do.

    Parameters
    ----------
    identities
        The devices, by `deviceId`.
    capturing
        Captures at them.
    faults
        What goes wrong.
    presentation
        Returns what the person does now.
    environment
        `env` that the devices are registered in.
    """

    def __init__(
        self,
        identities: Mapping[str, Identity],
        capturing: Capturing,
        faults: Faults,
        presentation: Callable[[], Presentation],
        environment: str,
    ) -> None:
        self._identities, self._capturing, self._faults = identities, capturing, faults
        self._presentation, self._environment = presentation, environment
        self._devices = {name: identity.device for name, identity in identities.items()}
        self._live = LiveView(capturing, presentation)
        self._last: dict[str, bytes] = {}
        self.running = Running()

    def application(self, more: Sequence[BaseRoute] = ()) -> Starlette:
        """Return what answers, on these paths and more."""
        verbs: Mapping[tuple[str, str], _Verb] = {
            ("MOSIPDISC", "/device"): self._discover,
            ("MOSIPDINFO", "/info"): self._inform,
            ("RCAPTURE", "/capture"): self._capture,
            ("CAPTURE", "/capture"): self._refuse_encrypted,
            ("STREAM", "/stream"): self._stream,
        }
        routes = [Route(path, self._endpoint(answer), methods=[verb]) for (verb, path), answer in verbs.items()]
        return Starlette(routes=[*routes, *more])

    def _endpoint(self, answer: _Verb) -> Callable[[Request], Awaitable[Response]]:
        async def answered(request: Request) -> Response:
            return await answer(Exchange(request=request, faults=self._faults, running=self.running))

        return answered

    async def _discover(self, exchange: Exchange) -> Response:
        try:
            asked = read_json(await exchange.body()).get("type")
            if asked not in [ANY_DEVICE, *(kind.value for kind in DeviceType)]:
                raise Refusal(WRONG_TYPE, "type must be Biometric Device, Finger, Iris or Face")
        except Refusal as refusal:
            return exchange.answered([{"error": error_of(refusal.code, refusal.told)}])
        entries = [
            identity.discovery(self.running.address)
            for identity in self._connected(exchange)
            if asked in (ANY_DEVICE, identity.device.kind.value)
        ]
        return exchange.answered(entries)

    async def _inform(self, exchange: Exchange) -> Response:
        connected = self._connected(exchange)
        entries = await asyncio.to_thread(lambda: [one.info(self.running.address) for one in connected])
        return exchange.answered(entries)

    async def _refuse_encrypted(self, exchange: Exchange) -> Response:
        """Refuse to capture for authentication, encrypted: the devices are registered for registration."""
        code = self._faults.code(exchange.verb)
        error = error_of(code) if code else error_of(NOT_OFFERED, "The devices are registered for Registration")
        nothing = {"specVersion": SPEC_VERSION, "data": "", "hash": "", "sessionKey": "", "thumbprint": ""}
        return exchange.answered({"biometrics": [{**nothing, "error": error}]})

    async def _capture(self, exchange: Exchange) -> Response:
        try:
            order = read_capture(read_json(await exchange.body()), self._devices, self._environment)
            identity = self._ready(exchange, order.device.device_id)
            if identity.status is Status.BUSY:
                raise Refusal("111")
            return exchange.answered_as(await self._captured(exchange, identity, order))
        except Refusal as refusal:
            return exchange.answered(refused(refusal))
        except ConnectionEndedError:
            return Response()

    async def _captured(self, exchange: Exchange, identity: Identity, order: CaptureOrder) -> bytes:
        last = self._last.get(identity.device.device_id)
        if self._faults.strikes("replay-last", exchange.verb):
            if last is not None:
                return last
            order = replace(order, transaction="earlier-0001")
        with _busy(identity):
            pressed = await self._capturing.wait(order, self._presentation, exchange.pause)
            blocks = await asyncio.to_thread(self._capturing.blocks, order, pressed)
            answer = await asyncio.to_thread(self._capturing.answer, order, identity, blocks)
        body = compact_json(answer)
        self._last[identity.device.device_id] = body
        return body

    async def _stream(self, exchange: Exchange) -> Response:
        try:
            device_id, sub_id, seconds = read_stream(read_json(await exchange.body()), self._devices)
            identity = self._ready(exchange, device_id)
            if identity.status is Status.BUSY or self._live.shows(device_id):
                raise Refusal("111")
        except Refusal as refusal:
            return exchange.answered({"error": error_of(refusal.code, refusal.told)})
        return await self._live.answer(exchange, identity, sub_id, seconds)

    def _connected(self, exchange: Exchange) -> list[Identity]:
        return [] if self._faults.strikes("unplugged", exchange.verb) else list(self._identities.values())

    def _ready(self, exchange: Exchange, device_id: str) -> Identity:
        """Return a device that is registered and ready; it may be busy."""
        code, identity = self._faults.code(exchange.verb), self._identities[device_id]
        if code is not None:
            raise Refusal(code)
        if identity.status is Status.NOT_READY:
            raise Refusal("110")
        return identity


@contextmanager
def _busy(identity: Identity) -> Iterator[None]:
    identity.status = Status.BUSY
    try:
        yield
    finally:
        identity.status = Status.READY
