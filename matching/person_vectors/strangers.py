"""How high the rows of strangers score, from what is known of the blocks they share.

The score is a sum over blocks. The blocks of two strangers are taken to score independently, each as its calibration
says, so the sum follows the convolution of their distributions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from biometrics.errors import ConfigurationError
from matching.calibration import Calibration

STEP = 1 / 512
"""Of the scores; everything is rounded up to a multiple, so that a stated rate is rather too high than too low."""

HIGHEST = 1.0
"""Of a cosine."""

FACE_RATE, FACE_DEVIATIONS = 1e-3, 3.0902
"""A normal distribution exceeds its mean by so many deviations so often."""

Chances: TypeAlias = Float64[NDArray[np.float64], " scores"]
"""How often a score from one step to the next occurs, from the lowest score on."""


def face_chances(calibration: Calibration, weight: float) -> tuple[int, Chances]:
    """Return the same of a face: normal about 0, as wide as the score that its calibration gives for a rate of 1e-3.

    Cosines of strangers' faces are normal to within a few per cent down to 1e-5 (LFW View 1, FairFace). A calibration
    that states its rates with caution says nothing of low scores.
    """
    deviation = calibration.threshold(FACE_RATE) / FACE_DEVIATIONS
    borders = np.arange(-int(HIGHEST * weight / STEP), int(np.ceil(HIGHEST * weight / STEP)) + 1) * STEP
    reached = np.array([math.erfc(border / (deviation * weight * math.sqrt(2.0))) / 2 for border in borders])
    reached[0] = 1.0
    return 1 - int(HIGHEST * weight / STEP), reached[:-1] - np.concatenate((reached[1:-1], [0.0]))


def block_chances(calibration: Calibration, weight: float) -> tuple[int, Chances]:
    """Return the lowest score of a weighted block, in steps, and how often each score from there on occurs."""
    lowest = int(np.floor(min(0.0, float(calibration.scores[0])) * weight / STEP))
    highest = int(np.ceil(HIGHEST * weight / STEP))
    borders = np.arange(lowest, highest + 1) * STEP / weight
    reached = calibration.fmr_values(borders.astype(np.float32))
    reached[borders <= calibration.scores[0]] = 1.0
    return lowest + 1, reached[:-1] - np.concatenate((reached[1:-1], [0.0]))


def sum_limit(blocks: Sequence[tuple[int, Chances]], rate: float) -> float:
    """Return the least score that at most so many strangers reach.

    Parameters
    ----------
    blocks
        As `block_chances` returns, of the blocks that both have; at least one.
    rate
        Share of strangers, in (0, 1].

    Raises
    ------
    ConfigurationError
        When the rate is out of range or there are no blocks.
    """
    if not (0.0 < rate <= 1.0 and blocks):
        raise ConfigurationError(f"no score of {len(blocks)} blocks is reached by a share of {rate} of strangers")
    lowest, chances = blocks[0]
    for first, others in blocks[1:]:
        lowest, chances = lowest + first, np.convolve(chances, others)
    # Small shares are added up first: none is lost among large ones.
    reached = np.cumsum(chances[::-1])[::-1]
    return float((lowest + int((reached > rate).sum())) * STEP)
