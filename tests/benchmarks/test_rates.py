from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.rates import (
    EER,
    NOT_COMPARED,
    ZERO_FMR,
    ScoredPairs,
    error_curves,
    fnmr_name,
    verification_figures,
)
from biometrics.errors import ProcessingError
from tests.benchmarks.cases import scored, slow_eer, slow_fnmr_at_fmr

GENUINE = [0.9, 0.8, 0.6, 0.3]
IMPOSTOR = [0.7, 0.4, 0.2, 0.1, 0.1]


def test_rates_of_a_case_computed_by_hand() -> None:
    figures = verification_figures(scored(GENUINE, IMPOSTOR), targets=(0.2, 0.4), replicates=20)
    # 0.7 must not pass: the lowest threshold without a false match is 0.8, which 0.6 and 0.3 miss.
    assert figures[ZERO_FMR].value == 0.5
    assert figures[ZERO_FMR].threshold == pytest.approx(0.8)
    assert figures[ZERO_FMR].counts == {
        "false non-matches": 2,
        "genuine pairs": 4,
        "false matches": 0,
        "impostor pairs": 5,
    }
    # One impostor in five may pass: threshold 0.6 lets only 0.7 through and misses 0.3 alone.
    assert figures[fnmr_name(0.2)].value == 0.25
    assert figures[fnmr_name(0.2)].counts["false matches"] == 1
    # Two in five: down to 0.3 the impostor 0.4 passes too, and nobody is missed.
    assert figures[fnmr_name(0.4)].value == 0.0
    # At 0.6 FMR is 1/5 and FNMR 1/4; at 0.4 they are 2/5 and 1/4: the rates cross between, nearest at 0.6.
    assert figures[EER].value == pytest.approx((0.2 + 0.25) / 2)


def test_curves_of_the_same_case() -> None:
    curves = error_curves(scored(GENUINE, IMPOSTOR))
    assert curves.thresholds.tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9, float("inf")])
    assert curves.fmr.tolist() == [1.0, 0.6, 0.4, 0.4, 0.2, 0.2, 0.0, 0.0, 0.0]
    assert curves.fnmr.tolist() == [0.0, 0.0, 0.0, 0.25, 0.25, 0.5, 0.5, 0.75, 1.0]


def test_a_threshold_is_reached_by_its_own_score() -> None:
    figures = verification_figures(scored([0.5, 0.5], [0.5, 0.1]), targets=(0.5,), replicates=20)
    assert figures[fnmr_name(0.5)].value == 0.0
    assert figures[ZERO_FMR].value == 1.0
    assert figures[ZERO_FMR].threshold is None


_scores = st.lists(st.integers(0, 12).map(lambda step: step / 8), min_size=2, max_size=25)


@settings(max_examples=60, deadline=None)
@given(genuine=_scores, impostor=_scores, failed=st.integers(0, 3))
def test_rates_equal_their_definitions(genuine: list[float], impostor: list[float], failed: int) -> None:
    with_failures = [*genuine, *([NOT_COMPARED] * failed)]
    figures = verification_figures(scored(with_failures, impostor), targets=(0.1, 0.5), replicates=5)
    assert figures[EER].value == pytest.approx(slow_eer(with_failures, impostor))
    assert figures[ZERO_FMR].value == slow_fnmr_at_fmr(with_failures, impostor, 0.0)
    for target in (0.1, 0.5):
        if fnmr_name(target) in figures:
            assert figures[fnmr_name(target)].value == slow_fnmr_at_fmr(with_failures, impostor, target)


def test_one_impostor_in_a_hundred_is_a_rate_of_one_percent() -> None:
    # 1 - 0.99 exceeds 0.01 in floating point: the rate must come from counts.
    impostor = [0.0] * 99 + [0.6]
    figures = verification_figures(scored([0.5, 0.7], impostor), targets=(0.01,), replicates=5)
    assert figures[fnmr_name(0.01)].value == 0.0
    assert figures[ZERO_FMR].value == 0.5


def test_failure_to_enroll_is_an_error_at_every_threshold() -> None:
    figures = verification_figures(scored([0.9] * 3 + [NOT_COMPARED], [0.1] * 10), targets=(0.1,), replicates=20)
    assert [figure.value for figure in figures.values()] == pytest.approx([0.25 / 2, 0.25, 0.25])


def test_failures_do_not_dilute_the_false_match_rate() -> None:
    scores = np.array([0.9, NOT_COMPARED, 0.8, NOT_COMPARED], np.float32)
    first, second = np.array([0, 1, 0, 0]), np.array([0, 1, 1, 1])
    pairs = ScoredPairs.of(scores, first, second)
    assert pairs.genuine.tolist() == pytest.approx([0.9, NOT_COMPARED])
    assert pairs.genuine_subjects.tolist() == [[0], [1]]
    assert pairs.impostor.tolist() == pytest.approx([0.8])
    assert pairs.impostor_subjects.tolist() == [[0, 1]]


def test_rates_that_the_pairs_cannot_support_are_not_given() -> None:
    figures = verification_figures(scored(GENUINE, [0.1] * 100), replicates=5)
    assert list(figures) == [EER, fnmr_name(1e-2), ZERO_FMR]


def test_thinned_thresholds_give_the_same_intervals() -> None:
    random = np.random.default_rng(3)
    subjects = 120
    first, second = np.triu_indices(subjects, k=1)
    pairs = ScoredPairs(
        genuine=random.normal(3.0, 1.0, 4 * subjects).astype(np.float32),
        genuine_subjects=np.repeat(np.arange(subjects), 4)[:, None],
        impostor=random.normal(0.0, 1.0, len(first)).astype(np.float32),
        impostor_subjects=np.stack((first, second), axis=1),
    )
    thinned = verification_figures(pairs, targets=(1e-2,), replicates=60)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("benchmarks.rates._MOST_KNOTS", 10**9)
        exact = verification_figures(pairs, targets=(1e-2,), replicates=60)
    for name, figure in exact.items():
        assert (figure.low, figure.high) == pytest.approx((thinned[name].low, thinned[name].high), abs=0.004)
        assert figure.value == thinned[name].value


@pytest.mark.parametrize(
    ("genuine", "impostor"),
    [([], [0.1]), ([0.1], []), ([float("nan")], [0.1]), ([0.1], [float("-inf")]), ([float("inf")], [0.1])],
)
def test_no_rate_without_pairs_or_of_what_is_no_score(genuine: list[float], impostor: list[float]) -> None:
    with pytest.raises(ProcessingError):
        scored(genuine, impostor)
