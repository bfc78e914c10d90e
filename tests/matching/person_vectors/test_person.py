from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.arrays import Vector
from biometrics.errors import GalleryError, IncompatibleTemplatesError
from biometrics.positions import FINGERS, FOUR_FINGERS, Position
from matching.comparison import ProbePart
from matching.descriptor import DIMENSION, finger_vectors
from matching.face_fusion import FaceFeature
from matching.minutiae import PreparedPrint, prepare
from matching.person_vectors import GOOD_PRINT, good_fingers, layout_of, person_vector, person_vectors
from tests.matching.simulated_minutiae import captured_again, finger, minutiae

FACE = 8
LAYOUT = layout_of(FACE, FOUR_FINGERS)
THUMB, INDEX = FOUR_FINGERS[:2]

_RANDOM = np.random.default_rng(1)
FINGER = finger(_RANDOM)
GOOD = prepare(FINGER)
AGAIN = prepare(captured_again(_RANDOM, FINGER))
OTHER = prepare(finger(_RANDOM))
POOR = prepare(finger(_RANDOM, count=GOOD_PRINT - 1))
EMPTY = prepare(minutiae(np.array([5.0]), np.array([5.0]), np.zeros(1)))


def _face(number: int, weight: float = 1.0) -> FaceFeature:
    vector = np.zeros(FACE, dtype=np.float32)
    vector[number] = 1.0
    return FaceFeature(vector=vector, weight=weight)


def _prints(position: Position, *samples: PreparedPrint) -> ProbePart:
    return ProbePart(position=position, samples=samples)


def _faces(*samples: FaceFeature) -> ProbePart:
    return ProbePart(position=Position.FACE, samples=samples)


def _block(parts: list[ProbePart], position: Position) -> Vector:
    return np.asarray(person_vector(LAYOUT, parts).vector[LAYOUT.columns(position.value)])


def test_ten_fingers_and_a_face_make_a_row() -> None:
    layout = layout_of(128)
    assert [block.name for block in layout.blocks] == ["face", *(position.value for position in FINGERS)]
    assert {block.weight for block in layout.blocks} == {1.0}
    assert layout.width == 128 + 10 * DIMENSION
    assert list(layout_of(None, FOUR_FINGERS).names) == [position.value for position in FOUR_FINGERS]
    with pytest.raises(GalleryError):
        layout_of(None, ())


def test_blocks_hold_what_the_person_has() -> None:
    person = person_vector(LAYOUT, [_faces(_face(3)), _prints(INDEX, GOOD), _prints(THUMB, OTHER)])
    names = LAYOUT.names
    assert person.mask == 1 << names["face"] | 1 << names[INDEX.value] | 1 << names[THUMB.value]
    assert person.vector[LAYOUT.columns("face")][3] == 1.0
    vectors, _ = finger_vectors([GOOD, OTHER])
    assert person.vector[LAYOUT.columns(INDEX.value)] == pytest.approx(vectors[0], abs=1e-6)
    assert person.vector[LAYOUT.columns(THUMB.value)] == pytest.approx(vectors[1], abs=1e-6)
    assert not person.vector[LAYOUT.columns(FOUR_FINGERS[2].value)].any()


def test_several_prints_of_a_finger_become_one_shorter_vector_between_them() -> None:
    both = _block([_prints(INDEX, GOOD, AGAIN)], INDEX)
    (one, other), _ = finger_vectors([GOOD, AGAIN])
    agreement = np.linalg.norm((one + other) / 2)
    assert np.linalg.norm(both) == pytest.approx(agreement ** (1 / 3), abs=1e-5)
    assert both @ one == pytest.approx(both @ other, abs=1e-5)
    assert _block([_prints(INDEX, GOOD, GOOD)], INDEX) == pytest.approx(one, abs=1e-6)
    assert _block([_prints(INDEX, AGAIN, GOOD)], INDEX) == pytest.approx(both, abs=1e-6)


def test_poor_prints_do_not_dilute_good_ones() -> None:
    assert (_block([_prints(INDEX, GOOD, POOR, EMPTY)], INDEX) == _block([_prints(INDEX, GOOD)], INDEX)).all()
    assert np.linalg.norm(_block([_prints(INDEX, POOR, EMPTY)], INDEX)) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("parts", "stands"),
    [
        ([_prints(INDEX, GOOD), _prints(THUMB, OTHER)], True),
        ([_prints(INDEX, GOOD), _prints(THUMB, POOR)], True),
        ([_prints(INDEX, GOOD)], True),
        ([_prints(INDEX, POOR)], True),
        ([_faces(_face(1))], True),
        ([_faces(_face(1)), _prints(INDEX, EMPTY)], True),
        ([_prints(INDEX, POOR), _prints(THUMB, POOR)], False),
        ([_faces(_face(1)), _prints(INDEX, POOR), _prints(THUMB, EMPTY)], False),
        ([_prints(INDEX, EMPTY)], False),
        ([], False),
        ([_prints(INDEX, GOOD), _prints(THUMB, OTHER), _prints(Position.UNKNOWN, GOOD)], False),
        ([_prints(Position.UNKNOWN, GOOD)], False),
        ([_prints(INDEX, GOOD), _prints(THUMB, OTHER), _faces(_face(1), _face(2))], False),
    ],
)
def test_a_row_that_cannot_stand_for_its_person_is_on_every_list(parts: list[ProbePart], *, stands: bool) -> None:
    person = person_vector(LAYOUT, parts)
    assert (person.mask & LAYOUT.always == 0) == stands
    LAYOUT.require(person.vector[np.newaxis], np.array([person.mask], dtype=np.uint16), source="row")


def test_of_portraits_that_disagree_the_best_stands_in_the_row() -> None:
    assert _block([_faces(_face(1, weight=2.0), _face(2, weight=3.0))], Position.FACE)[2] == 1.0


def test_prints_of_unknown_position_are_in_no_block() -> None:
    person = person_vector(LAYOUT, [_prints(Position.UNKNOWN, GOOD)])
    assert person.mask == LAYOUT.always
    assert not person.vector.any()


def test_good_fingers_are_counted_once_each() -> None:
    parts = [_prints(INDEX, POOR, GOOD, AGAIN), _prints(THUMB, POOR), _prints(Position.UNKNOWN, GOOD)]
    assert good_fingers([*parts, _faces(_face(1))]) == 1


def test_what_the_layout_lacks_is_refused() -> None:
    with pytest.raises(GalleryError):
        person_vector(LAYOUT, [_prints(Position.LEFT_LITTLE, GOOD)])
    short = FaceFeature(vector=np.ones(1, dtype=np.float32), weight=1.0)
    with pytest.raises(IncompatibleTemplatesError):
        person_vector(LAYOUT, [_faces(short)])


def test_nobody_has_no_row() -> None:
    vectors, masks = person_vectors(LAYOUT, [])
    assert vectors.shape == (0, LAYOUT.width)
    assert masks.shape == (0,)


samples = st.lists(st.sampled_from((GOOD, AGAIN, OTHER, POOR, EMPTY)), min_size=1, max_size=3)
hands = st.dictionaries(st.sampled_from((*FOUR_FINGERS, Position.UNKNOWN)), samples, max_size=4)


@given(people=st.lists(hands, max_size=5))
def test_a_person_is_the_same_alone_and_among_others(people: list[dict[Position, list[PreparedPrint]]]) -> None:
    parts = [[_prints(position, *some) for position, some in hand.items()] for hand in people]
    vectors, masks = person_vectors(LAYOUT, parts)
    for row, one in enumerate(parts):
        alone = person_vector(LAYOUT, one)
        assert alone.mask == masks[row]
        assert alone.vector == pytest.approx(vectors[row], abs=1e-6)
    LAYOUT.require(vectors, masks, source="rows")
