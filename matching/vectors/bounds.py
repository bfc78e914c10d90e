r"""How far a score can be from what bytes say, and the limits that make a scan of bytes lose nobody.

Notation: a probe x = a X + e and a row y = b Y + f, where X and Y are whole numbers from -127 to 127, a and b the steps
and e and f the residuals, whose lengths were measured (`matching.vectors.quantize`). The score is

    <x, y> = a b <X, Y> + <e, y> + <a X, f>.

Blocks that one of them lacks are zero in it and in its codes. So e counts only where y is not zero and x has blocks: in
the shared blocks S, where y is no longer than the layout lets it be, L(S). By Cauchy and Schwarz

    | <x, y> - a b <X, Y> |  <=  |e| L(S) + |a X| |f|.                                                              (1)

A row whose score reaches t therefore has

    <X, Y>  >=  (t - |e| L(S)) / a  *  1 / b   -   |X|  *  |f| / b.                                                  (2)

A scan (`matching.vectors.kernels`) computes the right side in 32 bits as ``alpha u - beta v``, of which `alpha` depends
on the probe and the row's mask, `beta` = |X| on the probe, u = 1 / b and v = |f| / b on the row.

Rounding. One operation in 32 bits errs by the share r = 2 ** -24 of its result. Times a b, so in units of the score:
alpha, u (twice, where a step was itself derived from a stored u) and their product err by 4 r (|t| + |e| L + s); beta
and v are rounded up, and their product errs by r |a X| |f|; the difference by r times the sum of these; the product of
whole numbers, taken as 32 bits, by r |a X| |b Y|; and the score is called t when it rounds to t, by r |t|. As each
number of f is at most that of y in size, |f| <= |y| <= L and |b Y| <= 2 L, with L the limit of the whole row. Together
that is less than r (7 (|t| + |e| L + s) + 5 |a X| L), so lowering t by the slack

    s = 16 r (|t| + |e| L + 2 |a X| L)                                                                              (3)

is enough, twice over. It is some 3e-6 for vectors of length 1, where the bound (1) is some 0.015 for 512 numbers. Steps
are at least 1e-12 and weights bounded, so nothing leaves the range of 32 bits. Thresholds beyond L(S) squared, which no
score leaves, become infinite.

The k best: each listed pair has a score of at least its ``lower`` = a b <X, Y> less (1) and (3), so the k-th greatest
`lower` seen so far is a threshold that the k best of all reach. It only grows, and whatever was dropped before stays
dropped rightly: one pass is enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int8, Int64
from numpy.typing import NDArray

from biometrics.arrays import Ids, Values
from matching.vectors.arrays import Masks
from matching.vectors.layout import Layout
from matching.vectors.quantize import Quantized
from matching.vectors.requests import Thresholds

SLACK = 16 * 2.0**-24
"""Share of the sizes of its terms that a bound is widened by, for rounding; derived above."""

Numbers: TypeAlias = Float64[NDArray[np.float64], " pairs"]
Table: TypeAlias = Float64[NDArray[np.float64], "lines probes"]
Shared: TypeAlias = Int64[NDArray[np.int64], "lines probes"]
Everybody: TypeAlias = Bool[NDArray[np.bool_], "lines probes"]
ClassLimits: TypeAlias = Float32[NDArray[np.float32], "classes probes"]
Values8: TypeAlias = Int8[NDArray[np.int8], "probes width"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProbeSide:
    """What limits and bounds need to know of probes.

    Parameters
    ----------
    values
        int8 [probes, width]: X.
    steps, residuals, norms
        float64 [probes]: a, |e| and |a X|, the lengths rounded up.
    masks
        uint16 [probes].
    """

    values: Values8
    steps: Float64[NDArray[np.float64], " probes"]
    residuals: Float64[NDArray[np.float64], " probes"]
    norms: Float64[NDArray[np.float64], " probes"]
    masks: Masks

    @classmethod
    def of(cls, quantized: Quantized, masks: Masks) -> ProbeSide:
        """Return that of quantised vectors."""
        return cls(
            values=(quantized.codes ^ np.uint8(128)).view(np.int8),
            steps=quantized.steps.astype(np.float64),
            residuals=quantized.residuals.astype(np.float64),
            norms=quantized.norms.astype(np.float64),
            masks=masks,
        )

    def __len__(self) -> int:
        return len(self.values)

    def beta(self) -> Values:
        """Return `beta`, float32 [probes], rounded up."""
        return np.nextafter((self.norms / self.steps).astype(np.float32), np.float32(np.inf))


class Limits:
    """Limits of a batch of probes for the masks that rows have.

    Parameters
    ----------
    layout
        What masks mean.
    side
        The probes.
    thresholds
        By what is shared.
    masks
        Masks that rows have, ascending, each once; rows with others (retired ones) are never listed.
    """

    def __init__(self, layout: Layout, side: ProbeSide, thresholds: Thresholds, masks: Ids) -> None:
        self._side, self._masks = side, masks
        both = masks[:, np.newaxis] & side.masks[np.newaxis].astype(np.int64)
        either = masks[:, np.newaxis] | side.masks[np.newaxis].astype(np.int64)
        blocks = layout.shares - 1
        self._shared: Shared = both & blocks
        self._always: Everybody = (either & layout.always) != 0
        self._line = np.zeros(layout.classes, dtype=np.int64)
        self._line[masks] = np.arange(len(masks))
        self._classes = layout.classes
        lengths = layout.norm_limits()
        self._whole = lengths[masks]
        shared_lengths = lengths[self._shared]
        self._wide: Table = shared_lengths * side.residuals
        self._thresholds: Table = self._usable(thresholds, shared_lengths**2)

    def _usable(self, thresholds: Thresholds, greatest: Table) -> Table:
        """Return the threshold of each line and probe, infinite where no score can be on its other side."""
        asked = thresholds.by_shared.astype(np.float64)[self._shared]
        beyond = greatest * (1.0 + SLACK)
        asked[asked > beyond] = np.inf
        asked[asked < -beyond] = -np.inf
        asked[self._shared == 0] = np.inf
        asked[self._always] = -np.inf
        return asked

    def alpha(self, best: Float64[NDArray[np.float64], " probes"] | None = None) -> ClassLimits:
        """Return `alpha`, float32 [classes, probes], for the thresholds or, where it is lower, the k-th best so far.

        Parameters
        ----------
        best
            float64 [probes]: `lower` of the k-th best, minus infinity while there are fewer.
        """
        reached = self._thresholds
        if best is not None:
            reached = np.where(self._shared == 0, reached, np.minimum(reached, best))
        size = np.where(np.isfinite(reached), np.abs(reached), 0.0) + self._wide
        slack = SLACK * (size + 2.0 * self._side.norms * self._whole[:, np.newaxis])
        alpha = np.full((self._classes, len(self._side)), np.inf, dtype=np.float32)
        alpha[self._masks] = (reached - self._wide - slack) / self._side.steps
        return alpha

    def compares(self) -> Everybody:
        """Return which masks are compared with which probes, bool [masks, probes]."""
        return np.asarray((self._shared != 0) | self._always)

    def bounds(self, pairs: ScannedPairs) -> tuple[Numbers, Numbers]:
        """Return the least and the greatest score that each pair can have, float64 [pairs]."""
        line = self._line[pairs.masks]
        norms, whole = self._side.norms[pairs.probes], self._whole[line]
        middle = self._side.steps[pairs.probes] * pairs.products * pairs.steps
        wide = self._wide[line, pairs.probes] + norms * pairs.residuals
        wide += SLACK * (np.abs(middle) + wide + 2.0 * norms * whole)
        return middle - wide, middle + wide

    def thresholds(self, pairs: ScannedPairs) -> Numbers:
        """Return the threshold that each pair must reach, float64 [pairs]; minus infinity where it is always listed."""
        reached: Numbers = self._thresholds[self._line[pairs.masks], pairs.probes]
        return reached


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScannedPairs:
    """ScannedPairs that a scan listed, with what bounds need to know of their rows.

    Parameters
    ----------
    rows
        int64 [pairs]: where in the chunk.
    probes
        int64 [pairs]: which of the batch.
    products
        float64 [pairs]: <X, Y>.
    steps, residuals
        float64 [pairs]: b and |f| of the rows.
    masks
        uint16 [pairs]: of the rows.
    """

    rows: Int64[NDArray[np.int64], " pairs"]
    probes: Int64[NDArray[np.int64], " pairs"]
    products: Numbers
    steps: Numbers
    residuals: Numbers
    masks: Masks

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, some: NDArray[np.bool_] | NDArray[np.int64]) -> ScannedPairs:
        """Return some of them."""
        return ScannedPairs(
            rows=self.rows[some],
            probes=self.probes[some],
            products=self.products[some],
            steps=self.steps[some],
            residuals=self.residuals[some],
            masks=self.masks[some],
        )
