"""An open device with the thread that it is used by, from its opening until it is given up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from biometrics.errors import DeviceBusyError, DeviceLostError, DeviceProtocolError, DeviceTimeoutError
from devices.answers import checked_captured, checked_device, checked_info, typed
from devices.calls import Call
from devices.contract import Captured, CaptureRequest, Device, DeviceInfo, Driver, Frame, FrameJudge, FrameJudgement
from devices.streaming import Channel
from devices.uris import DeviceUri
from devices.worker import Crew

SPOILING = (DeviceLostError, DeviceProtocolError, DeviceTimeoutError)
"""After one of these nobody knows where the device stands: the next call opens it anew."""

T = TypeVar("T")


class Handle:
    """One opening of a device, used by one caller at a time, except for `retire`.

    Parameters
    ----------
    uri
        Of the device.
    crew
        Gives the thread.

    Raises
    ------
    DeviceBusyError
        When too many threads still wait for this device.
    """

    def __init__(self, uri: DeviceUri, crew: Crew) -> None:
        self._uri = uri
        self._crew = crew
        self._worker = crew.hire(uri.shown)
        self._device: Device | None = None
        self._info: DeviceInfo | None = None
        self._retiring = threading.Lock()
        self._retired = False

    @property
    def retired(self) -> bool:
        """Whether it is given up, by whom it may be."""
        return self._retired

    def ask(self, work: Callable[[], T], call: Call) -> T:
        """Do something in the device's thread, bounded by the call; what spoils the device retires this.

        Raises
        ------
        BiometricsError
            As the driver raises it, or by what it did wrong (`devices.answers.typed`).
        """
        try:
            return self._worker.ask(lambda: typed(self._uri, work), call)
        except BaseException as error:
            self._failed(None if self._worker.stuck else error)
            raise

    def open(self, driver: Driver, call: Call) -> DeviceInfo:
        """Open the device and return what it says it is; whatever keeps it from that retires this."""

        def opening() -> DeviceInfo:
            self._device = checked_device(driver.open(self._uri, call))
            return checked_info(self._device.info, self._uri)

        self._info = self.ask(opening, call)
        return self._info

    def capture(self, request: CaptureRequest, call: Call) -> Captured:
        """Capture, as `Device.capture`; what a judge raises comes out as it is."""
        device, info = self._opened()
        judge = None if request.judge is None else _OverheardJudge(request.judge)
        asked = replace(request, judge=judge)

        def capturing() -> Captured | None:
            try:
                got = device.capture(asked, call)
            except BaseException:
                if judge is None or judge.failure is None:
                    raise
                return None
            return checked_captured(got, request, info, self._uri)

        got = self.ask(capturing, call)
        if judge is not None and judge.failure is not None:
            raise judge.failure
        assert got is not None
        return got

    def stream(self, call: Call) -> Channel:
        """Begin to stream into a channel."""
        device, _ = self._opened()
        channel = Channel(call, self._failed)
        self._worker.begin(lambda: channel.fill(device, self._uri))
        return channel

    def retire(self) -> None:
        """Close the device in its thread, which ends with that; where it hangs, another thread asks it to close."""
        with self._retiring:
            if self._retired:
                return
            self._retired = True
        self._crew.leave(self._uri.shown, self._worker, self._close)
        if self._worker.stuck and self._device is not None:
            with suppress(DeviceBusyError):
                self._crew.send(self._uri.shown, self._close)

    def left(self, seconds: float) -> bool:
        """Wait after `retire` until its thread has ended; say whether it has."""
        return self._worker.join(seconds)

    def _opened(self) -> tuple[Device, DeviceInfo]:
        assert self._device is not None
        assert self._info is not None
        return self._device, self._info

    def _failed(self, error: BaseException | None) -> None:
        """Be given up after an error that spoils, or None: the thread hangs."""
        self._worker.stuck |= error is None
        if error is None or isinstance(error, SPOILING) or self._info is None:
            self.retire()

    def _close(self) -> None:
        if self._device is not None:
            self._device.close()


class _OverheardJudge:
    """A judge whose failure is told apart from the driver's."""

    def __init__(self, judge: FrameJudge) -> None:
        self._judge = judge
        self.failure: BaseException | None = None

    def __call__(self, frame: Frame) -> FrameJudgement:
        try:
            judgement = self._judge(frame)
            if not isinstance(judgement, FrameJudgement):
                raise TypeError(f"a judge said {type(judgement).__name__}, no FrameJudgement")
            return judgement
        except BaseException as error:
            self.failure = error
            raise
