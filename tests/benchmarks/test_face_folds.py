"""Accuracy at thresholds chosen on other folds."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.accuracy.face_folds import ComparedPairs, best_threshold, fold_accuracy, spread_folds
from benchmarks.rates import NOT_COMPARED


def _pairs(
    genuine: list[float], impostor: list[float], *, folds: list[int] | None = None, persons: list[int] | None = None
) -> ComparedPairs:
    """Return genuine pairs of a person each, and impostor pairs of two more each, unless persons are given."""
    same = np.array([True] * len(genuine) + [False] * len(impostor))
    first = np.arange(len(same), dtype=np.int64) if persons is None else np.array(persons, np.int64)
    return ComparedPairs(
        first=first,
        second=np.where(same, first, first + 1_000),
        same=same,
        folds=spread_folds(same, 2) if folds is None else np.array(folds, np.int64),
        scores=np.array([*genuine, *impostor], np.float32),
    )


@pytest.mark.parametrize(
    ("genuine", "impostor", "low", "high"),
    [
        ([0.5, 0.9], [0.1, 0.3], 0.3, 0.5),
        ([0.2, 0.9], [0.1, 0.3, 0.3], 0.3, 0.9),
        ([0.5], [], -1.0, 0.5),
        ([], [0.5], 0.5, 2.0),
        ([0.1], [0.5, 0.6], 0.6, 2.0),
    ],
)
def test_the_best_threshold_lies_between_two_scores(
    genuine: list[float], impostor: list[float], low: float, high: float
) -> None:
    scores = np.array([*genuine, *impostor, NOT_COMPARED], np.float32)
    same = np.array([True] * len(genuine) + [False] * len(impostor) + [True])
    assert low < best_threshold(scores, same) < high


def test_of_equally_good_thresholds_the_middle_one_is_taken() -> None:
    # One impostor above one genuine score: below and above both, three of four are right.
    scores, same = np.array([0.8, 0.5, 0.6, 0.4], np.float32), np.array([True, True, False, False])
    assert best_threshold(scores, same) == pytest.approx(0.7)
    # Genuine and impostor scores in turn: five places are equally good, the third lies between 0.4 and 0.5.
    scores, same = np.linspace(0.1, 0.8, 8).astype(np.float32), np.array([True, False] * 4)
    right = [int(((scores >= level) == same).sum()) for level in (0.05, 0.25, 0.45, 0.65, 0.85)]
    assert right == [4] * 5
    assert best_threshold(scores, same) == pytest.approx(0.45)


def test_every_fold_is_judged_at_the_threshold_of_the_others() -> None:
    # Fold 0 alone would put its threshold near 0.3, fold 1 near 0.7: each judges the other's pairs.
    pairs = _pairs([0.4, 0.5, 0.8, 0.9], [0.1, 0.2, 0.5, 0.6])
    assert pairs.folds.tolist() == [0, 0, 1, 1] * 2
    found = fold_accuracy(pairs, replicates=50)
    # At 0.7 fold 0 loses both genuine pairs; at 0.3 fold 1 takes both impostors for one person.
    assert found.by_fold.tolist() == [0.5, 0.5]
    assert (found.figure.value, found.figure.counts["wrong pairs"], found.disjoint) == (0.5, 4, True)
    assert found.figure.threshold == pytest.approx(0.5)
    assert found.figure.low < 0.5 < found.figure.high


def test_a_threshold_is_not_chosen_on_persons_it_is_tried_on() -> None:
    # The genuine pair at 0.2 would drag the threshold of fold 1 down, but shows a person of that fold.
    genuine, impostor = [0.9, 0.9, 0.2, 0.2, 0.2, 0.9], [0.5, 0.5]
    folds = [0, 0, 0, 0, 0, 1, 0, 1]
    apart = _pairs(genuine, impostor, folds=folds, persons=[1, 2, 3, 3, 3, 3, 7, 8])
    assert fold_accuracy(apart, replicates=10).by_fold[1] == 1.0
    mixed = _pairs(genuine, impostor, folds=folds)
    assert fold_accuracy(mixed, replicates=10).by_fold[1] == 0.5


def test_where_no_other_persons_are_left_all_pairs_of_the_other_folds_serve() -> None:
    found = fold_accuracy(_pairs([0.9, 0.8], [0.1, 0.2], persons=[1, 1, 1, 1]), replicates=10)
    assert (found.disjoint, found.figure.value) == (False, 1.0)
    assert found.figure.low < 1.0


def test_pairs_without_template_are_wrong_whatever_they_are() -> None:
    pairs = _pairs([0.9, 0.9, NOT_COMPARED, 0.9], [0.1, NOT_COMPARED, 0.1, 0.1])
    found = fold_accuracy(pairs, replicates=10)
    assert (found.figure.value, found.figure.counts["wrong pairs"]) == (0.75, 2)


def test_folds_are_runs_of_either_kind() -> None:
    same = np.array([True] * 4 + [False] * 6)
    assert spread_folds(same, 2).tolist() == [0, 0, 1, 1, 0, 0, 0, 1, 1, 1]
    assert np.bincount(spread_folds(np.arange(1_000) < 500)).tolist() == [100] * 10
    assert np.bincount(spread_folds(np.arange(23) < 11, 10)).min() == 2


def test_the_interval_draws_persons_not_pairs() -> None:
    random = np.random.default_rng(0)
    genuine = (0.9 - 0.8 * (random.random(200) < 0.1)).tolist()
    each = fold_accuracy(_pairs(genuine, [0.3] * 200), replicates=300)
    few = [*np.repeat(np.arange(10), 20).tolist(), *range(500, 700)]
    bunched = fold_accuracy(_pairs(sorted(genuine), [0.3] * 200, persons=few), replicates=300)
    assert bunched.figure.high - bunched.figure.low > each.figure.high - each.figure.low
