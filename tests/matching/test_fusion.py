from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.fusion import LEAST_POSITION_FMR, MOST_PAIRINGS, best_fmr, best_of, evidence_of, fisher_fmr, person_fmr
from matching.fusion import fusion_model as model
from matching.policy import DEFAULT_POLICY, threshold_fmr

rates = st.floats(1e-12, 1.0)
ONE_WAY = np.ones(1)


def whole(count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([count], dtype=np.int64)


def fused(*values: float) -> float:
    """Return the person-level rate of comparisons at as many named positions."""
    evidence = evidence_of(best_of(np.array(values), np.ones(len(values), dtype=np.int64)))
    found = person_fmr(
        terms=whole(len(values)),
        evidence=np.array([evidence.sum()]),
        pairings=ONE_WAY,
        tried=whole(len(values)),
        strongest=np.array([evidence.max()]),
    )
    return float(found[0])


def fisher(*values: float) -> float:
    evidence = -np.log(np.array(values)).sum()
    return float(fisher_fmr(whole(len(values)), np.array([evidence]), ONE_WAY)[0])


def test_one_comparison_is_its_own_rate() -> None:
    assert fused(3e-5) == pytest.approx(3e-5)
    assert fused(1.0) == 1.0


def test_two_comparisons_follow_the_closed_form() -> None:
    product = 1e-3 * 2e-4
    assert fused(1e-3, 2e-4) == pytest.approx(2 * product * (1.0 - math.log(product)))


def test_one_strong_among_weak_follows_bonferroni() -> None:
    assert fused(1e-7, 0.9, 0.8) == pytest.approx(2 * 3 * 1e-7)


def test_published_value_of_fisher_method() -> None:
    # Chi-square of 6 degrees of freedom at 12.5916 has upper tail 0.05 (any table): three p-values with that sum.
    assert fisher(*[math.exp(-12.5916 / 6.0)] * 3) == pytest.approx(0.05, rel=1e-4)


def test_impostors_reach_a_sum_as_often_as_it_says() -> None:
    trials, positions = 200_000, 4
    p = np.random.default_rng(3).uniform(size=(trials, positions))
    terms = np.full(trials, positions, dtype=np.int64)
    found = fisher_fmr(terms, -np.log(p).sum(axis=1), np.ones(trials))
    for rate in (0.1, 0.01, 0.001):
        assert (found <= rate).mean() == pytest.approx(rate, rel=4.0 / math.sqrt(rate * trials))


@pytest.mark.parametrize("positions", [1, 2, 4, 11])
def test_impostors_reach_a_fused_rate_at_most_as_often_as_it_says(positions: int) -> None:
    """And hardly ever less than half as often: what is given away for the choice of statistic is a factor of 2."""
    trials = 200_000
    evidence = -np.log(np.random.default_rng(5).uniform(size=(trials, positions)))
    count = np.full(trials, positions, dtype=np.int64)
    found = person_fmr(
        terms=count,
        evidence=evidence.sum(axis=1),
        pairings=np.ones(trials),
        tried=count,
        strongest=evidence.max(axis=1),
    )
    for rate in (0.1, 0.01, 0.001):
        allowance = 4.0 * math.sqrt(rate / trials)
        assert rate / 2 - allowance <= (found <= rate).mean() <= rate + allowance


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


@given(st.lists(rates, min_size=2, max_size=11))
def test_a_fused_rate_is_a_rate_and_never_above_either_statistic_doubled(values: list[float]) -> None:
    capped = [max(LEAST_POSITION_FMR, value) for value in values]
    smaller = min(fisher(*capped), len(values) * min(capped))
    assert fused(*values) == pytest.approx(min(1.0, 2 * smaller), rel=1e-6)
    assert 0.0 < fused(*values) <= 1.0


@pytest.mark.parametrize(("gallery_size", "mate"), [(1_000, 1e-6), (10_000, 1e-7)])
def test_one_mate_finger_among_nine_dead_still_needs_review(gallery_size: int, mate: float) -> None:
    """Bonferroni gives 2 x 10 p: below 3.05e-5 at 1,000 subjects for p = 1e-6, below 3.05e-6 at 10,000 for 1e-7."""
    review_fmr = threshold_fmr(DEFAULT_POLICY.review_fpir, gallery_size)
    assert threshold_fmr(0.03, gallery_size) == review_fmr
    assert fused(mate, *[0.5] * 9) == pytest.approx(20 * mate)
    assert fused(mate, *[0.5] * 9) <= review_fmr
    assert fused(mate, *[1.0] * 9) <= review_fmr
    assert fisher(mate, *[0.5] * 9) > 10 * review_fmr


def test_one_dead_finger_among_ten_does_not_sink_a_mate() -> None:
    nine, dead = [1e-6] * 9, 0.9
    assert fused(*nine, dead) < 1e-30
    assert fused(*nine, dead) < 1e4 * fused(*nine)


def test_many_mediocre_positions_do_not_make_a_mate() -> None:
    assert fused(*[0.4] * 11) > 0.4


def test_one_position_is_never_worth_more_than_the_cap() -> None:
    assert fused(1e-30) == fused(LEAST_POSITION_FMR) == pytest.approx(LEAST_POSITION_FMR)
    assert fused(1e-30, 1.0) == fused(LEAST_POSITION_FMR, 1.0) == pytest.approx(4 * LEAST_POSITION_FMR)


def test_choices_weaken_the_evidence_in_proportion() -> None:
    evidence = evidence_of(np.array([1e-6]))
    assert fisher_fmr(whole(1), evidence, np.array([10.0]))[0] == pytest.approx(1e-5)
    assert best_fmr(whole(10), evidence)[0] == pytest.approx(1e-5)
    hopeless = person_fmr(
        terms=whole(1),
        evidence=evidence_of(np.array([0.5])),
        pairings=np.array([float(MOST_PAIRINGS)]),
        tried=whole(40),
        strongest=evidence_of(np.array([0.5])),
    )
    assert hopeless[0] == 1.0


def test_the_words_name_the_statistics_that_were_read() -> None:
    assert model(1, 1) == "one comparison"
    assert model(1, 3) == "best of 3 comparisons"
    assert model(2, 4) == "Fisher's method over 2 comparisons or the best of 4, whichever is stronger"
