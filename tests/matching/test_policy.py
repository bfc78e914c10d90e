from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.decisions import DecisionPolicy
from biometrics.errors import ConfigurationError
from biometrics.scores import CalibratedFmr, Candidate, CandidateList
from matching.policy import DEFAULT_POLICY, Finding, decide, threshold_fmr, thresholds

POLICY = DecisionPolicy(
    version="test",
    duplicate_fpir=0.001,
    review_fpir=0.05,
    verification_fmr=1e-4,
    smallest_gallery=100,
    least_compared_share=0.5,
)


def listed(*rates: float, size: int = 1_000, compared: int | None = None, complete: bool = True) -> CandidateList:
    candidates = tuple(
        Candidate(subject_id=f"p{number}", fmr=CalibratedFmr(value=rate, extrapolated=False, model="test"))
        for number, rate in enumerate(sorted(rates))
    )
    return CandidateList(
        candidates=candidates,
        gallery_size=size,
        compared=size if compared is None else compared,
        generation=1,
        complete=complete,
    )


@given(st.floats(1e-6, 0.5), st.integers(1, 100_000_000))
def test_a_search_of_n_subjects_has_the_stated_false_positive_rate(fpir: float, size: int) -> None:
    fmr = threshold_fmr(fpir, size)
    assert -math.expm1(size * math.log1p(-fmr)) == pytest.approx(fpir, rel=1e-9)
    assert fpir / size * (1 - 1e-12) <= fmr <= -math.log1p(-fpir) / size * (1 + 1e-12)


def test_the_threshold_at_national_size_is_the_one_the_domain_states() -> None:
    assert threshold_fmr(0.001, 15_000_000) == pytest.approx(6.67e-11, rel=0.01)


def test_searches_of_impostors_go_wrong_as_often_as_stated() -> None:
    size, searches, fpir = 50, 100_000, 0.05
    best = np.random.default_rng(5).uniform(size=(searches, size)).min(axis=1)
    assert (best <= threshold_fmr(fpir, size)).mean() == pytest.approx(fpir, rel=0.06)


@pytest.mark.parametrize(("fpir", "size"), [(0.0, 10), (1.0, 10), (0.1, 0), (-0.1, 10)])
def test_an_impossible_threshold_is_refused(fpir: float, size: int) -> None:
    with pytest.raises(ConfigurationError):
        threshold_fmr(fpir, size)


def test_thresholds_tighten_with_the_gallery_but_do_not_start_out_lax() -> None:
    assert thresholds(POLICY, 0) == thresholds(POLICY, 1) == thresholds(POLICY, 100)
    assert thresholds(POLICY, 10_000)[0] == pytest.approx(thresholds(POLICY, 1_000)[0] / 10, rel=1e-3)
    assert thresholds(DEFAULT_POLICY, 500)[0] < thresholds(DEFAULT_POLICY, 500)[1]


def test_findings_change_exactly_at_the_thresholds() -> None:
    duplicate_fmr, review_fmr = thresholds(POLICY, 1_000)
    assert decide(listed(duplicate_fmr), POLICY).finding is Finding.DUPLICATE
    assert decide(listed(math.nextafter(duplicate_fmr, 1.0)), POLICY).finding is Finding.REVIEW
    assert decide(listed(review_fmr), POLICY).finding is Finding.REVIEW
    assert decide(listed(math.nextafter(review_fmr, 1.0)), POLICY).finding is Finding.UNIQUE


def test_a_decision_names_the_candidates_that_matter_and_the_policy() -> None:
    decision = decide(listed(1e-9, 2e-5, 0.4), POLICY)
    assert [candidate.subject_id for candidate in decision.candidates] == ["p0", "p1"]
    assert (decision.policy_version, decision.duplicate_fmr, decision.review_fmr) == (
        "test",
        *thresholds(POLICY, 1_000),
    )
    assert decision.reason


def test_nobody_is_unique_when_the_search_was_not_whole() -> None:
    incomplete = decide(listed(complete=False), POLICY)
    assert (incomplete.finding, incomplete.candidates) == (Finding.REVIEW, ())
    assert decide(listed(compared=499), POLICY).finding is Finding.REVIEW
    assert decide(listed(compared=500), POLICY).finding is Finding.UNIQUE
    assert decide(listed(1e-9, complete=False), POLICY).finding is Finding.DUPLICATE


def test_an_empty_gallery_makes_everybody_unique() -> None:
    assert decide(listed(size=0), POLICY).finding is Finding.UNIQUE


def test_the_default_policy_demands_no_share_unless_told() -> None:
    assert decide(listed(compared=1), DEFAULT_POLICY).finding is Finding.UNIQUE
    assert decide(listed(compared=0), DEFAULT_POLICY).finding is Finding.REVIEW
    assert decide(listed(size=0, compared=0), DEFAULT_POLICY).finding is Finding.UNIQUE
    strict = dataclasses.replace(DEFAULT_POLICY, least_compared_share=0.9)
    assert decide(listed(compared=0), strict).finding is Finding.REVIEW
