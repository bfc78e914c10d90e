"""Cameras that are there all the time: read from opening to closing, and connected anew when they were away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from biometrics.errors import DeviceTrustError
from devices.calls import Call
from devices.cameras.camera import FrameCamera
from devices.cameras.reading import Feed, Reading, Taken
from devices.contract import DeviceInfo, Frame
from devices.frames import Sensor


class LiveCamera(FrameCamera):
    """A camera that a `Reading` reads.

    Parameters
    ----------
    connect
        Returns a feed, not open yet.
    reading
        The one that was opened to learn `info`.
    info, sensor
        What it is, and what it is presented with.
    """

    def __init__(self, connect: Callable[[], Feed], reading: Reading, info: DeviceInfo, sensor: Sensor) -> None:
        super().__init__(info, sensor)
        self._connect, self._reading = connect, reading
        self._guard = threading.Lock()
        self._closed = False

    def frames(self, call: Call) -> Iterator[Frame]:
        """Yield what comes from now on."""
        reading, begun = self._running(call)
        last = begun
        while (found := reading.newer(last, call)) is not None:
            last, taken = found
            picture = taken.decode()
            if picture.simulated and not self._sensor.simulated:
                raise DeviceTrustError(
                    "a simulated camera took the place of the one that was opened",
                    source=self._sensor.uri,
                    remedy="see what answers at its address, then open it again",
                    check="simulated",
                )
            yield Frame(pixels=picture.pixels, number=last - begun - 1, captured_at=taken.at)

    def close(self) -> None:
        """Give the camera back."""
        with self._guard:
            self._closed = True
        self._reading.stop()

    def _running(self, call: Call) -> tuple[Reading, int]:
        """Return the reading and its pictures so far; it begins anew when it failed since it was last looked at."""
        with self._guard:
            if self._closed:
                raise self.closed()
            if self._reading.over:
                call.check()
                self._reading = Reading(self._connect(), self._sensor.uri, call.remaining_s)
                return self._reading, 0
            return self._reading, self._reading.count


def first_picture(feed: Feed, uri: str, call: Call) -> tuple[Reading, Taken]:
    """Open a feed and wait for its first picture.

    Raises
    ------
    CaptureError
        When it cannot be opened, no picture comes in time, or the call is cancelled.
    """
    reading = Reading(feed, uri, call.remaining_s)
    try:
        found = reading.newer(0, call)
        if found is None:
            call.check()
            raise call.timed_out()
    except BaseException:
        reading.stop()
        raise
    return reading, found[1]
