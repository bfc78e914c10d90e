"""Whether the finger of one frame lies where it lay in the frame before."""

from __future__ import annotations

import cv2
import numpy as np

from biometrics.arrays import GrayPixels
from models.finger.flow import ContactCells

_SHRINKING = 2
"""250 ppi: ridges are 4.5 pixels apart, noise is averaged, and a slap is compared in 2 ms."""

LEAST_LIKENESS = 0.6
"""Correlation of two frames over the contact. Simulated fingers that move by 1 pixel (0.05 mm) keep 0.9 of it, by 2
pixels 0.5 to 0.7, by 3 pixels 0.1 to 0.4; a still one keeps 0.97 under noise of 25 grey levels."""

_LEAST_PIXELS = 400
"""Of contact at 250 ppi, 4 square millimetres: less tells nothing."""


class FingerMovement:
    """Compares each frame of a stream with the one before."""

    def __init__(self) -> None:
        self._before: GrayPixels | None = None

    def moved(self, picture: GrayPixels, contact: ContactCells) -> bool:
        """Return whether what touches now lay elsewhere in the frame before, or was not there; False at the first.

        Parameters
        ----------
        picture
            At 500 ppi.
        contact
            Where fingers touch, in cells of `models.finger.flow`.
        """
        height, width = picture.shape
        size = (max(1, width // _SHRINKING), max(1, height // _SHRINKING))
        now = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        before, self._before = self._before, now
        if before is None or before.shape != now.shape:
            return False
        touched = cv2.resize(contact.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        if touched.sum() < _LEAST_PIXELS:
            return False
        return _correlation(before[touched], now[touched]) < LEAST_LIKENESS


def _correlation(before: np.ndarray, now: np.ndarray) -> float:
    one, other = (levels.astype(np.float32) - np.float32(levels.mean()) for levels in (before, now))
    power = float(one @ one) * float(other @ other)
    return float(one @ other) / power**0.5 if power else 0.0
