"""Comparing two prints, and showing why they scored as they did."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from biometrics.templates import MinutiaSet
from matching.minutiae.index import index_probe
from matching.minutiae.kernels import MOST_KEPT, PIXEL, POSE_SIZE, align, comes_first, compare_records
from matching.minutiae.record import PreparedPrint, kept_minutiae, prepare

SCALE = "kura-minutiae/2"
"""Name of the scores' scale; it changes whenever a score does."""

Pairs: TypeAlias = Int64[NDArray[np.int64], "pairs 2"]

_FIRST = np.zeros(1, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MatchTrace:
    """How two prints were laid over each other.

    Parameters
    ----------
    score
        What `compare` gives for the same two prints.
    pairs
        int64 [pairs, 2]: indices into the probe's and the reference's minutiae; empty where nothing was paired.
    rotation_rad
        By how much the probe was turned, counter-clockwise as one sees it, in (-pi, pi].
    shift_px
        Where the rotated probe's image origin came to lie in the reference: x to the right, y down, at 500 ppi.
    """

    score: float
    pairs: Pairs
    rotation_rad: float
    shift_px: tuple[float, float]

    def carry_over(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the probe lies in the reference, both in pixels at 500 ppi."""
        cos, sin = math.cos(self.rotation_rad), math.sin(self.rotation_rad)
        return self.shift_px[0] + cos * x + sin * y, self.shift_px[1] - sin * x + cos * y


def compare(probe: PreparedPrint, reference: PreparedPrint) -> float:
    """Return how alike two prints are: 0 for nothing in common, some 40 to 100 for a print and itself.

    The comparison is symmetric, and the same on every machine. Its stages:

    1. Vote: edges of one print that resemble edges of the other vote for pairs of minutiae (the pair table of NIST's
       BOZORTH3, with SourceAFIS's neighbour edges), and pairs that are each other's best supported are kept.
    2. Agree: each pair sums the support of those that say the same of turn and shift (the relaxation of R. Cappelli,
       M. Ferrara and D. Maltoni, IEEE Trans. PAMI 32, 2010, in one step). Where even the best has little, it ends here.
    3. Align: from the best pairs and those that agree with them, fit a rigid pose, bend it by what paired neighbours
       are off it, as skin stretches (A. M. Bazen and S. H. Gerez, Pattern Recognition 36, 2003), and pair minutiae that
       are each other's nearest; settle the best hypothesis and pair once more.
    4. Weigh: ``100 * (Q * (Q / A) * (Q / B) + 0.02) * sqrt(agreement / n) / n``. Q sums the accuracy of the pairs (0 to
       1 each); A and B are the minutiae of either print that could have been paired, where those that fall outside the
       other print count little (normalising by the overlap: A. K. Jain et al., IEEE Trans. PAMI 19, 1997); n is 15 more
       than the geometric mean of the two prints' minutiae, since more are paired by chance where there are more.

    Prints of fewer than four minutiae score 0. Code and constants are our own.
    """
    score = np.empty(1, dtype=np.float32)
    index = index_probe(probe)
    compare_records(probe.record, index.starts, index.entries, reference.record, _FIRST, score)
    return float(score[0])


def trace(probe: MinutiaSet, reference: MinutiaSet) -> MatchTrace:
    """Compare two prints and tell which minutiae were paired, and how the probe was turned and shifted.

    Raises
    ------
    TemplateError
        When a print is too large to compare.
    """
    first, second = prepare(probe), prepare(reference)
    partner = np.empty((2, MOST_KEPT), dtype=np.int64)
    pose = np.zeros(POSE_SIZE)
    pose[0] = 1.0
    index = index_probe(first)
    score = align(first.record, index.starts, index.entries, second.record, partner, pose)
    cos, sin, *points = pose[:6].tolist()
    from_point, to_point = np.array(points[:2]), np.array(points[2:])
    as_given = comes_first(first.record, second.record)
    if not as_given:
        partner, sin = partner[::-1], -sin
        from_point, to_point = to_point, from_point
    (paired,) = np.nonzero(partner[0] >= 0)
    pairs = np.stack((kept_minutiae(probe)[paired], kept_minutiae(reference)[partner[0, paired]]), axis=1)
    pairs = pairs[np.argsort(pairs[:, 0])]
    shift = (to_point - np.array([[cos, sin], [-sin, cos]]) @ from_point) / PIXEL
    return MatchTrace(
        score=float(np.float32(score)),
        pairs=pairs.astype(np.int64),
        rotation_rad=math.atan2(sin, cos),
        shift_px=(float(shift[0]), float(shift[1])),
    )


def warm_up() -> None:
    """Compile the comparison, or load it from the cache folder, and run it once."""
    nothing = np.zeros(0, dtype=np.float32)
    kinds = np.zeros(0, dtype=np.uint8)
    empty = prepare(MinutiaSet(x=nothing, y=nothing, angle=nothing, kind=kinds, quality=kinds, width=1, height=1))
    compare(empty, empty)
