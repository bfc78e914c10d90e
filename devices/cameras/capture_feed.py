"""Pictures that OpenCV reads from a device or a network stream."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from biometrics.errors import DeviceLostError, DeviceProtocolError
from biometrics.pictures import DecodedPicture
from devices.cameras.opencv import rgb
from devices.cameras.reading import STALL_S, Taken, stalled_error
from devices.frames import MOST_FRAME_PIXELS


@runtime_checkable
class OpenCapture(Protocol):
    """The part of OpenCV's `VideoCapture` that is used."""

    def read(self) -> tuple[bool, Any]:
        """Return whether there was a picture, and the picture, blue first."""
        ...

    def grab(self) -> bool:
        """Leave a picture out; return whether there was one."""
        ...

    def get(self, what: int, /) -> float:
        """Return a property."""
        ...

    def release(self) -> None:
        """Give the device back."""
        ...


class CaptureFeed:
    """Implements `devices.cameras.reading.Feed`; who opens it sets `simulated` when it shows nobody.

    Parameters
    ----------
    opens
        Opens the device within so many seconds; raises `CaptureError` by what went wrong.
    source
        URI without secrets, for errors.
    interrupts
        Lets `opens` end, where it can.
    """

    def __init__(
        self, opens: Callable[[float], OpenCapture], source: str, interrupts: Callable[[], None] | None = None
    ) -> None:
        self._opens, self._source, self._interrupts = opens, source, interrupts
        self._capture: OpenCapture | None = None
        self.simulated = False

    def open(self, timeout_s: float) -> None:
        """Open it; see `Feed`."""
        self._capture = self._opens(timeout_s)

    def read(self) -> Taken:
        """Return the next picture; see `Feed`."""
        begun = time.monotonic()
        there, picture = (False, None) if self._capture is None else self._capture.read()
        if there and picture is not None:
            if picture.shape[0] * picture.shape[1] > MOST_FRAME_PIXELS:
                raise DeviceProtocolError(
                    f"a picture has more than {MOST_FRAME_PIXELS / 1e6:.0f} million pixels",
                    source=self._source,
                    remedy="choose a smaller picture in the camera",
                )
            return Taken(decode=lambda: DecodedPicture(pixels=rgb(picture), ppi=None, simulated=self.simulated))
        if time.monotonic() - begun >= STALL_S - 0.5:
            raise stalled_error(self._source)
        raise DeviceLostError(
            "the camera gives no pictures any more", source=self._source, remedy="connect it again, then try again"
        )

    def interrupt(self) -> None:
        """Interrupt the opening; a read ends by itself within `STALL_S`."""
        if self._interrupts is not None:
            self._interrupts()

    def close(self) -> None:
        """Give the device back."""
        if self._capture is not None:
            self._capture.release()
