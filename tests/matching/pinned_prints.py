"""Prints made by whole numbers alone, so that every machine makes the same ones: a finger and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from biometrics.templates import MinutiaSet
from tests.matching.simulated_minutiae import minutiae

Columns: TypeAlias = NDArray[Any]
"""x, y in pixels from the middle, y down; angle in 1/1024 turns; quality."""

MIDDLE = 500


def _numbers(seed: int) -> Iterator[int]:
    """Yield numbers below 32,768 (the generator that the C standard gives as an example)."""
    state = seed
    while True:
        state = (state * 1103515245 + 12345) % 2**31
        yield state >> 16


def finger(seed: int, count: int = 40, radius: int = 150) -> Columns:
    """Scatter minutiae over a disc, along a flow that bends."""
    numbers = _numbers(seed)
    rows: list[tuple[int, int, int, int]] = []
    while len(rows) < count:
        x, y = (next(numbers) % (2 * radius) - radius for _ in range(2))
        if x * x + y * y < radius * radius and all((x - a) ** 2 + (y - b) ** 2 > 64 for a, b, *_ in rows):
            noise = next(numbers) % 33 - 16
            rows.append(
                (x, y, (256 + x + x * y // 200 + 512 * (next(numbers) % 2) + noise) % 1024, 100 - len(rows) % 90)
            )
    return np.array(rows, dtype=np.int64).T


def again(print_: Columns, seed: int, jitter: int = 2, turn: int = 12, kept: int = 8) -> Columns:
    """Move every minutia by up to `jitter` px and `turn` units, and lose those that do not fall among 8 tenths."""
    numbers = _numbers(seed)
    steps = np.array([[next(numbers) for _ in range(4)] for _ in print_.T]).T
    noise = np.stack((steps[0] % (2 * jitter + 1) - jitter, steps[1] % (2 * jitter + 1) - jitter))
    noise = np.vstack((noise, steps[2] % (2 * turn + 1) - turn, np.zeros_like(steps[2])))
    moved: Columns = (print_ + noise)[:, steps[3] % 10 < kept]
    return moved


def bent(print_: Columns, across: int = 2500) -> Columns:
    """Stretch a print to the right, the more the farther from its middle line."""
    x, y, angle, quality = print_
    return np.stack((x + y * y // across, y - x // 12, angle, quality))


def upright(print_: Columns) -> MinutiaSet:
    """Return a print as it is."""
    x, y, angle, quality = print_.astype(np.float64)
    whole = minutiae(x + MIDDLE, y + MIDDLE, angle * (np.pi / 512))
    return replace(whole, quality=quality.astype(np.uint8))


def turned(print_: Columns, right: int = 0, down: int = 0) -> MinutiaSet:
    """Turn a print counter-clockwise by the angle of the triangle of sides 3, 4, 5 (105 units), and shift it."""
    x, y, angle, quality = print_.astype(np.float64)
    columns = np.stack(((4 * x + 3 * y) / 5 + right, (4 * y - 3 * x) / 5 + down, angle + 105, quality))
    return upright(columns)
