"""Minutiae and records for tests of interchange formats."""

from __future__ import annotations

import struct

import numpy as np

from biometrics.templates import MinutiaSet

# x, y, angle in radians, type, quality: chosen so that every standard holds them exactly.
_ROWS = (
    (20, 30, 0.0, 1, 60),
    (100, 40, np.pi / 2, 2, 100),
    (50, 150, np.pi, 1, 1),
    (80, 90, 3 * np.pi / 2, 0, 40),
    (119, 159, 0.0, 2, 0),
)


def minutiae(count: int = len(_ROWS), *, width: int = 120, height: int = 160) -> MinutiaSet:
    """Return the first few of five minutiae that every standard holds exactly."""
    rows = np.array(_ROWS[:count], dtype=np.float64).reshape(count, 5)
    return MinutiaSet(
        x=rows[:, 0].astype(np.float32),
        y=rows[:, 1].astype(np.float32),
        angle=rows[:, 2].astype(np.float32),
        kind=rows[:, 3].astype(np.uint8),
        quality=rows[:, 4].astype(np.uint8),
        width=width,
        height=height,
    )


def iso_2005(
    *,
    rows: bytes = bytes.fromhex("4014001e003c"),
    count: int | None = None,
    length: int | None = None,
    scan: tuple[int, int, int, int] = (120, 160, 197, 197),
    head: bytes = b"\x02\x00\x50",
    extended: bytes = b"\x00\x00",
    views: int = 1,
    tail: bytes = b"",
) -> bytes:
    """Return a record of ISO/IEC 19794-2:2005, with whatever is to be wrong about it."""
    number = len(rows) // 6 if count is None else count
    view = head + bytes([number]) + rows + extended
    size = 24 + len(view) if length is None else length
    return b"FMR\x00 20\x00" + struct.pack(">IH4HBB", size, 0, *scan, views, 0) + view + tail
