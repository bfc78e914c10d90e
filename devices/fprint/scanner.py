"""An open fingerprint scanner behind its process."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from biometrics.arrays import Pixels
from biometrics.errors import (
    CaptureError,
    DeviceProtocolError,
    DeviceRefusedError,
    NothingPresentedError,
)
from biometrics.positions import FINGERS, Modality
from biometrics.samples import now_utc
from devices.calls import Call, Cancellation
from devices.contract import Captured, CaptureRequest, DeviceInfo, Frame
from devices.fprint.failures import ADVICE, failure
from devices.fprint.process import ChildProcess
from devices.fprint.usb import permit_command
from devices.fprint.wire import Message, WireError
from devices.frames import Sensor, capture_best

_GIVING_UP_S = 0.8
"""How long a driver may take to give up waiting for a finger, before it counts as hanging."""

_EARLY = 0.1
"""Share of the time, and at most half a second, that giving up is asked for before the time is up."""

_MOST_EVENTS = 1_000
"""Of one capture: a finger that comes and goes tells two each time."""

_PAUSE_S = 0.05
"""Between a scan that failed and the next, so that a driver which only fails does not keep the processor busy."""

_TORN = 8
"""A picture of which the last eighth is wholly black was torn off: libfprint passes those on, the rest never filled."""


class FprintScanner:
    """Implements `devices.contract.Device`.

    Parameters
    ----------
    info
        What it is.
    child
        Process in which the scanner is open; the scanner ends it.
    """

    def __init__(self, info: DeviceInfo, child: ChildProcess) -> None:
        self._info = info
        self._uri = info.descriptor.uri
        self._child = child
        self._closed = False
        self._finger_on = False

    @property
    def info(self) -> DeviceInfo:
        """What it is."""
        return self._info

    @property
    def pid(self) -> int:
        """Of the process in which it is open."""
        return self._child.pid

    def stream(self, call: Call) -> Iterator[Frame]:
        """Refuse: libfprint gives one picture per finger, after it was lifted.

        Raises
        ------
        DeviceRefusedError
            Always, but for a closed one.
        """
        self._check_open()
        raise DeviceRefusedError(
            "the scanner shows nothing before it captures",
            source=call.uri,
            remedy="capture without a preview",
            code="stream",
        )

    def capture(self, request: CaptureRequest, call: Call) -> Captured:
        """Wait until a finger is pressed, or swiped, and lifted; scans that failed are made again while there is time.

        With a judge, fingers are taken until it is content; the best that it saw is returned when time is up.

        Raises
        ------
        NothingPresentedError
            When there was no finger, or none that gave a picture: then it names what to do better.
        DeviceRefusedError
            When something else than one finger is asked for.
        DeviceLostError, DeviceBusyError, DeviceTimeoutError, DeviceProtocolError, CaptureCancelledError
            By what went wrong.
        """
        self._check_open()
        self._check_one_finger(request)
        sensor = Sensor(
            uri=self._uri, modality=Modality.FINGER, ppi=self._info.ppi, simulated=self._info.descriptor.simulated
        )
        try:
            return capture_best(self._frames(request.timeout_s, call), request, call, sensor)
        except CaptureError:
            self._check_open()  # whoever closes it in another thread makes the process end
            raise

    def close(self) -> None:
        """Give the scanner back and end its process; closing again does nothing."""
        self._closed = True
        self._child.end()

    def _frames(self, timeout_s: float, call: Call) -> Iterator[Frame]:
        """Yield one picture per finger until time is up; when there was none, tell why."""
        allowed_s = min(timeout_s, call.remaining_s)
        until = time.monotonic() + allowed_s
        seen, advice = 0, ""
        while (answer := self._scan(call, until, min(0.5, _EARLY * allowed_s))) is not None:
            if answer.event == "image":
                yield Frame(pixels=self._pixels(answer), number=seen, captured_at=now_utc())
                seen += 1
            elif answer.text("family") == "retry":
                advice = answer.text("code")
                call.cancellation.wait(_PAUSE_S)
            else:
                raise failure(answer, self._uri, permit_command())
        if not seen:
            raise self._nothing(timeout_s, advice)

    def _scan(self, call: Call, until: float, early_s: float) -> Message | None:
        """Ask for one picture; None when time was up first."""
        if until - time.monotonic() <= early_s:
            return None
        self._finger_on = False
        number = self._child.ask("capture")
        answer = self._answer(number, until - early_s, call.cancellation)
        if answer is None:
            lingering = self._finger_on
            self._child.cancel(number)
            asked = time.monotonic()
            rest_s = 0.0 if call.cancellation.wanted else max(0.0, until - asked)
            answer = self._answer(number, asked + rest_s + _GIVING_UP_S, None)
            self._finger_on = lingering  # who gives up takes the finger as gone
        if answer is None:
            self._child.end(leaving_s=0)
            call.check()
            raise call.timed_out()
        if call.cancellation.wanted:
            call.check()
        return None if (answer.text("family"), answer.text("code")) == ("io", "cancelled") else answer

    def _answer(self, number: int, until: float, cancellation: Cancellation | None) -> Message | None:
        for _ in range(_MOST_EVENTS):
            answer = self._child.hear(number, until - time.monotonic(), cancellation)
            if answer is None or answer.event in ("image", "failed"):
                return answer
            if answer.event != "finger":
                raise self._child.garbage("a capture ends with a picture or with an error")
            self._finger_on = answer.fields.get("present") is True
        raise self._child.garbage("it does not stop telling of the finger")

    def _pixels(self, answer: Message) -> Pixels:
        try:
            height, width = answer.size
        except WireError as error:
            raise self._child.garbage(str(error)) from None
        pixels = np.frombuffer(answer.body, np.uint8).reshape(height, width)
        if not pixels[height - max(1, height // _TORN) :].any():
            raise DeviceProtocolError(
                "the lower part of the picture is missing", source=self._uri, remedy="capture again"
            )
        return pixels

    def _nothing(self, timeout_s: float, advice: str) -> NothingPresentedError:
        way = self._info.details.get("scan", "press")
        if self._finger_on:
            return NothingPresentedError(
                "the finger was not lifted", source=self._uri, remedy="lift it once the scanner has its picture"
            )
        if advice:
            happened, remedy = ADVICE.get(advice, ADVICE["general"])
            return NothingPresentedError(
                f"no picture could be used within {timeout_s:g} s: {happened}", source=self._uri, remedy=remedy
            )
        return NothingPresentedError(
            f"no finger came within {timeout_s:g} s",
            source=self._uri,
            remedy=f"{way} the finger {'over' if way == 'swipe' else 'on'} the scanner",
        )

    def _check_one_finger(self, request: CaptureRequest) -> None:
        if request.slap is not None or request.positions[0] not in FINGERS:
            raise DeviceRefusedError(
                "the scanner takes one finger at a time",
                source=self._uri,
                remedy="capture the fingers one after the other",
                code="one-finger",
            )

    def _check_open(self) -> None:
        if self._closed:
            raise CaptureError("the scanner is closed", source=self._uri, remedy="open it again")
