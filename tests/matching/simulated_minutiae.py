"""Simulated prints: scattered minutiae that follow a smooth flow of ridges, and further captures of the same finger."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from biometrics.templates import MinutiaSet

Floats: TypeAlias = NDArray[np.floating[Any]]

SIDE = 1000
CENTRE = SIDE / 2


def minutiae(x: Floats, y: Floats, angle: Floats) -> MinutiaSet:
    """Wrap columns; what fell outside the picture is left out."""
    kept = (x >= 0) & (x < SIDE - 1) & (y >= 0) & (y < SIDE - 1)
    x, y, angle = x[kept], y[kept], angle[kept]
    turned = np.mod(angle, 2 * np.pi).astype(np.float32)
    turned[turned >= np.float32(2 * np.pi)] = 0
    return MinutiaSet(
        x=x.astype(np.float32),
        y=y.astype(np.float32),
        angle=turned,
        kind=np.ones(len(x), dtype=np.uint8),
        quality=np.full(len(x), 80, dtype=np.uint8),
        width=SIDE,
        height=SIDE,
    )


def finger(rng: np.random.Generator, count: int = 45, radius: float = 150.0) -> MinutiaSet:
    """Scatter minutiae over a disc, at least 8 px apart, along a flow that bends over the finger."""
    points: list[Floats] = []
    while len(points) < count:
        point = rng.uniform(-radius, radius, 2)
        if np.hypot(*point) < radius and all(np.hypot(*(point - other)) > 8 for other in points):
            points.append(point)
    across, down = np.array(points).reshape(-1, 2).T
    slope = rng.uniform(-0.01, 0.01, 4)
    flow = np.pi / 2 + slope[0] * across + slope[1] * down + np.sin(slope[2] * across + slope[3] * down)
    angle = flow + np.pi * rng.integers(0, 2, count) + rng.normal(0, 0.1, count)
    return minutiae(CENTRE + across, CENTRE + down, angle)


def moved(print_: MinutiaSet, turn_rad: float, right_px: float = 0.0, down_px: float = 0.0) -> MinutiaSet:
    """Turn a print counter-clockwise about the picture's centre, then shift it."""
    across, up = print_.x.astype(np.float64) - CENTRE, CENTRE - print_.y.astype(np.float64)
    cos, sin = np.cos(turn_rad), np.sin(turn_rad)
    x = CENTRE + cos * across - sin * up + right_px
    y = CENTRE - (sin * across + cos * up) + down_px
    return minutiae(x, y, print_.angle.astype(np.float64) + turn_rad)


def captured_again(rng: np.random.Generator, print_: MinutiaSet, missing: float = 0.2) -> MinutiaSet:
    """Move a print, bend it, jitter it, drop some of its minutiae and add as many false ones."""
    kept = rng.random(len(print_)) >= missing
    x, y = print_.x[kept].astype(np.float64), print_.y[kept].astype(np.float64)
    bent = x + 5 * np.sin((y - CENTRE) / 60) + rng.normal(0, 1.2, len(x))
    dented = y + 5 * np.sin((x - CENTRE) / 60) + rng.normal(0, 1.2, len(x))
    angle = print_.angle[kept] + rng.normal(0, 0.08, len(x))
    false = finger(rng, count=int(missing * len(print_)))
    again = minutiae(
        np.concatenate((bent, false.x)), np.concatenate((dented, false.y)), np.concatenate((angle, false.angle))
    )
    return moved(again, rng.uniform(-0.6, 0.6), *rng.uniform(-40, 40, 2))


def mirrored(print_: MinutiaSet) -> MinutiaSet:
    """Flip a print left to right, directions included."""
    return minutiae(SIDE - 1 - print_.x.astype(np.float64), print_.y.astype(np.float64), np.pi - print_.angle)
