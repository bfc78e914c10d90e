from __future__ import annotations

import math

import numpy as np
import pytest

from biometrics.errors import ConfigurationError
from matching.calibration import Calibration, fit_calibration
from matching.person_vectors.strangers import STEPS, Chances, Reached, block_chances, face_chances

MEAN, DEVIATION = 0.05, 0.08


def _calibration(mean: float = MEAN, deviation: float = DEVIATION, caution: float = 1.0) -> Calibration:
    scores = np.random.default_rng(1).normal(mean, deviation, 200_000).astype(np.float32)
    return fit_calibration(scores, scale="s", population="p", origin="normal", subjects=10, caution=caution)


def sum_limit(blocks: list[Chances], rate: float) -> float:
    return Reached.of(blocks).limit(rate)


def _normal_limit(count: int, rate: float, mean: float = MEAN, deviation: float = DEVIATION) -> float:
    low, high = 0.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        reached = math.erfc((middle - count * mean) / (deviation * math.sqrt(2 * count))) / 2
        low, high = (middle, high) if reached > rate else (low, middle)
    return high


@pytest.mark.parametrize("count", [1, 2, 4, 10])
@pytest.mark.parametrize("rate", [0.5, 1e-2, 1e-3])
def test_limits_of_sums_are_those_of_the_distribution(count: int, rate: float) -> None:
    limit = sum_limit([block_chances(_calibration())] * count, rate)
    # Scores are rounded up, so the limit is too, by half a step a block.
    assert limit == pytest.approx(_normal_limit(count, rate), abs=0.004 + count / STEPS)


def test_limits_far_out_are_never_below_those_of_a_lighter_tail() -> None:
    for count in (1, 2, 4):
        assert sum_limit([block_chances(_calibration())] * count, 1e-6) >= _normal_limit(count, 1e-6) - 0.004


def test_chances_add_up_to_one_and_to_no_cosine_above_one() -> None:
    block = block_chances(_calibration())
    both = block + face_chances(_calibration(0.0, 0.1))
    for chances in (block, both):
        assert chances.shares.sum() == pytest.approx(1.0)
        assert (chances.shares >= 0).all()
    assert block.lowest + len(block.shares) - 1 == STEPS
    assert both.lowest + len(both.shares) - 1 == 2 * STEPS


def test_the_limit_falls_as_the_rate_rises_and_rises_with_every_block() -> None:
    block = block_chances(_calibration())
    limits = [sum_limit([block] * 3, rate) for rate in (1e-9, 1e-6, 1e-3, 0.1, 0.9)]
    assert limits == sorted(limits, reverse=True)
    of_more = [sum_limit([block] * count, 1e-4) for count in range(1, 11)]
    assert of_more == sorted(of_more)


def test_faces_are_as_wide_as_their_calibration_says_whatever_its_caution() -> None:
    plain = face_chances(_calibration(0.0, 0.1))
    careful = face_chances(_calibration(0.0, 0.1, caution=2.0))
    assert sum_limit([plain], 1e-2) == pytest.approx(2.326 * 0.1, abs=0.006)
    # Rates stated twice as high make them wider by the score at half the rate.
    assert sum_limit([careful], 0.5) == pytest.approx(0.0, abs=0.004)
    assert sum_limit([careful], 1e-3) == pytest.approx(3.29 * 0.1, abs=0.012)


@pytest.mark.parametrize("rate", [0.0, -1.0, 1.1, float("nan")])
def test_rates_that_are_none_are_refused(rate: float) -> None:
    with pytest.raises(ConfigurationError):
        sum_limit([block_chances(_calibration())], rate)
    with pytest.raises(ConfigurationError):
        sum_limit([], 0.5)


def test_a_limit_is_the_first_step_that_no_more_reach() -> None:
    half = Chances(lowest=3, shares=np.array([0.5, 0.25, 0.25]))
    limits = [sum_limit([half], rate) * STEPS for rate in (1.0, 0.6, 0.5, 0.4, 0.25, 0.2)]
    assert limits == [3, 4, 4, 5, 5, 6]
