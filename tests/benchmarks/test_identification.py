from __future__ import annotations

import numpy as np
import pytest

from benchmarks.identification import (
    NOT_FOUND,
    Searches,
    mate_ranks,
    open_set_figures,
    rank_misses,
)
from benchmarks.rates import NOT_COMPARED
from biometrics.errors import ProcessingError


def _searches(ranks: list[int], scores: list[float], unmated: list[float]) -> Searches:
    return Searches(
        mated_subjects=np.arange(len(ranks))[:, None],
        mated_ranks=np.array(ranks, np.int64),
        mated_scores=np.array(scores, np.float32),
        unmated_subjects=np.arange(100, 100 + len(unmated))[:, None],
        unmated_scores=np.array(unmated, np.float32),
        gallery_size=50,
    )


FOUR = _searches(
    [1, 1, 3, NOT_FOUND], [0.9, 0.5, 0.4, NOT_COMPARED], [0.6, 0.45, 0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]
)


def test_misses_at_a_rank_count_mates_that_never_came() -> None:
    figures = rank_misses(FOUR, ranks=(1, 2, 3, 60), replicates=50)
    assert {name: figure.value for name, figure in figures.items()} == {
        "missed at rank 1": 0.5,
        "missed at rank 2": 0.5,
        "missed at rank 3": 0.25,
    }
    assert figures["missed at rank 1"].counts == {"errors": 2, "trials": 4}


def test_fnir_is_taken_where_few_enough_unmated_searches_find_somebody() -> None:
    figures = open_set_figures(FOUR, targets=(0.2, 0.1, 0.01), replicates=50)
    # One unmated search in ten may pass: just above 0.45 lies 0.5. Two in ten: down to 0.4.
    assert figures["FNIR at FPIR 0.1"].value == 0.5
    assert figures["FNIR at FPIR 0.1"].threshold == pytest.approx(0.5)
    assert figures["FNIR at FPIR 0.2"].value == 0.25
    assert "FNIR at FPIR 0.01" not in figures


def test_ties_count_against_the_mate() -> None:
    scores = np.array([0.3, 0.9, 0.5, 0.5], np.float32)
    assert [mate_ranks(scores, mate) for mate in range(4)] == [4, 1, 3, 3]


def test_a_mate_has_a_rank_and_a_score_or_neither() -> None:
    with pytest.raises(ProcessingError):
        _searches([1], [NOT_COMPARED], [0.1])
    with pytest.raises(ProcessingError):
        _searches([NOT_FOUND], [0.4], [0.1])
