"""A picture of ridges whose minutiae are known, from numpy alone.

Ridges are a cosine of a smooth phase; a spiral of one turn added to the phase starts one more ridge at its centre: a
minutia (Larkin and Fletcher, "A coherent framework for fingerprint analysis: are fingerprints holograms?", Optics
Express 15, 2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PERIOD_PX = 9.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownPrint:
    """The picture, uint8 with dark ridges, and its minutiae: pixels from the top left, radians with y up."""

    pixels: NDArray[np.uint8]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    angle: NDArray[np.float64]


def known_print(seed: int, *, height: int, width: int, minutiae: int) -> KnownPrint:
    """Return arches around a point below the picture, with spirals of either sense at random places."""
    random = np.random.default_rng(seed)
    places = _places(random, height, width, minutiae)
    senses = random.choice([-1.0, 1.0], size=minutiae)
    right, up = np.meshgrid(np.arange(width, dtype=np.float64), height - 1.0 - np.arange(height))
    centre_right, centre_up = width * 0.45, -0.9 * height
    phase = 2 * np.pi * np.hypot(right - centre_right, up - centre_up) / PERIOD_PX
    angles = []
    for (x, y), sense in zip(places, senses, strict=True):
        here_up = height - 1.0 - y
        phase += sense * np.arctan2(up - here_up, right - x)
        across = np.arctan2(here_up - centre_up, x - centre_right)
        # The phase rises across the ridges; a positive spiral's extra ridge lies a quarter turn clockwise of that.
        angles.append(np.mod(across - sense * np.pi / 2, 2 * np.pi))
    gray = 128.0 + 85.0 * np.cos(phase) + random.normal(0.0, 8.0, phase.shape)
    return KnownPrint(
        pixels=np.clip(gray, 0, 255).astype(np.uint8),
        x=places[:, 0],
        y=places[:, 1],
        angle=np.array(angles),
    )


def _places(random: np.random.Generator, height: int, width: int, count: int) -> NDArray[np.float64]:
    """Places well inside the picture and well apart."""
    margin, apart = 24.0, 32.0
    chosen: list[NDArray[np.float64]] = []
    while len(chosen) < count:
        place = random.uniform([margin, margin], [width - margin, height - margin])
        if all(np.hypot(*(place - other)) >= apart for other in chosen):
            chosen.append(place)
    return np.array(chosen)


def reference_print() -> KnownPrint:
    """Return the print on which the published network's answers are recorded."""
    return known_print(1, height=160, width=96, minutiae=3)
