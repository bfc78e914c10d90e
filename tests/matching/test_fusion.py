from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import ProcessingError
from biometrics.scores import CalibratedFmr
from matching.fusion import LEAST_POSITION_FMR, best_of, fuse, person_fmr

rates = st.floats(1e-12, 1.0)


def part(value: float, *, extrapolated: bool = False) -> CalibratedFmr:
    return CalibratedFmr(value=value, extrapolated=extrapolated, model="test")


def fused(*values: float, pairings: int = 1) -> float:
    return fuse([part(value) for value in values], pairings=pairings).value


def test_one_comparison_is_its_own_rate() -> None:
    assert fused(3e-5) == pytest.approx(3e-5)


def test_two_comparisons_follow_the_closed_form() -> None:
    product = 1e-3 * 2e-4
    assert fused(1e-3, 2e-4) == pytest.approx(product * (1.0 - math.log(product)))


def test_published_value_of_fisher_method() -> None:
    # Chi-square of 6 degrees of freedom at 12.5916 has upper tail 0.05 (any table): three p-values with that sum.
    assert fused(*[math.exp(-12.5916 / 6.0)] * 3) == pytest.approx(0.05, rel=1e-4)


def test_impostors_reach_a_fused_rate_as_often_as_it_says() -> None:
    trials, positions = 200_000, 4
    p = np.random.default_rng(3).uniform(size=(trials, positions))
    terms = np.full(trials, positions, dtype=np.int64)
    found = person_fmr(terms, -np.log(p).sum(axis=1), np.ones(trials))
    for rate in (0.1, 0.01, 0.001):
        assert (found <= rate).mean() == pytest.approx(rate, rel=4.0 / math.sqrt(rate * trials))


def test_the_best_of_several_comparisons_is_corrected_for_the_choice() -> None:
    best = np.random.default_rng(4).uniform(size=(100_000, 6)).min(axis=1)
    corrected = best_of(best, np.full(len(best), 6, dtype=np.int64))
    for rate in (0.1, 0.01):
        assert (corrected <= rate).mean() == pytest.approx(rate, rel=4.0 / math.sqrt(rate * len(best)))


def test_certain_impostors_stay_certain() -> None:
    assert best_of(np.array([1.0]), np.array([5]))[0] == 1.0
    assert fused(1.0, 1.0, 1.0) == 1.0


@given(st.lists(rates, min_size=1, max_size=11), st.data())
def test_a_better_score_at_any_position_never_weakens_the_whole(values: list[float], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(values) - 1))
    better = [*values]
    better[index] *= data.draw(st.floats(0.0, 1.0, exclude_min=True))
    assert fused(*[max(1e-12, value) for value in better]) <= fused(*values) * (1 + 1e-9)


@given(st.lists(rates, min_size=1, max_size=11))
def test_a_fused_rate_is_a_rate(values: list[float]) -> None:
    assert 0.0 < fused(*values) <= 1.0


def test_one_dead_finger_among_ten_does_not_sink_a_mate() -> None:
    nine, dead = [1e-6] * 9, 0.9
    assert fused(*nine, dead) < 1e-30
    assert fused(*nine, dead) < 1e4 * fused(*nine)


def test_many_mediocre_positions_do_not_make_a_mate() -> None:
    assert fused(*[0.4] * 11) > 0.4


def test_one_position_is_never_worth_more_than_the_cap() -> None:
    assert fused(1e-30) == fused(LEAST_POSITION_FMR) == pytest.approx(LEAST_POSITION_FMR)


def test_pairings_weaken_the_evidence_in_proportion() -> None:
    assert fused(1e-6, pairings=10) == pytest.approx(1e-5)
    assert fused(0.5, pairings=10**400) == 1.0


def test_a_person_is_extrapolated_if_any_part_is() -> None:
    assert fuse([part(0.1), part(1e-6, extrapolated=True)]).extrapolated
    assert not fuse([part(0.1), part(0.2)]).extrapolated


def test_nothing_cannot_be_fused() -> None:
    with pytest.raises(ProcessingError):
        fuse([])
