"""How high the rows of strangers score, from what is known of the blocks they share.

The score is a sum over blocks, all of weight 1. The blocks of two strangers are taken to score independently, each as
its calibration says, so the sum follows the convolution of their distributions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from biometrics.arrays import Values
from biometrics.errors import ConfigurationError
from matching.calibration import Calibration

STEPS = 512
"""Of the scores, from 0 to a cosine of 1; all are rounded up to one, so that a stated rate is rather too high."""

FACE_RATE, FACE_DEVIATIONS = 1e-3, 3.0902
"""A normal distribution exceeds its mean by so many deviations so often."""

Shares: TypeAlias = Float64[NDArray[np.float64], " scores"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chances:
    """How often each score occurs between strangers.

    Parameters
    ----------
    lowest
        Score of the first, in steps.
    shares
        float64 [scores]: how often each occurs, a step after the other; they add up to 1.
    """

    lowest: int
    shares: Shares

    def __add__(self, other: Chances) -> Chances:
        """Return how often each sum of two independent scores occurs."""
        return Chances(lowest=self.lowest + other.lowest, shares=np.convolve(self.shares, other.shares))


def block_chances(calibration: Calibration) -> Chances:
    """Return how often the cosines of strangers occur that a calibration was fitted to."""
    borders = _borders()
    reached = calibration.fmr_values(borders)
    reached[borders <= calibration.scores[0]] = 1.0
    return _chances(reached)


def face_chances(calibration: Calibration) -> Chances:
    """Return the same of faces: normal about 0, as wide as the score says that the calibration gives for 1e-3.

    Strangers' cosines are normal to within a few per cent of their deviation down to 1e-4 (LFW View 1, FairFace), while
    a calibration that states its rates with caution says nothing of low scores.
    """
    deviation = calibration.threshold(FACE_RATE) / FACE_DEVIATIONS
    return _chances(np.array([math.erfc(score / (deviation * math.sqrt(2.0))) / 2 for score in _borders()]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reached:
    """How many strangers reach each score.

    Parameters
    ----------
    lowest
        The first score, in steps.
    descending
        float64 [scores]: the share that reaches it, a step after the other.
    """

    lowest: int
    descending: Shares

    @classmethod
    def of(cls, blocks: Sequence[Chances]) -> Reached:
        """Add up the blocks that both have; at least one.

        Raises
        ------
        ConfigurationError
            When there is none.
        """
        if not blocks:
            raise ConfigurationError("strangers who share nothing have no score")
        total = blocks[0]
        for block in blocks[1:]:
            total += block
        # Small shares are added up first, so that none is lost among large ones.
        return cls(lowest=total.lowest, descending=np.cumsum(total.shares[::-1])[::-1])

    def limit(self, rate: float) -> float:
        """Return the least score that at most so many strangers reach.

        Raises
        ------
        ConfigurationError
            When the rate is not within (0, 1].
        """
        if not 0.0 < rate <= 1.0:
            raise ConfigurationError(f"no score is reached by a share of {rate} of strangers")
        return (self.lowest + len(self.descending) - int(np.searchsorted(self.descending[::-1], rate, "right"))) / STEPS


def _borders() -> Values:
    return np.arange(-STEPS, STEPS + 1, dtype=np.float32) / np.float32(STEPS)


def _chances(reached: Shares) -> Chances:
    """Return what falls between one border and the next, at the upper one; nothing lies outside of all."""
    reached[0], reached[-1] = 1.0, 0.0
    return Chances(lowest=1 - STEPS, shares=reached[:-1] - reached[1:])
