"""Centres are learned from groups that are large enough, and judged on faces that took no part."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.face_population.groups import LEAST_FACES, groups_of, learn
from benchmarks.face_population.held_out import held_out_scores, within_groups
from benchmarks.face_population.vectors import SeenPortraits
from biometrics.arrays import Vector
from enrollment.population.portraits import Portrait
from models.face.centres import unit_vectors


def _seen(name: str, labels: list[dict[str, str]], *, seed: int, persons: list[str] | None = None) -> SeenPortraits:
    random = np.random.default_rng(seed)
    common = {group: random.normal(size=16) for group in sorted({label.get("group", "") for label in labels})}
    vectors = np.stack([random.normal(size=16) + common[label.get("group", "")] for label in labels])
    portraits = tuple(
        Portrait(
            name=f"{row}.png",
            path=Path(f"{row}.png"),
            person=f"{row}.png" if persons is None else persons[row],
            labels=label or None,
        )
        for row, label in enumerate(labels)
    )
    return SeenPortraits(name=name, portraits=portraits, vectors=unit_vectors(vectors.astype(np.float32)))


def _labels(group: str, sex: str, age: str, count: int) -> list[dict[str, str]]:
    return [{"group": group, "sex": sex, "age": age}] * count


@pytest.fixture
def labelled() -> SeenPortraits:
    labels = _labels("A", "F", "20-29", LEAST_FACES) + _labels("A", "F", "0-2", LEAST_FACES)
    labels += _labels("B", "F", "3-9", LEAST_FACES - 1) + _labels("C", "F", "0-2", 1) + _labels("B", "M", "30-39", 40)
    return _seen("labelled", labels, seed=1)


@pytest.fixture
def others() -> SeenPortraits:
    return _seen("others", [{}] * 30, seed=2, persons=[str(row // 2) for row in range(30)])


def test_groups_of_too_few_faces_are_put_together(labelled: SeenPortraits) -> None:
    names = groups_of(labelled)
    assert set(names[:LEAST_FACES]) == {"A, F, adults"}
    assert set(names[LEAST_FACES : 2 * LEAST_FACES]) == {"A, F, children"}
    assert set(names[2 * LEAST_FACES : 3 * LEAST_FACES]) == {"others, F, children"}
    assert set(names[3 * LEAST_FACES :]) == {"B, M, adults"}


def test_centres_are_means(labelled: SeenPortraits, others: SeenPortraits) -> None:
    centres = learn(labelled, others)
    assert centres.names == ("A, F, adults", "A, F, children", "B, M, adults", "others, F, children", "others")
    np.testing.assert_allclose(centres.means[0], labelled.vectors[:LEAST_FACES].mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(centres.means[-1], others.vectors.mean(axis=0), atol=1e-6)


def test_no_face_is_judged_by_centres_it_helped_to_learn(labelled: SeenPortraits, others: SeenPortraits) -> None:
    scores = held_out_scores(labelled, others)
    for row in (0, 40, 100):
        one, other = _moved(labelled, others, row)
        assert scores[0][3, row] == pytest.approx(float(one @ other), abs=1e-5)
    for table, seen in zip(scores, (labelled, others), strict=True):
        assert table.shape == (len(seen.portraits),) * 2
        np.testing.assert_array_equal(table, table.T)
        assert np.isfinite(table).all()
        assert (np.abs(table) <= 1.0 + 1e-5).all()


def _moved(labelled: SeenPortraits, others: SeenPortraits, row: int) -> tuple[Vector, Vector]:
    """Move rows 3 and `row` by centres of everybody in other parts, found by dealing the parts anew."""
    random = np.random.default_rng(7)
    parts = []
    for seen in (labelled, others):
        persons = np.unique([portrait.person for portrait in seen.portraits], return_inverse=True)[1]
        parts.append((random.permutation(persons.max() + 1) % 10)[persons])
    away = [parts[0][3], parts[0][row]]
    centres = learn(labelled, others, without=(np.isin(parts[0], away), np.isin(parts[1], away)))
    moved = centres.centred(labelled.vectors[[3, row]])
    return moved[0], moved[1]


def test_pairs_are_within_group_and_sex(labelled: SeenPortraits) -> None:
    count = len(labelled.portraits)
    scores = np.arange(count * count, dtype=np.float32).reshape(count, count)
    found = {(group, sex): similar for group, sex, similar in within_groups(labelled, scores)}
    sizes = {("A", "F"): 2 * LEAST_FACES, ("B", "F"): LEAST_FACES - 1, ("C", "F"): 1, ("B", "M"): 40}
    assert {name: len(similar) for name, similar in found.items()} == {
        name: size * (size - 1) // 2 for name, size in sizes.items()
    }
    assert found["A", "F"][0] == scores[0, 1]
