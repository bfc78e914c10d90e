"""Frames on their way from the device's thread to whoever looks at them: only the newest waits."""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable, Iterator
from types import TracebackType

from biometrics.errors import BiometricsError, CaptureCancelledError, DeviceTimeoutError
from devices.answers import checked_frame, typed
from devices.calls import Call
from devices.contract import Device, Frame
from devices.uris import DeviceUri
from devices.worker import LOOKS_S, wait_until


class Channel:
    """One stream of an open device, between the thread that fills it and the one that takes.

    Parameters
    ----------
    call
        Until when it goes on.
    on_failure
        Told in either thread of the error that ended it; of None when the driver hangs.
    """

    def __init__(self, call: Call, on_failure: Callable[[BaseException | None], None]) -> None:
        self.call = call
        self._on_failure = on_failure
        self._changed = threading.Condition()
        self._newest: Frame | None = None
        self._shown = False
        self._error: BiometricsError | None = None
        self._over = threading.Event()

    def fill(self, device: Device, uri: DeviceUri) -> None:
        """Let the device stream into it, until the call or the stream ends; in the device's thread."""
        try:
            typed(uri, lambda: self._pump(device))
        except BiometricsError as error:
            self._error = error
            self._on_failure(error)
        finally:
            self._over.set()
            with self._changed:
                self._changed.notify_all()

    def take(self) -> Frame | None:
        """Wait for a frame that was not taken yet; None when the stream has ended.

        Raises
        ------
        CaptureError
            What ended the stream; `DeviceTimeoutError` also when it showed nothing at all.
        """
        with self._changed:
            while self._newest is None and not self._over.is_set() and not self.call.over:
                self._changed.wait(min(LOOKS_S, self.call.remaining_s))
            frame, self._newest = self._newest, None
            if frame is not None and not self.call.over:
                self._shown = True
                return frame
        if self.end_or_hang() and not self.call.cancellation.wanted:
            raise self.call.timed_out()
        error, self._error = self._error, None
        if self.call.cancellation.wanted:
            return None
        if error is None and self.call.over and not self._shown:
            error = self.call.timed_out()
            self._on_failure(error)
        if error is not None:
            raise error
        return None

    def end(self) -> None:
        """Ask for its end, and wait until the driver has seen that, or is given up."""
        self.call.cancellation.cancel()
        self.end_or_hang()

    def end_or_hang(self) -> bool:
        """Wait for its end; say whether the driver hangs instead."""
        hangs = wait_until(self._over, self.call)
        if hangs:
            self._on_failure(None)
        return hangs

    def _pump(self, device: Device) -> None:
        last = -1
        frames = device.stream(self.call)
        try:
            for given in frames:
                if self.call.over:
                    return
                frame = checked_frame(given, last)
                last = frame.number
                with self._changed:
                    self._newest = frame
                    self._changed.notify_all()
        except (CaptureCancelledError, DeviceTimeoutError):
            # Some drivers end so where the call asked for the end.
            if not self.call.over:
                raise
        finally:
            close = getattr(frames, "close", None)
            if close is not None:
                close()


class FrameStream(Iterator[Frame]):
    """The frames of an open device, newest first out; ends when closed, or when nobody holds it any more."""

    def __init__(self, channel: Channel) -> None:
        self._channel: Channel | None = channel

    def __next__(self) -> Frame:
        """Return the newest frame that was not returned yet; wait for it.

        Raises
        ------
        CaptureError
            What ended the stream.
        """
        frame = None if self._channel is None else self._channel.take()
        if frame is None:
            self._channel = None
            raise StopIteration
        return frame

    def close(self) -> None:
        """End the stream; closing again does nothing."""
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.end()

    def __enter__(self) -> FrameStream:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the stream."""
        self.close()

    def __del__(self) -> None:
        """Let the device stop showing what nobody looks at."""
        channel = self.__dict__.get("_channel")
        if channel is not None:
            # Garbage is collected at any moment, also while this very thread holds a lock that cancelling takes.
            _thread.start_new_thread(channel.call.cancellation.cancel, ())
