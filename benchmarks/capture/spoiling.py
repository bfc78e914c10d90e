"""Prints and portraits spoiled as captures are: what a scanner or a camera shows before the one good frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from biometrics.arrays import Pixels

Spoiling: TypeAlias = Callable[[Pixels, float], Pixels]
"""From a picture and how much of the fault, above 0 to 1, to a picture of the same size."""

_Levels: TypeAlias = Float32[NDArray[np.float32], "height width *channels"]

_SEED = 0x5E

_PORTRAIT_PX = 250
"""Side of LFW's pictures, by which blur and motion of portraits are scaled."""


def _dry(pixels: Pixels, share: float) -> Pixels:
    """Thin ridges, which lose their ink in places."""
    thin = _between(pixels, cv2.dilate(pixels, np.ones((3, 3), np.uint8)), share)
    holes = cv2.GaussianBlur(_noise(pixels.shape, 5.3), (0, 0), 1.5)  # which leaves a deviation of 1
    light = np.float32(np.quantile(pixels, 0.9))
    return _rounded(thin + np.clip(holes, 0.0, None) * np.float32(share) * np.maximum(light - thin, 0.0))


def _wet(pixels: Pixels, share: float) -> Pixels:
    """Fill valleys."""
    thick = _between(pixels, cv2.erode(pixels, np.ones((5, 5), np.uint8)), share)
    return _rounded(_between(thick, cv2.GaussianBlur(thick, (0, 0), 2.0), share))


def _partial(pixels: Pixels, share: float) -> Pixels:
    """Lift the finger off from one side."""
    kept = pixels.copy()
    kept[:, round((1.0 - 0.8 * share) * pixels.shape[1]) :] = np.uint8(np.quantile(pixels, 0.95))
    return kept


def _faint(pixels: Pixels, share: float) -> Pixels:
    """Press lightly: little contrast, which drowns in the sensor's noise."""
    ground = np.float32(np.quantile(pixels, 0.9))
    return _rounded(ground + (pixels - ground) * np.float32(1.0 - 0.85 * share) + _noise(pixels.shape, 10.0))


def _slid(pixels: Pixels, share: float) -> Pixels:
    """Slide while the sensor looks."""
    return np.asarray(cv2.blur(pixels, (1 + round(11 * share), 1 + round(5 * share))), np.uint8)


def _noisy(pixels: Pixels, share: float) -> Pixels:
    return _rounded(pixels + _noise(pixels.shape, 50.0 * share))


SPOILED_PRINTS: Mapping[str, Spoiling] = {
    "dry": _dry,
    "wet": _wet,
    "partial": _partial,
    "faint": _faint,
    "slid": _slid,
    "noisy": _noisy,
}
"""What becomes of prints, uint8 [height, width], ridges dark."""


def _dark(pixels: Pixels, share: float) -> Pixels:
    return _rounded(pixels * np.float32(1.0 - 0.95 * share))


def _bright(pixels: Pixels, share: float) -> Pixels:
    return _rounded(pixels * np.float32(1.0 + 3.0 * share))


def _unfocused(pixels: Pixels, share: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.3 + 6.0 * share * _scale(pixels)), np.uint8)


def _moved(pixels: Pixels, share: float) -> Pixels:
    return np.asarray(cv2.blur(pixels, (1 + round(25 * share * _scale(pixels)), 1)), np.uint8)


def _half_dark(pixels: Pixels, share: float) -> Pixels:
    light = np.ones(pixels.shape[1], np.float32)
    light[len(light) // 2 :] = 1.0 - 0.95 * share
    return _rounded(pixels * light[None, :, None])


def _far(pixels: Pixels, share: float) -> Pixels:
    """Step back: the picture becomes a small part of a grey one."""
    small = np.asarray(cv2.resize(pixels, None, fx=1 - 0.85 * share, fy=1 - 0.85 * share, interpolation=cv2.INTER_AREA))
    around = np.full_like(pixels, 127)
    top, left = ((whole - part) // 2 for whole, part in zip(pixels.shape[:2], small.shape[:2], strict=True))
    around[top : top + small.shape[0], left : left + small.shape[1]] = small
    return around


SPOILED_PORTRAITS: Mapping[str, Spoiling] = {
    "dark": _dark,
    "bright": _bright,
    "unfocused": _unfocused,
    "moved": _moved,
    "half dark": _half_dark,
    "far": _far,
    "noisy": _noisy,
}
"""What becomes of portraits, RGB."""


def _scale(pixels: Pixels) -> float:
    return float(pixels.shape[0] / _PORTRAIT_PX)


def _between(pixels: np.ndarray, other: np.ndarray, share: float) -> _Levels:
    return np.asarray((1.0 - share) * pixels + share * other, np.float32)


def _noise(shape: tuple[int, ...], levels: float) -> _Levels:
    return np.random.default_rng(_SEED).standard_normal(shape, dtype=np.float32) * np.float32(levels)


def _rounded(values: _Levels) -> Pixels:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)
