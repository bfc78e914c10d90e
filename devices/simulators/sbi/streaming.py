"""The live view: fingers approaching the glass, as JPEG pictures that say SIMULATED."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import UInt8
from numpy.typing import NDArray
from PIL import Image

from biometrics.arrays import GrayPixels, Pixels
from biometrics.image_writing import encode_jpeg
from devices.simulators.sbi.hand import Pressed

FRAMES_PER_S = 10.0
"""The specification asks for 3 or more."""

BOUNDARY = "kura-simulated"

_HEIGHT_PX, _WIDTH_PX = 375, 750
"""A slap scanner's glass at a quarter of 1000 ppi: 250 ppi, 76 x 38 mm."""

_GROUND = 226
_APPROACH = (0.0, 0.0, 0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0)
"""How far the fingers have come, frame by frame: nothing, part, all."""

_QUALITY = 80

_Smaller: TypeAlias = UInt8[NDArray[np.uint8], "_ _"]
"""Grey levels, of another size than what they were made of."""


def approach(pressed: Sequence[Pressed]) -> list[bytes]:
    """Return the JPEG pictures of fingers that come down; the last one stays. Nobody there is a blank glass."""
    whole = _glass([_half(one.picture()) for one in pressed])
    return [_jpeg(_come(whole, share)) for share in (_APPROACH if pressed else _APPROACH[:1])]


def portrait(pixels: Pixels) -> list[bytes]:
    """Return the JPEG picture of a face, at most as large as the glass is wide."""
    share = min(1.0, _WIDTH_PX / max(pixels.shape[:2]))
    height, width = (max(1, round(side * share)) for side in pixels.shape[:2])
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return [_jpeg(np.asarray(small, np.uint8))]


def part(jpeg: bytes, *, announced: int | None = None) -> bytes:
    """Return one part of the multipart answer.

    Parameters
    ----------
    jpeg
        The picture.
    announced
        Content-Length to tell, where it is not to be its own.
    """
    length = len(jpeg) if announced is None else announced
    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n"
    return head.encode("ascii") + jpeg + b"\r\n"


def _half(pixels: GrayPixels) -> _Smaller:
    half = cv2.resize(pixels, (pixels.shape[1] // 2, pixels.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(half, np.uint8)


def _glass(fingers: Sequence[_Smaller]) -> GrayPixels:
    """Return the fingers side by side, the inner ones further up, as hands are."""
    glass = np.full((_HEIGHT_PX, _WIDTH_PX), _GROUND, np.uint8)
    middle = (len(fingers) - 1) / 2
    for index, finger in enumerate(fingers):
        height, width = finger.shape
        left = round(_WIDTH_PX / 2 + (index - middle) * (width + 8) - width / 2)
        top = round(60 + 25 * abs(index - middle))
        place = glass[top : top + height, left : left + width]
        np.minimum(place, finger[: place.shape[0], : place.shape[1]], out=place)
    return glass


def _come(glass: GrayPixels, share: float) -> GrayPixels:
    """Return the glass with the fingers down to a share: the tips touch first."""
    if share >= 1:
        return glass
    seen = np.full_like(glass, _GROUND)
    rows = round(glass.shape[0] * share)
    seen[:rows] = glass[:rows]
    return seen


def _jpeg(pixels: Pixels) -> bytes:
    marked = np.ascontiguousarray(pixels)
    place = (8, marked.shape[0] - 10)
    for thickness, color in ((4, (255, 255, 255)), (1, (0, 0, 0))):
        cv2.putText(marked, "SIMULATED", place, cv2.FONT_HERSHEY_SIMPLEX, 0.8, color, thickness, cv2.LINE_AA)
    return encode_jpeg(Image.fromarray(marked), quality=_QUALITY, simulated=True)
