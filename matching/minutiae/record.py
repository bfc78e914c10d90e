"""From minutiae to the record that the compiled comparison reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Int16, Int64
from numpy.typing import NDArray

from biometrics.errors import TemplateError
from biometrics.templates import MinutiaSet
from matching.minutiae.kernels import CELL_SHIFT, CELL_STARTS, CELLS, PIXEL, TURN

Record: TypeAlias = Int16[NDArray[np.int16], " size"]
"""One print as `matching.minutiae.kernels` lays it out."""

Whole: TypeAlias = Int64[NDArray[np.int64], " count"]
CellStarts: TypeAlias = Int64[NDArray[np.int64], " cells"]
Points: TypeAlias = Int64[NDArray[np.int64], "points 2"]
Corners: TypeAlias = Int64[NDArray[np.int64], "corners 2"]
Edges: TypeAlias = Int64[NDArray[np.int64], "4 edges"]

NEIGHBOURS = 8  # edges from each minutia; 6 to 14 rank the FVC2002 B pairs alike
LONGEST_EDGE = 200 * PIXEL  # farther minutiae share too little distortion
BORDER = 8 * PIXEL  # a print is taken to show this much around its outermost minutiae
LARGEST_SIDE = 8000 * PIXEL  # what a 16-bit coordinate can hold, rounded down; 40 cm


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreparedPrint:
    """A print ready for comparison.

    Parameters
    ----------
    record
        int16 [size], as `matching.minutiae.kernels` lays it out.
    """

    record: Record

    def __len__(self) -> int:
        """Count the minutiae."""
        return int(self.record[0])


def prepare(minutiae: MinutiaSet) -> PreparedPrint:
    """Describe a print by its minutiae, the edges between neighbours, and the area they span, all in whole numbers.

    An edge is described by its length and by the angle it makes with the direction of either minutia; these three do
    not change when the print turns or shifts (the pair table of NIST's BOZORTH3, User's Guide to NBIS, 2007; edges to
    nearest neighbours as in SourceAFIS by R. Važan). Minutia type and quality are left out: on FVC2002 set B neither
    told genuine pairs from impostors any better.

    Raises
    ------
    TemplateError
        When the print is larger than 8,000 pixels at 500 ppi.
    """
    if max(minutiae.width, minutiae.height) * PIXEL > LARGEST_SIDE:
        raise TemplateError(f"a print of {minutiae.width}x{minutiae.height} pixels is too large to compare")
    x = np.rint(minutiae.x.astype(np.float64) * PIXEL).astype(np.int64)
    y = np.rint(minutiae.y.astype(np.float64) * PIXEL).astype(np.int64)
    angle = np.rint(minutiae.angle.astype(np.float64) * (TURN / (2 * np.pi))).astype(np.int64) % TURN
    edges, cell_starts = _edges(x, y, angle)
    corners = _hull(_with_border(x, y))
    header = np.array([len(x), edges.shape[1], len(corners)])
    columns = (header, x, y, angle, edges.ravel(), cell_starts, corners[:, 0], corners[:, 1])
    record = np.concatenate(columns).astype(np.int16)
    return PreparedPrint(record=record)


def _edges(x: Whole, y: Whole, angle: Whole) -> tuple[Edges, CellStarts]:
    """Return length, own angle, other angle and start of every edge, by cell, and where each cell begins."""
    across, up = x[None, :] - x[:, None], y[:, None] - y[None, :]
    squared = across**2 + up**2
    usable = (squared > 0) & (squared <= LONGEST_EDGE**2)
    nearest = np.argsort(np.where(usable, squared, LONGEST_EDGE**2 + 1), axis=1, kind="stable")[:, :NEIGHBOURS]
    start = np.repeat(np.arange(len(x)), nearest.shape[1])
    end = nearest.ravel()
    kept = usable[start, end]
    start, end = start[kept], end[kept]
    length = np.rint(np.sqrt(squared[start, end])).astype(np.int64)
    heading = np.rint(np.arctan2(up[start, end], across[start, end]) * (TURN / (2 * np.pi))).astype(np.int64)
    own, other = (heading - angle[start]) % TURN, (heading - angle[end]) % TURN
    cell = (own >> CELL_SHIFT) * CELLS + (other >> CELL_SHIFT)
    order = np.argsort(cell, kind="stable")
    cell_starts: CellStarts = np.searchsorted(cell[order], np.arange(CELL_STARTS)).astype(np.int64)
    edges: Edges = np.stack((length, own, other, start))[:, order]
    return edges, cell_starts


def _with_border(x: Whole, y: Whole) -> Points:
    """Surround every point by the corners of an octagon."""
    turns = np.arange(8) * (2 * np.pi / 8)
    octagon = np.rint(BORDER * np.stack((np.cos(turns), np.sin(turns)), axis=1)).astype(np.int64)
    around = np.stack((x, y), axis=1)[:, None, :] + octagon[None, :, :]
    return np.reshape(around, (-1, 2))


def _hull(points: Points) -> Corners:
    """Return the corners of the convex hull, inside to the left in (x, y) (A. M. Andrew, Inf. Process. Lett. 9)."""
    ordered = sorted(set(map(tuple, points.tolist())))
    lower = _chain(ordered)
    upper = _chain(ordered[::-1])
    return np.array(lower[:-1] + upper[:-1], dtype=np.int64).reshape(-1, 2)


def _chain(ordered: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the points of a sorted list along which one always turns left."""
    chain: list[tuple[int, int]] = []
    for x, y in ordered:
        while len(chain) >= 2:
            (x0, y0), (x1, y1) = chain[-2:]
            if (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) > 0:
                break
            chain.pop()
        chain.append((x, y))
    return chain
