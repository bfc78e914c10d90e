"""What may be pushed as a frame, and why something is not taken."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum

from biometrics.arrays import Pixels
from biometrics.errors import ImageFormatError
from biometrics.pictures import decode_picture


class PushRefusal(Enum):
    """Why a frame was not taken, in a word for programs; whoever waits for frames is not disturbed by it."""

    TOO_LARGE = "too_large"
    NOT_A_PICTURE = "not_a_picture"
    WRONG_SIZE = "wrong_size"
    SIMULATED = "simulated"
    TOO_OFTEN = "too_often"
    NOT_CONNECTED = "not_connected"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushLimits:
    """How much may be pushed.

    Parameters
    ----------
    most_bytes
        Of one encoded frame.
    least_side, most_pixels
        Of a picture: so many pixels each way at least, so many in all at most.
    most_a_second
        Frames; so many may also come at once.
    silence_s
        Seconds without a frame after which a connected camera is taken to stand still.
    """

    most_bytes: int = 4_000_000
    least_side: int = 120
    most_pixels: int = 12_000_000
    most_a_second: int = 30
    silence_s: float = 5.0


DEFAULT_LIMITS = PushLimits()


def decode_push(data: bytes, limits: PushLimits, *, simulated: bool) -> Pixels | PushRefusal:
    """Return the pixels of a JPEG or PNG file, upright and never to be written to, or why it is not taken.

    Parameters
    ----------
    simulated
        Whether a picture that is marked as simulated is taken.
    """
    if len(data) > limits.most_bytes:
        return PushRefusal.TOO_LARGE
    try:
        picture = decode_picture(data, ("JPEG", "PNG"), most_pixels=limits.most_pixels)
    except ImageFormatError:
        return PushRefusal.NOT_A_PICTURE
    if min(picture.pixels.shape[:2]) < limits.least_side:
        return PushRefusal.WRONG_SIZE
    if picture.simulated and not simulated:
        return PushRefusal.SIMULATED
    picture.pixels.flags.writeable = False
    return picture.pixels


class Rate:
    """Lets so many through a second; one thread at a time."""

    def __init__(self, most_a_second: int) -> None:
        self._most = float(most_a_second)
        self._left = self._most
        self._counted_at = time.monotonic()

    def admits(self) -> bool:
        """Count one more, and say whether it is within the rate."""
        now = time.monotonic()
        self._left = min(self._most, self._left + (now - self._counted_at) * self._most)
        self._counted_at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
