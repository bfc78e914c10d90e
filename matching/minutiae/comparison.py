"""Comparing two prints, and showing why they scored as they did."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from biometrics.templates import MOST_MINUTIAE, MinutiaSet
from matching.minutiae.kernels import PIXEL, align, comes_first, compare_records
from matching.minutiae.record import PreparedPrint, prepare

SCALE = "kura-minutiae/1"
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
        int64 [pairs, 2]: indices into the probe's and the reference's minutiae; empty when the score is 0.
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
    """Return how alike two prints are: 0 for nothing in common, about the number of minutiae for identical prints.

    The comparison is symmetric, and the same on every machine. Edges of one print that resemble edges of the other vote
    for pairs of minutiae. Each of the best supported pairs becomes a hypothesis: it places one print over the other;
    minutiae that are each other's nearest in position and direction are paired; the pose is fitted to the pairs by
    least squares and bent by their residuals, as skin stretches; and minutiae are paired once more. The score is
    ``Q * (Q / A) * (Q / B)``: Q sums the accuracy of the pairs (0 to 1 each), A and B are the numbers of minutiae in
    either print that could have been paired, where those that fall outside the other print count little. Prints of
    fewer than four minutiae score 0. On FVC2002 set B one impostor in a thousand exceeds 0.9, one genuine pair in a
    hundred falls short of 1.4, and half of the genuine pairs exceed 14.

    Sources of the ideas: pair tables of BOZORTH3 (NIST); edges to neighbours, rooted hypotheses (SourceAFIS); local
    distortion from paired neighbours after A. M. Bazen and S. H. Gerez, Pattern Recognition 36 (2003); normalising by
    the overlap after A. K. Jain et al., IEEE Trans. PAMI 19 (1997). The code and the constants are our own.
    """
    score = np.empty(1, dtype=np.float32)
    compare_records(probe.record, reference.record, _FIRST, score)
    return float(score[0])


def trace(probe: PreparedPrint, reference: PreparedPrint) -> MatchTrace:
    """Compare two prints and tell which minutiae were paired, and how the probe was turned and shifted."""
    partner = np.empty(MOST_MINUTIAE + 1, dtype=np.int64)
    pose = np.zeros(7)
    pose[0] = 1.0
    as_given = comes_first(probe.record, reference.record)
    first, second = (probe, reference) if as_given else (reference, probe)
    score = align(first.record, second.record, partner, pose)
    (paired,) = np.nonzero(partner >= 0)
    pairs = np.stack((paired, partner[paired]), axis=1)
    cos, sin, *points = pose[:6].tolist()
    from_point, to_point = np.array(points[:2]), np.array(points[2:])
    if not as_given:
        pairs, sin = pairs[np.argsort(pairs[:, 1])][:, ::-1].copy(), -sin
        from_point, to_point = to_point, from_point
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
