"""The surroundings of minutiae as unit vectors, alike however the print is turned or shifted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Float64, Int64
from numpy.typing import NDArray

from biometrics.arrays import Ids
from matching.descriptor.kernels import CELLS, look_around, measure_depth

Cells: TypeAlias = Float64[NDArray[np.float64], "minutiae cells"]
Trust: TypeAlias = Float64[NDArray[np.float64], " minutiae"]
Starts: TypeAlias = Int64[NDArray[np.int64], " starts"]
Column: TypeAlias = Float64[NDArray[np.float64], " minutiae"]

BORDER_TRUST, TRUST_REACH_PX = 0.4, 40.0
"""How much a minutia on the border of its print counts, and over what distance inwards it comes to count one more, were
it not capped at 1: what lies around it is half unseen. Chosen with the rings; 30 to 80 px and 0.2 do about as well, and
without it, rank-1 is a point lower."""


@runtime_checkable
class Minutiae(Protocol):
    """Whatever has minutiae: a template of an extractor, or what is left of one."""

    @property
    def x(self) -> NDArray[Any]:
        """To the right, in pixels at 500 ppi."""
        ...

    @property
    def y(self) -> NDArray[Any]:
        """Down, in pixels at 500 ppi."""
        ...

    @property
    def angle(self) -> NDArray[Any]:
        """Direction in rad, counter-clockwise as seen."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Constellation:
    """Where minutiae lie and point: x and y in pixels at 500 ppi, y down, and angles in rad, float64 [minutiae]."""

    x: Column
    y: Column
    angle: Column


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surroundings:
    """What lies around the minutiae of several prints, one print after the other.

    Parameters
    ----------
    cells
        float64 [minutiae, cells], each row of Euclidean length 1.
    trust
        float64 [minutiae], 0 to 1: how far it can be relied on.
    starts
        int64 [prints + 1]: where each print begins, and where the last one ends.
    """

    cells: Cells
    trust: Trust
    starts: Starts

    def take(self, prints: Ids) -> Surroundings:
        """Return those of some prints, by index in ascending order."""
        counts = np.diff(self.starts)
        wanted = np.zeros(len(counts), dtype=np.bool_)
        wanted[prints] = True
        kept = np.repeat(wanted, counts)
        starts = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(counts[wanted])))
        return Surroundings(cells=self.cells[kept], trust=self.trust[kept], starts=starts)


def surroundings_of(prints: Sequence[Minutiae]) -> Surroundings:
    """Return what lies around each minutia of several prints; a minutia without neighbours is left out.

    The neighbours of a minutia are counted in cells by their distance, their bearing and their direction, both angles
    from the minutia's own direction on: a cylinder of R. Cappelli, M. Ferrara and D. Maltoni, "Minutia Cylinder-Code",
    IEEE Trans. PAMI 32 (2010), in polar cells. Square roots keep close groups from drowning single neighbours (as in
    R. Arandjelovic and A. Zisserman, CVPR 2012).
    """
    x, y, angle = (
        np.concatenate([column.astype(np.float64) for column in columns])
        for columns in zip(*((one.x, one.y, one.angle) for one in prints), strict=True)
    )
    starts = np.cumsum([0, *(len(one.x) for one in prints)]).astype(np.int64)
    seen, depth = np.zeros((len(x), CELLS)), np.full(len(x), np.inf)
    look_around(x, y, angle, starts, seen)
    measure_depth(x, y, starts, depth)
    total = seen.sum(axis=1)
    kept = total > 0
    before = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(kept).astype(np.int64)))
    return Surroundings(
        cells=np.sqrt(seen[kept] / total[kept, None]),
        trust=np.clip(BORDER_TRUST + depth[kept] / TRUST_REACH_PX, 0.0, 1.0),
        starts=before[starts],
    )
