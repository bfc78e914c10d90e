"""Edges between neighbouring minutiae, each a 16-bit code of its length and its two angles.

An edge makes the same angles with the directions of its two minutiae wherever the print lies and however it is turned
(the pair table of NIST's BOZORTH3, User's Guide to NBIS, 2007; edges to nearest neighbours as in SourceAFIS by
R. Važan). Codes are made by comparing whole numbers, so that every machine gives the same ones.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from matching.minutiae.edges.kernels import ANGLE_BINS, LENGTH_BINS, NO_EDGE
from matching.minutiae.kernels import NEIGHBOURS, PIXEL, TURN

Whole: TypeAlias = Int64[NDArray[np.int64], " count"]
Grid: TypeAlias = Int64[NDArray[np.int64], "rows columns"]
Codes: TypeAlias = Int64[NDArray[np.int64], "count 6"]

ANGLE_STEP = TURN // ANGLE_BINS

LENGTH_BOUNDS_PX = tuple(6.0 * bin_ + 0.3 * bin_ * (bin_ - 1) for bin_ in range(LENGTH_BINS + 1))
"""Bins widen with length, as stretch does: 6 px at first, 15 px for the last, which ends at 168 px. Farther minutiae
share too little distortion."""

_FINE = 20
_TANGENTS = np.rint(np.tan((np.arange(TURN // 8) + 0.5) * (2 * np.pi / TURN)) * (1 << _FINE)).astype(np.int64)
"""Tangents of the angles half-way between two angle units, in the first octant."""


def heading_of(across: Grid, up: Grid) -> Grid:
    """Return the direction of each vector in angle units, counter-clockwise from `across`; (0, 0) gives 0."""
    width, height = np.abs(across), np.abs(up)
    longer, shorter = np.maximum(width, height), np.minimum(width, height)
    octant = np.searchsorted(_TANGENTS, (shorter << _FINE) // np.maximum(longer, 1))
    quadrant = np.where(height > width, TURN // 4 - octant, octant)
    half = np.where(across < 0, TURN // 2 - quadrant, quadrant)
    return np.where(up < 0, -half, half) % TURN


def edge_codes(x: Whole, y: Whole, angle: Whole) -> Codes:
    """Return the codes of the edges from each minutia to its nearest neighbours, nearest first, or `NO_EDGE`.

    Parameters
    ----------
    x, y
        int64 [count] in quarter pixels, y down.
    angle
        int64 [count] in 1/1024 turns.
    """
    across, up = x[None, :] - x[:, None], y[:, None] - y[None, :]
    squared = across**2 + up**2
    bounds = np.array([round((edge * PIXEL) ** 2) for edge in LENGTH_BOUNDS_PX[1:]])
    usable = (squared > 0) & (squared < bounds[-1])
    nearest = np.argsort(np.where(usable, squared, bounds[-1]), axis=1, kind="stable")[:, :NEIGHBOURS]
    start = np.arange(len(x))[:, None]
    heading = heading_of(across[start, nearest], up[start, nearest])
    length = np.searchsorted(bounds, squared[start, nearest], side="right")
    own, other = (heading - angle[:, None]) % TURN // ANGLE_STEP, (heading - angle[nearest]) % TURN // ANGLE_STEP
    code = np.minimum((length * ANGLE_BINS + own) * ANGLE_BINS + other, NO_EDGE - 1)
    codes: Codes = np.full((len(x), NEIGHBOURS), NO_EDGE, dtype=np.int64)
    codes[:, : nearest.shape[1]] = np.where(usable[start, nearest], code, NO_EDGE)
    return codes
