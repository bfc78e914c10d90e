"""One call that waits for pushed frames, and why none came."""

from __future__ import annotations

import time
from datetime import datetime

from biometrics.arrays import Pixels
from biometrics.errors import (
    CaptureError,
    DeviceLostError,
    DeviceProtocolError,
    DeviceTimeoutError,
    NothingPresentedError,
)
from devices.browser.channel import FrameChannel
from devices.calls import Call
from devices.contract import Frame

_LOOKS_S = 0.1
"""How often it is looked whether the call is still wanted."""


class WaitingCall:
    """Gives a call the frames that are pushed after this is made; they are waited for inside `FrameChannel.reading`."""

    def __init__(self, channel: FrameChannel, call: Call) -> None:
        self._channel = channel
        self._call = call
        self._pusher = channel.pusher
        self._begun_with = self._taken = channel.taken
        self._refused_before = channel.refused
        self._heard_at = time.monotonic()

    def next(self) -> Frame | None:
        """Return the newest frame that was not returned yet; None when time is up and there were some.

        Raises
        ------
        CaptureError
            When the channel was closed.
        DeviceLostError
            When whoever pushed left.
        NothingPresentedError
            When nobody connected in time.
        DeviceProtocolError, DeviceTimeoutError
            When somebody is connected, but pushes no pictures, or nothing: in all the time, or for a while.
        CaptureCancelledError
            When the call was cancelled.
        """
        channel, call = self._channel, self._call
        with channel.changed:
            while True:
                self._check_pusher()
                if channel.newest is not None and channel.taken > self._taken:
                    return self._take(*channel.newest)
                if not call.remaining_s and self._taken > self._begun_with:
                    return None
                if not call.remaining_s or self._is_silent:
                    raise self._why_nothing()
                channel.changed.wait(min(_LOOKS_S, call.remaining_s))

    def _check_pusher(self) -> None:
        if self._call.cancellation.wanted:
            self._call.check()
        if self._channel.closed:
            raise CaptureError("the camera is closed", source=self._call.uri, remedy="open it again")
        if self._pusher is None and self._channel.pusher is not None:
            self._pusher, self._heard_at = self._channel.pusher, time.monotonic()
        if self._channel.pusher is not self._pusher:
            raise DeviceLostError(
                "the browser's page was closed, or its camera pulled out, while frames were awaited",
                source=self._call.uri,
                remedy="open the page again, see that its camera works, and repeat the capture",
            )

    def _take(self, pixels: Pixels, captured_at: datetime) -> Frame:
        self._taken, self._heard_at = self._channel.taken, time.monotonic()
        return Frame(pixels=pixels, number=self._taken - self._begun_with - 1, captured_at=captured_at)

    @property
    def _is_silent(self) -> bool:
        return self._pusher is not None and time.monotonic() - self._heard_at > self._channel.limits.silence_s

    def _why_nothing(self) -> CaptureError:
        call = self._call
        if self._pusher is None:
            return NothingPresentedError(
                "no browser is connected",
                source=call.uri,
                remedy="open the camera's page in a browser on this machine and allow the camera",
            )
        if self._channel.refused > self._refused_before:
            return DeviceProtocolError(
                "what the browser sent is no picture that can be used",
                source=call.uri,
                remedy="reload the page; if that does not help, use another browser or camera",
            )
        return DeviceTimeoutError(
            "the browser is connected, but sends no frames",
            source=call.uri,
            remedy="bring its page to the front and see that the picture moves",
            timeout_s=time.monotonic() - self._heard_at,
        )
