"""A driver that does whatever a test wants of it, well or badly."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from biometrics.positions import Position
from biometrics.samples import BiometricSample, now_utc
from devices.calls import Call
from devices.choices import DeviceChoices
from devices.contract import (
    Captured,
    CapturedSample,
    CaptureRequest,
    Device,
    DeviceDescriptor,
    DeviceInfo,
    DeviceKind,
    Finding,
    Frame,
)
from devices.drivers import Drivers
from devices.uris import DeviceUri

FACE = CaptureRequest(positions=(Position.FACE,), timeout_s=5.0)


def described(uri: str = "fake:0") -> DeviceDescriptor:
    return DeviceDescriptor(uri=uri, kind=DeviceKind.CAMERA, name="fake camera", simulated=True)


def frame(number: int = 0) -> Frame:
    return Frame(pixels=np.zeros((4, 4), np.uint8), number=number, captured_at=now_utc())


def sample(position: Position = Position.FACE, *, simulated: bool = True) -> CapturedSample:
    taken = BiometricSample(
        position=position, pixels=np.zeros((4, 4), np.uint8), ppi=500.0, captured_at=now_utc(), simulated=simulated
    )
    return CapturedSample(sample=taken)


def captured() -> Captured:
    return Captured(samples=(sample(),))


def streamed(call: Call) -> Iterator[Frame]:
    number = 0
    while not call.over:
        yield frame(number)
        number += 1
        call.cancellation.wait(0.01)


class FakeDriver:
    """`on` holds what is done instead of what is right: `open`, `info`, `capture`, `stream`, `close`, `discover`..."""

    def __init__(self) -> None:
        self.on: dict[str, Callable[..., Any]] = {}
        self.released = threading.Event()
        self.closed = threading.Event()
        self.opens = 0

    def hang(self, *_: object) -> None:
        """Do not come back before the test is over, whatever anybody wants."""
        self.released.wait()

    def do(self, what: str, well: Callable[..., Any], *given: object) -> Any:
        return self.on.get(what, well)(*given)

    @property
    def schemes(self) -> tuple[str, ...]:
        return ("fake", "fakes")

    @property
    def exclusive(self) -> bool:
        answer: bool = self.do("exclusive", lambda: False)
        return answer

    def discover(self, call: Call) -> Sequence[DeviceDescriptor]:
        answer: Sequence[DeviceDescriptor] = self.do("discover", lambda call: (described(),), call)
        return answer

    def open(self, uri: DeviceUri, call: Call) -> Device:
        self.opens += 1
        device: Device = self.do("open", lambda call: FakeDevice(self), call)
        return device

    def examine(self, call: Call) -> Sequence[Finding]:
        answer: Sequence[Finding] = self.do("examine", lambda call: (), call)
        return answer

    def drivers(self, choices: DeviceChoices | None = None) -> Drivers:
        return Drivers(choices or DeviceChoices(), {"fake": lambda choices: self})


class FakeDevice:
    def __init__(self, driver: FakeDriver) -> None:
        self._driver = driver

    @property
    def info(self) -> DeviceInfo:
        answer: DeviceInfo = self._driver.do("info", lambda: DeviceInfo(descriptor=described(), streams=True))
        return answer

    def stream(self, call: Call) -> Iterator[Frame]:
        frames: Iterator[Frame] = self._driver.do("stream", streamed, call)
        return frames

    def capture(self, request: CaptureRequest, call: Call) -> Captured:
        got: Captured = self._driver.do("capture", lambda request, call: captured(), request, call)
        return got

    def close(self) -> None:
        self._driver.closed.set()
        self._driver.do("close", lambda: None)
