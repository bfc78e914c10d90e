"""Devices as applications use them: every call ends in time, whatever the driver does.

A device that was lost, hangs or sends garbage is opened anew by the next call; what went wrong before does not matter
then. Calls may come from any thread. A capture ends a stream that is under way, and so does another stream; a second
capture meanwhile is refused.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from biometrics.errors import CaptureError, DeviceBusyError
from devices.calls import Call, Cancellation
from devices.contract import Captured, CaptureRequest, DeviceInfo
from devices.drivers import Drivers
from devices.handles import Handle
from devices.locks import DeviceLock, locks_folder
from devices.streaming import Channel, FrameStream
from devices.uris import DeviceUri
from devices.worker import GRACE_S


def open_device(
    uri: str, drivers: Drivers, *, timeout_s: float = 10.0, cancellation: Cancellation | None = None
) -> OpenDevice:
    """Open a device, to be closed after use.

    Parameters
    ----------
    uri
        As discovery tells it, or as the driver's documentation says; of a camera that the installation names, also as
        it is shown, without its secrets.
    timeout_s
        Seconds that this may take, at most 600.
    cancellation
        Ends it earlier.

    Raises
    ------
    CaptureError
        By what went wrong; `DeviceNotFoundError`, `DriverUnavailableError` and `DeviceBusyError` among others.
    ConfigurationError
        When an exclusive device cannot be locked, for lack of a folder to do so.
    """
    device = OpenDevice(drivers.uri(uri), drivers)
    try:
        device.reopen(timeout_s, cancellation)
    except BaseException:
        device.close()
        raise
    return device


class OpenDevice:
    """A device that is open until it is closed; made by `open_device`, thread-safe."""

    def __init__(self, uri: DeviceUri, drivers: Drivers) -> None:
        self._uri = uri
        self._drivers = drivers
        self._using = threading.Lock()
        self._ending = Cancellation()
        self._handle: Handle | None = None
        self._info: DeviceInfo | None = None
        self._channel: Channel | None = None
        self._lock: DeviceLock | None = None

    @property
    def info(self) -> DeviceInfo:
        """What the device said when it was last opened; also known once it is closed."""
        assert self._info is not None
        return self._info

    def reopen(self, timeout_s: float = 10.0, cancellation: Cancellation | None = None) -> None:
        """Open the device if it is not; every other call does so by itself.

        Raises
        ------
        CaptureError, ConfigurationError
            As `open_device`.
        """
        with self._used(timeout_s, cancellation) as call:
            self._ready(call)

    def capture(self, request: CaptureRequest, cancellation: Cancellation | None = None) -> Captured:
        """Wait for what is presented and return it; `request.timeout_s` counts opening anew as well.

        Raises
        ------
        DeviceBusyError
            When a capture is under way already, or another program has the device.
        CaptureCancelledError
            When it was cancelled, or the device closed meanwhile.
        BiometricsError
            As `devices.contract.Device.capture`; what a judge raises comes out as it is.
        """
        with self._used(request.timeout_s, cancellation) as call:
            return self._ready(call).capture(request, call)

    def stream(self, *, timeout_s: float, cancellation: Cancellation | None = None) -> FrameStream:
        """Begin to show what the device sees; the stream ends when the time is up, and when it is closed or dropped.

        A reader who is slow gets the newest frame: gaps in their numbers tell what was left out.

        Raises
        ------
        DeviceBusyError
            When a capture is under way.
        CaptureError
            By what went wrong, here or from the stream; `DeviceRefusedError` when the device shows no frames.
        """
        with self._used(timeout_s, cancellation) as call:
            self._channel = self._ready(call).stream(call)
            return FrameStream(self._channel)

    def close(self) -> None:
        """Give the device back and end what is under way; closing again does nothing. Waits a few seconds at most."""
        self._ending.cancel()
        # Whoever uses it sees the cancellation, or gives the driver up.
        used = self._using.acquire(timeout=4 * GRACE_S)
        try:
            self._end_stream()
            if self._handle is not None:
                self._handle.retire()
                self._handle.left(GRACE_S)
            if self._lock is not None:
                self._lock.release()
        finally:
            if used:
                self._using.release()

    def __enter__(self) -> OpenDevice:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    @contextmanager
    def _used(self, timeout_s: float, cancellation: Cancellation | None) -> Iterator[Call]:
        """Use the device alone, with a call that ends when the caller or the device wants that."""
        parents = (self._ending,) if cancellation is None else (self._ending, cancellation)
        call = Call(self._uri.shown, timeout_s, Cancellation(*parents))
        if not self._using.acquire(blocking=False):
            raise DeviceBusyError(
                "another call of this program uses the device", source=self._uri.shown, remedy="wait until it is over"
            )
        try:
            if self._ending.wanted:
                raise CaptureError("the device is closed", source=self._uri.shown, remedy="open it again")
            call.check()
            self._end_stream()
            yield call
        finally:
            self._using.release()

    def _ready(self, call: Call) -> Handle:
        """Return the device's handle, or a new one where it was given up."""
        if self._handle is not None and not self._handle.retired:
            return self._handle
        if self._handle is not None:
            # Two openings of one device would be in each other's way.
            self._handle.left(min(GRACE_S, call.remaining_s / 2))
            self._handle = None
        handle = Handle(self._uri, self._drivers.crew)
        try:
            driver = handle.ask(lambda: self._drivers.of(self._uri), call)
            if self._lock is None and handle.ask(lambda: bool(driver.exclusive), call):
                self._lock = DeviceLock(self._uri, locks_folder(self._drivers.choices.state))
            self._info = handle.open(driver, call)
        except BaseException:
            handle.retire()
            raise
        self._handle = handle
        return handle

    def _end_stream(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.end()
