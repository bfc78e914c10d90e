"""Impostor pairs by matrix products, against comparing them one by one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import matching.impostors
from biometrics.arrays import Ids, Vectors
from biometrics.errors import ConfigurationError
from matching.impostors import impostor_pairs, impostor_scores, impostors_above


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching.impostors, "ROWS_AT_ONCE", 4)


def _faces() -> tuple[Vectors, Ids]:
    vectors = np.random.default_rng(1).standard_normal((11, 6)).astype(np.float32)
    persons = np.array([3, 0, 0, 1, 2, 2, 2, 5, 6, 7, 0], np.int64)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), persons


def test_every_pair_of_different_persons_is_scored_once() -> None:
    vectors, persons = _faces()
    expected = [vectors[a] @ vectors[b] for a, b in combinations(range(11), 2) if persons[a] != persons[b]]
    found = impostor_scores(vectors, persons)
    assert len(found) == impostor_pairs(persons) == len(expected) == 55 - 3 - 3
    assert np.sort(found) == pytest.approx(np.sort(expected), abs=1e-6)


def test_the_highest_pairs_come_with_their_rows() -> None:
    vectors, persons = _faces()
    found = impostors_above(vectors, persons, 0.2)
    pairs = list(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert pairs == [
        (a, b) for a, b in combinations(range(11), 2) if persons[a] != persons[b] and vectors[a] @ vectors[b] >= 0.2
    ]
    assert found.scores == pytest.approx([vectors[a] @ vectors[b] for a, b in pairs], abs=1e-6)
    assert len(impostors_above(vectors, persons, 1.1).scores) == 0


def test_too_many_pairs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, persons = _faces()
    monkeypatch.setattr(matching.impostors, "MOST_PAIRS", 48)
    with pytest.raises(ConfigurationError, match="49 pairs"):
        impostor_scores(vectors, persons)
