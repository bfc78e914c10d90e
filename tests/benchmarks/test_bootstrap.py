from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.bootstrap import Drawn, Weights, draw_statistics, interval_of, share
from benchmarks.rates import ScoredPairs, verification_figures
from biometrics.errors import ProcessingError
from tests.benchmarks.cases import population

SUBJECTS, IMPRESSIONS, SPREAD = 60, 12, 0.9
THRESHOLD = -1.0
TRUTH = 0.5 * math.erfc(1.0 / math.sqrt(2.0))
"""Share of a standard normal below -1: genuine scores are one, over all subjects."""


def test_weights_are_how_often_subjects_were_drawn() -> None:
    genuine = np.array([[7], [7], [3]])
    impostor = np.array([[7, 3], [3, 9], [7, 9]])

    def look(first: Weights, second: Weights) -> Drawn:
        assert (first[:, 0] == first[:, 1]).all()
        seven, three = first[:, 0], first[:, 2]
        nine = 3 - seven - three  # as many draws as subjects
        assert (second[:, 0] == seven * three).all()
        assert (second[:, 1] == three * nine).all()
        assert (second[:, 2] == seven * nine).all()
        return np.stack((seven, three, nine), axis=1)

    drawn = draw_statistics(genuine, impostor, look, replicates=500, seed=1)
    assert drawn.shape == (500, 3)
    assert drawn.mean(axis=0) == pytest.approx([1.0, 1.0, 1.0], abs=0.15)
    assert drawn.max() == 3


def test_the_seed_decides() -> None:
    pairs = population(np.random.default_rng(0), 20, 4, 0.5)
    assert verification_figures(pairs, replicates=50, seed=1) == verification_figures(pairs, replicates=50, seed=1)
    first, second = (
        draw_statistics(pairs.genuine_subjects, pairs.impostor_subjects, lambda g, _: g[:, :4], replicates=9, seed=seed)
        for seed in (1, 2)
    )
    assert (first != second).any()


def test_chunks_leave_the_draws_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    subjects = np.arange(10)[:, None]
    whole = draw_statistics(subjects, subjects, lambda first, _: first, replicates=20, seed=4)
    monkeypatch.setattr("benchmarks.bootstrap._MOST_WEIGHTS", 60)
    assert (draw_statistics(subjects, subjects, lambda first, _: first, replicates=20, seed=4) == whole).all()


def _coverage(sides: str, rounds: int) -> float:
    covered = 0
    for seed in range(rounds):
        pairs = population(np.random.default_rng(seed), SUBJECTS, IMPRESSIONS, SPREAD)
        subjects = pairs.genuine_subjects if sides == "subjects" else np.arange(len(pairs.genuine))[:, None]
        figure = share(pairs.genuine < THRESHOLD, subjects, replicates=200, seed=seed)
        covered += figure.low <= TRUTH <= figure.high
    return covered / rounds


def test_intervals_over_subjects_hold_the_truth_and_intervals_over_pairs_do_not() -> None:
    # 12 scores of one subject say little more than one: counted as independent, they promise far too much.
    assert _coverage("subjects", 150) >= 0.89
    assert _coverage("pairs", 60) <= 0.75


def test_verification_intervals_draw_subjects() -> None:
    pairs = population(np.random.default_rng(5), SUBJECTS, IMPRESSIONS, SPREAD)
    hard = replace(pairs, impostor=(pairs.impostor + 5.0).astype(np.float32))
    each_alone = ScoredPairs(
        genuine=hard.genuine,
        genuine_subjects=np.arange(len(hard.genuine))[:, None] + 1000,
        impostor=hard.impostor,
        impostor_subjects=np.arange(2 * len(hard.impostor)).reshape(-1, 2) + 100_000,
    )
    wide = verification_figures(hard, replicates=200)["ZeroFMR"]
    narrow = verification_figures(each_alone, replicates=200)["ZeroFMR"]
    assert wide.value == narrow.value
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_no_error_is_not_certainty() -> None:
    figure = share(np.zeros(280, np.bool_), np.repeat(np.arange(10), 28)[:, None])
    assert figure.value == figure.low == 0.0
    assert figure.high == pytest.approx(0.0135, abs=2e-4)
    failed = share(np.ones(280, np.bool_), np.repeat(np.arange(10), 28)[:, None])
    assert failed.value == failed.high == 1.0
    assert failed.low == pytest.approx(0.9865, abs=2e-4)


def test_an_interval_takes_its_ends_from_the_draws() -> None:
    drawn = np.append(np.linspace(0.0, 1.0, 1001), np.nan)
    low, high = interval_of(drawn, 0.5, errors=500_000, trials=1_000_000)
    assert (low, high) == pytest.approx((0.025, 0.975), abs=1e-3)


def test_one_subject_cannot_be_drawn_again() -> None:
    alone = share(np.zeros(280, np.bool_), np.zeros((280, 1), np.int64))
    assert alone.value == 0.0
    assert alone.high == pytest.approx(0.0135, abs=2e-4)
    sides, nobody = np.zeros((5, 1), np.int64), np.empty((0, 1), np.int64)
    with pytest.raises(ProcessingError, match="two subjects"):
        draw_statistics(sides, nobody, lambda weights, _: weights[:, :1], replicates=5, seed=0)
