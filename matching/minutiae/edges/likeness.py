"""Which edge codes are alike, and how like: the tolerance of the comparison's first stage."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
from jaxtyping import Int32, Int64
from numpy.typing import NDArray

from matching.minutiae.edges.codes import ANGLE_STEP, LENGTH_BOUNDS_PX
from matching.minutiae.edges.kernels import LENGTH_BINS
from matching.minutiae.kernels import FULL_LIKENESS

Kin: TypeAlias = Int32[NDArray[np.int32], "rows 4"]
KinStarts: TypeAlias = Int64[NDArray[np.int64], " bins"]

# Chosen by coordinate descent on FVC2002 DB1-4 set B, as captured and degraded (docs/decisions.md).
_LENGTH_SLACK_PX = 4.5  # tolerance on the length of an edge,
_LENGTH_STRETCH = 0.19  # and this share of it more
_ANGLE_SLACK = 60.0  # 21 degrees, tolerance on an edge's angles,
_ANGLE_REACH_PX = 300.0  # and this divided by its length more: short edges turn with the noise of positions
_SHORT_EDGE_PX = 5.0  # shorter ones get the tolerance of this length


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Likeness:
    """Which codes are alike.

    Parameters
    ----------
    starts
        int64 [17]: codes of length bin b are alike to those in rows starts[b] to starts[b + 1] of `kin`.
    kin
        int32 [rows, 4]: length bins, own and other angle bins to go from a code, and how alike the two then are.
    """

    starts: KinStarts
    kin: Kin


@cache
def likeness() -> Likeness:
    """Return which codes are alike, by the products of three triangles; alike both ways round."""
    rows: list[tuple[int, int, int, int]] = []
    starts = [0]
    for bin_ in range(LENGTH_BINS):
        for other in range(LENGTH_BINS):
            rows += _alike(bin_, other)
        starts.append(len(rows))
    return Likeness(starts=np.array(starts, dtype=np.int64), kin=np.array(rows, dtype=np.int32))


def _alike(bin_: int, other: int) -> list[tuple[int, int, int, int]]:
    first, second = _middle_px(bin_), _middle_px(other)
    length_px, step_px = (first + second) / 2, (_width_px(bin_) + _width_px(other)) / 2
    near = _triangle(abs(first - second), _LENGTH_SLACK_PX + _LENGTH_STRETCH * length_px + step_px / 2)
    slack = _ANGLE_SLACK + _ANGLE_REACH_PX / max(length_px, _SHORT_EDGE_PX) + ANGLE_STEP / 2
    reach = range(-int(slack / ANGLE_STEP), int(slack / ANGLE_STEP) + 1)
    turned = {bins: _triangle(abs(bins) * ANGLE_STEP, slack) for bins in reach}
    weights = (
        (own, end, int(FULL_LIKENESS * near * turned[own] * turned[end] + 0.5)) for own in reach for end in reach
    )
    return [(other - bin_, own, end, weight) for own, end, weight in weights if weight > 0]


def _middle_px(bin_: int) -> float:
    return (LENGTH_BOUNDS_PX[bin_] + LENGTH_BOUNDS_PX[bin_ + 1]) / 2


def _width_px(bin_: int) -> float:
    return LENGTH_BOUNDS_PX[bin_ + 1] - LENGTH_BOUNDS_PX[bin_]


def _triangle(off: float, slack: float) -> float:
    return max(0.0, 1.0 - off / slack)
