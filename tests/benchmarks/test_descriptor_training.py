from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from benchmarks.descriptor import closed_form, train
from benchmarks.descriptor.constellations import Constellation, constellations, mirrored
from benchmarks.descriptor.impressions import LEAST_FOUND, as_minutiae, impression
from biometrics.templates import MinutiaSet
from matching.descriptor.aggregate import aggregate
from matching.descriptor.surroundings import surroundings_of
from matching.descriptor.weights import Weights
from matching.minutiae import compare, prepare

FINGERS = 30


def _fingers(count: int, seed: int) -> list[Constellation]:
    return list(islice(constellations(np.random.default_rng(seed)), count))


def _vectors(prints: list[MinutiaSet], weights: Weights) -> np.ndarray:
    return np.concatenate([aggregate(surroundings_of([one]), weights) for one in prints])


def test_constellations_are_those_of_the_seed_and_keep_their_distance() -> None:
    fingers = _fingers(4, seed=3)
    for one, again in zip(fingers, _fingers(4, seed=3), strict=True):
        assert (one == again).all()
        apart = np.linalg.norm(one[:, None, :2] - one[None, :, :2], axis=2)
        assert apart[~np.eye(len(one), dtype=bool)].min() >= 7
        assert 50 < len(one) < 220
    assert len({len(one) for one in fingers}) > 1


def test_impressions_are_prints_of_their_finger() -> None:
    random = np.random.default_rng(4)
    fingers = _fingers(12, seed=5)
    shown = [[as_minutiae(impression(one, random)) for _ in range(2)] for one in fingers]
    assert min(len(one) for pair in shown for one in pair) >= LEAST_FOUND
    genuine = [compare(prepare(first), prepare(second)) for first, second in shown]
    impostor = [compare(prepare(shown[i][0]), prepare(shown[i - 1][1])) for i in range(len(shown))]
    assert np.median(genuine) > 4
    assert np.median(impostor) < 0.5


def test_a_mirrored_finger_is_another() -> None:
    random = np.random.default_rng(6)
    (one,) = _fingers(1, seed=7)
    assert (mirrored(mirrored(one))[:, :2] == one[:, :2]).all()
    plain, turned = (as_minutiae(impression(finger, random)) for finger in (one, mirrored(one)))
    assert compare(prepare(plain), prepare(turned)) < 1


def test_what_is_learned_tells_fingers_apart_that_were_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, small in {"SEEN": 24, "WORDS": 12, "KEPT": 150, "DIMENSION": 64}.items():
        monkeypatch.setattr(closed_form, name, small)
    monkeypatch.setattr(train, "VIEWED", 150)
    weights = train.learn(300, np.random.default_rng(1))
    assert weights.output.shape == (24 * 12, 64)
    random = np.random.default_rng(8)
    fingers = _fingers(FINGERS, seed=9)
    first, second = (_vectors([as_minutiae(impression(one, random)) for one in fingers], weights) for _ in range(2))
    likeness = first @ second.T
    assert (likeness.argmax(axis=1) == np.arange(FINGERS)).mean() > 0.3  # by chance: 0.03
    assert abs(likeness[~np.eye(FINGERS, dtype=bool)].mean()) < 0.05
