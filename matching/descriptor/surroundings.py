"""The surroundings of minutiae as unit vectors, alike however the print is turned or shifted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64, Int64
from numpy.typing import NDArray

from biometrics.templates import MinutiaSet
from matching.descriptor.kernels import CELLS, look_around

Surroundings: TypeAlias = Float64[NDArray[np.float64], "minutiae cells"]
"""A minutia a row, `matching.descriptor.kernels.CELLS` columns."""

Starts: TypeAlias = Int64[NDArray[np.int64], " starts"]
"""Where each print begins among the minutiae of several, and where the last one ends."""


def surroundings_of(prints: Sequence[MinutiaSet]) -> tuple[Surroundings, Starts]:
    """Return what lies around each minutia of several prints, one print after the other.

    The neighbours of a minutia are counted in cells by their distance, their bearing and their direction, both angles
    from the minutia's own direction on: a cylinder of R. Cappelli, M. Ferrara and D. Maltoni, "Minutia Cylinder-Code",
    IEEE Trans. PAMI 32 (2010), in polar cells. Square roots keep close groups from drowning single neighbours (as in
    R. Arandjelovic and A. Zisserman, CVPR 2012). A minutia without neighbours is left out.

    Returns
    -------
    surroundings
        float64 [minutiae, cells], of Euclidean length 1.
    starts
        int64 [prints + 1].
    """
    x, y, angle = (
        np.concatenate([column.astype(np.float64) for column in columns])
        for columns in zip(*((one.x, one.y, one.angle) for one in prints), strict=True)
    )
    starts = np.cumsum([0, *(len(one) for one in prints)]).astype(np.int64)
    seen = np.zeros((len(x), CELLS))
    look_around(x, y, angle, starts, seen)
    total = seen.sum(axis=1)
    kept = total > 0
    before: Starts = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(kept).astype(np.int64)))
    return np.sqrt(seen[kept] / total[kept, None]), before[starts]
