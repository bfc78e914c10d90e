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


def sum_limit(blocks: Sequence[Chances], rate: float) -> float:
    """Return the least sum of scores that at most so many strangers reach.

    Parameters
    ----------
    blocks
        Those that both have; at least one.
    rate
        Share of strangers, in (0, 1].

    Raises
    ------
    ConfigurationError
        When the rate is out of range or there are no blocks.
    """
    if not (0.0 < rate <= 1.0 and blocks):
        raise ConfigurationError(f"no score of {len(blocks)} blocks is reached by a share of {rate} of strangers")
    total = blocks[0]
    for block in blocks[1:]:
        total += block
    # Small shares are added up first, so that none is lost among large ones.
    reached = np.cumsum(total.shares[::-1])[::-1]
    return (total.lowest + int((reached > rate).sum())) / STEPS


def _borders() -> Values:
    return np.arange(-STEPS, STEPS + 1, dtype=np.float32) / np.float32(STEPS)


def _chances(reached: Shares) -> Chances:
    """Return what falls between one border and the next, at the upper one; nothing lies outside of all."""
    reached[0], reached[-1] = 1.0, 0.0
    return Chances(lowest=1 - STEPS, shares=reached[:-1] - reached[1:])
