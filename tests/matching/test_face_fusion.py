"""Several portraits of one person as one: who is fused with whom, how far each counts, and how long the result is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.arrays import Vector
from biometrics.errors import TemplateError
from biometrics.templates import UNIT_NORM_TOLERANCE, FaceEmbedding
from matching.face_fusion import AGREEMENT_POWER, FaceFeature, faces_apart, fuse_faces, single_face
from tests.matching.parts import unit

DIMENSION = 32

portraits_of_anyone = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 50), st.sampled_from([3.0, 9.0, 12.0])), min_size=1, max_size=6
)


def feature(vector: Vector, weight: float = 9.0) -> FaceFeature:
    return FaceFeature(vector=vector, weight=weight)


def portrait(person: int, shot: int, weight: float = 9.0, spread: float = 0.7) -> FaceFeature:
    """Return a portrait: the direction of its person, and `spread` of its own."""
    direction = np.random.default_rng(person).standard_normal(DIMENSION)
    own = np.random.default_rng([person, shot, 1]).standard_normal(DIMENSION)
    return feature(unit(*(direction + spread * own)), weight)


def score(one: FaceFeature, other: FaceFeature) -> float:
    return float(one.vector @ other.vector)


def norm(one: FaceFeature) -> float:
    return float(np.linalg.norm(one.vector))


def test_one_portrait_stays_what_it_is() -> None:
    only = single_face(FaceEmbedding(vector=unit(1, 2, 3), raw_norm=7.5))
    assert fuse_faces([only], 0.3) == (only,)
    assert only.weight == 7.5


def test_equal_portraits_are_as_good_as_one() -> None:
    (fused,) = fuse_faces([portrait(1, 1)] * 3, 0.3)
    np.testing.assert_allclose(fused.vector, portrait(1, 1).vector, atol=1e-6)


def test_a_fused_vector_is_nearer_to_another_portrait_than_one_alone() -> None:
    alone, fused = [], []
    for person in range(40):
        samples = [portrait(person, shot) for shot in (1, 2, 3)]
        alone.append(np.mean([score(one, portrait(person, 9)) for one in samples]))
        fused += [score(one, portrait(person, 9)) for one in fuse_faces(samples, 0.0)]
    assert len(fused) == 40
    assert np.mean(fused) > np.mean(alone) + 0.05


def test_the_length_of_a_fused_vector_says_how_far_its_portraits_agree() -> None:
    angle = math.radians(60)
    pair = [feature(unit(1, 0)), feature(unit(math.cos(angle), math.sin(angle)))]
    (fused,) = fuse_faces(pair, 0.3)
    assert norm(fused) == pytest.approx(math.cos(angle / 2) ** AGREEMENT_POWER)
    np.testing.assert_allclose(fused.vector / norm(fused), unit(math.cos(angle / 2), math.sin(angle / 2)), atol=1e-6)


def test_strangers_of_fused_portraits_score_no_higher_than_those_of_single_ones() -> None:
    """As real ones, these faces have something in common, and people differ in fewer dimensions than portraits do."""
    random, dimension, people = np.random.default_rng(5), 64, 600
    common = 1.2 * unit(*random.standard_normal(dimension))
    differs = np.where(np.arange(dimension) < dimension / 2, math.sqrt(2), 0.0)
    portraits = [
        [feature(unit(*(own + 0.7 * random.standard_normal(dimension)))) for _ in range(4)]
        for own in common + differs * random.standard_normal((people, dimension))
    ]
    single = np.stack([one[0].vector for one in portraits])
    fused = np.stack([fuse_faces(one, -1.0)[0].vector for one in portraits])
    lengthened = fused / np.linalg.norm(fused, axis=1, keepdims=True)
    strangers = np.triu(np.ones((people, people), dtype=np.bool_), 1)
    for share in (1e-2, 1e-3):
        threshold = np.quantile((single @ single.T)[strangers], 1 - share)
        assert ((fused @ single.T)[strangers] >= threshold).mean() <= 1.1 * share
        assert ((fused @ fused.T)[strangers] >= threshold).mean() <= 1.2 * share
        # What the shorter length is for.
        assert ((lengthened @ lengthened.T)[strangers] >= threshold).mean() > 1.7 * share


def test_the_better_portrait_weighs_more() -> None:
    good, poor = portrait(1, 1, weight=12.0), portrait(1, 2, weight=6.0)
    (fused,) = fuse_faces([poor, good], 0.0)
    assert score(fused, good) > score(fused, poor)
    (even,) = fuse_faces([feature(poor.vector), feature(good.vector)], 0.0)
    assert score(even, good) == pytest.approx(score(even, poor), abs=1e-6)
    assert fused.weight == 12.0


def test_a_poor_portrait_joins_the_better_ones_and_never_parts_them() -> None:
    """It is like each of the two, who differ; whoever joined it first would keep the other out."""
    better, other, poor = feature(unit(1, 0), 12.0), feature(unit(0, 1), 11.0), feature(unit(1, 0.9), 6.0)
    for order in ([poor, other, better], [other, poor, better], [better, other, poor]):
        first, second = fuse_faces(order, 0.6)
        assert score(first, better) > 0.95
        assert second is other


def test_weights_far_apart_do_not_overflow() -> None:
    (fused,) = fuse_faces([portrait(1, 1, weight=1e300), portrait(1, 2, weight=1e-300)], 0.0)
    np.testing.assert_allclose(fused.vector, portrait(1, 1).vector, atol=1e-6)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_strangers_portrait_poisons_nothing(place: int) -> None:
    own = [portrait(1, 1), portrait(1, 2)]
    stranger = portrait(2, 1)
    assert score(stranger, own[0]) < 0.4 < score(*own)
    (alone,) = fuse_faces(own, 0.4)
    both = fuse_faces([*own[:place], stranger, *own[place:]], 0.4)
    assert len(both) == 2
    assert max(score(one, portrait(1, 9)) for one in both) == pytest.approx(score(alone, portrait(1, 9)), abs=1e-6)
    assert any(one is stranger for one in both)


@given(portraits_of_anyone, st.sampled_from([-1.0, 0.0, 0.3, 0.9]))
def test_every_fused_vector_has_a_direction_and_fits_its_scale(
    drawn: list[tuple[int, int, float]], same_above: float
) -> None:
    samples = [portrait(person, shot, weight) for person, shot, weight in drawn]
    fused = fuse_faces(samples, same_above)
    assert 1 <= len(fused) <= len(samples)
    assert all(0.0 < norm(one) <= 1.0 + UNIT_NORM_TOLERANCE for one in fused)
    again = fuse_faces(samples, same_above)
    assert [one.vector.tobytes() for one in fused] == [one.vector.tobytes() for one in again]


@given(portraits_of_anyone, st.sampled_from([-1.0, 0.0, 0.3, 0.9]))
def test_portraits_are_apart_where_they_are_not_fused_into_one(
    drawn: list[tuple[int, int, float]], same_above: float
) -> None:
    samples = [portrait(person, shot, weight) for person, shot, weight in drawn]
    apart = faces_apart(samples, same_above)
    assert (apart == ()) == (len(fuse_faces(samples, same_above)) == 1)
    assert list(apart) == sorted(set(apart))
    together = [one for index, one in enumerate(samples) if index not in apart]
    assert len(fuse_faces(together, same_above)) <= 1
    # A portrait alone is the largest group only where it is the only one.
    assert len(together) != 1 or len(samples) == 1


@pytest.mark.parametrize(
    ("people", "apart"),
    [
        ([], ()),
        ([1], ()),
        ([1, 1, 1], ()),
        ([1, 2, 1], (1,)),
        ([2, 1, 1, 3], (0, 3)),
        ([1, 2], (0, 1)),
        ([1, 2, 1, 2], (0, 1, 2, 3)),
        ([1, 1, 2, 2, 3], (0, 1, 2, 3, 4)),
    ],
)
def test_who_is_apart_stands_outside_the_one_largest_group(people: list[int], apart: tuple[int, ...]) -> None:
    samples = [portrait(person, shot, weight=9.0 - shot, spread=0.2) for shot, person in enumerate(people)]
    assert faces_apart(samples, 0.5) == apart


def test_portraits_that_point_apart_are_never_fused() -> None:
    assert len(fuse_faces([feature(unit(1, 0)), feature(unit(-1, 1e-4))], -1.0)) == 2


@pytest.mark.parametrize("vector", [[math.nan, 0.0], [0.0, 0.0], [3.0, 4.0], [math.inf, 0.0]])
def test_a_vector_without_direction_or_too_long_is_refused(vector: list[float]) -> None:
    with pytest.raises(TemplateError):
        feature(np.array(vector, dtype=np.float32))


@pytest.mark.parametrize("weight", [math.nan, math.inf, 0.0, -1.0])
def test_a_weight_that_is_none_is_refused(weight: float) -> None:
    with pytest.raises(TemplateError):
        feature(unit(1, 0), weight)
