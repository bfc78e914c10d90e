"""D_sys is 0 where scores tell nothing, 1 where they tell all, and what the formula gives between."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.protection.unlinkability import local, system, unlinkability


def test_scores_that_never_overlap_tell_everything() -> None:
    assert system(np.linspace(1, 2, 500), np.linspace(-2, 0, 5_000)) == 1.0


def test_scores_of_one_distribution_tell_no_more_than_chance_gives() -> None:
    draws = np.random.default_rng(5)
    found = unlinkability(draws.normal(size=2_000), draws.normal(size=40_000))
    assert found.value <= found.chance * 1.5 and found.value < 0.05
    assert (found.mated, found.other) == (2_000, 40_000)


def test_between_it_is_what_the_formula_gives() -> None:
    """By hand: D = (m - o) / (m + o) where more mated scores fall, else 0; here 0.6 * (0.6 - 0.2) / (0.6 + 0.2)."""
    mated = np.repeat([0.0, 1.0], [40, 60])
    other = np.repeat([0.0, 1.0], [80, 20])
    assert system(mated, other) == pytest.approx(0.6 * 0.5)
    np.testing.assert_allclose(local(np.array([0.4, 0.6, 0.0]), np.array([0.8, 0.2, 0.0])), [0.0, 0.5, 0.0])


def test_the_further_apart_the_more_is_told() -> None:
    draws = np.random.default_rng(6)
    other = draws.normal(size=20_000)
    told = [unlinkability(draws.normal(shift, 1, 2_000), other).value for shift in (0.0, 0.5, 1.0, 3.0)]
    assert told == sorted(told) and told[-1] > 0.8
