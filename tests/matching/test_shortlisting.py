from __future__ import annotations

import math

import numpy as np
import pytest

from biometrics.errors import ConfigurationError
from biometrics.positions import FINGERS, FOUR_FINGERS, Position
from matching.calibration import load_calibration
from matching.comparison import ProbePart
from matching.descriptor import SCHEME
from matching.face_fusion import FaceFeature
from matching.minutiae import prepare
from matching.person_vectors import GOOD_PRINT, layout_of, person_vector
from matching.shortlisting import JOIN, LEAST_GALLERY, MORE, SEARCH, Shortlisting
from tests.matching.simulated_minutiae import finger

FACES = load_calibration("cosine/kura-face/1")
LAYOUT = layout_of(128, FOUR_FINGERS)
ALL = Shortlisting(layout=LAYOUT, face_calibration=FACES)
THUMB, INDEX = FOUR_FINGERS[:2]

_RANDOM = np.random.default_rng(1)
GOOD, OTHER = (prepare(finger(_RANDOM)) for _ in range(2))
POOR = prepare(finger(_RANDOM, count=GOOD_PRINT - 1))
PORTRAIT = FaceFeature(vector=np.eye(1, 128, dtype=np.float32)[0], weight=1.0)
FACE = ProbePart(position=Position.FACE, samples=(PORTRAIT,))
ONE, TWO, POOR_TWO, UNKNOWN = (
    ProbePart(position=position, samples=(sample,))
    for position, sample in ((INDEX, GOOD), (THUMB, OTHER), (THUMB, POOR), (Position.UNKNOWN, GOOD))
)


@pytest.mark.parametrize(
    ("parts", "size", "serves"),
    [
        ([ONE, TWO], LEAST_GALLERY, True),
        ([ONE, TWO], LEAST_GALLERY - 1, False),
        ([ONE], LEAST_GALLERY, False),
        ([ONE, POOR_TWO], LEAST_GALLERY, False),
        ([FACE], LEAST_GALLERY, True),
        ([FACE, ONE], LEAST_GALLERY, True),
        ([ONE, TWO, UNKNOWN], LEAST_GALLERY, False),
        ([FACE, UNKNOWN], LEAST_GALLERY, False),
    ],
)
def test_shortlists_serve_large_galleries_and_good_probes(parts: list[ProbePart], size: int, *, serves: bool) -> None:
    assert ALL.serves(parts, person_vector(LAYOUT, parts), size) == serves


def test_a_face_is_searched_alone_as_well_where_there_are_fingers_beside() -> None:
    person = person_vector(LAYOUT, [FACE, ONE, TWO])
    vectors, masks = ALL.probes(person)
    assert masks.tolist() == [person.mask, 1 << LAYOUT.names["face"]]
    assert (vectors[0] == person.vector).all()
    assert (vectors[1][LAYOUT.columns("face")] == PORTRAIT.vector).all()
    assert np.count_nonzero(vectors[1]) == 1
    LAYOUT.require(vectors, masks, source="probes")
    for parts in ([FACE], [ONE, TWO]):
        alone = person_vector(LAYOUT, parts)
        vectors, masks = ALL.probes(alone)
        assert masks.tolist() == [alone.mask]
        assert (vectors == alone.vector).all()


def _mask(*, face: bool, fingers: int) -> int:
    mask = 1 << LAYOUT.names["face"] if face else 0
    return mask | sum(1 << LAYOUT.names[position.value] for position in FOUR_FINGERS[:fingers])


def test_thresholds_follow_from_what_is_shared_and_how_many_there_are() -> None:
    small, large = (ALL.search_thresholds(size).by_shared for size in (200_000, 10_000_000))
    assert len(small) == LAYOUT.shares
    assert (large >= small).all()
    one_finger = _mask(face=False, fingers=1)
    assert large[one_finger] == -np.inf
    assert large[_mask(face=False, fingers=2)] < large[_mask(face=True, fingers=2)] < large[-1]
    # Whichever fingers they are.
    assert len({float(large[_mask(face=False, fingers=4) & ~(1 << LAYOUT.names[p.value])]) for p in FOUR_FINGERS}) == 1
    assert np.isfinite(np.delete(large, [0, *(1 << LAYOUT.names[p.value] for p in FOUR_FINGERS)])).all()


@pytest.mark.parametrize(("face", "fingers"), [(False, 3), (False, 4), (True, 0), (True, 1), (True, 2), (True, 4)])
def test_strangers_are_listed_as_often_as_stated(*, face: bool, fingers: int) -> None:
    size, random, count = 100_000, np.random.default_rng(3), 200_000
    prints = load_calibration(SCHEME)
    scores = np.zeros(count)
    for _ in range(fingers):
        scores += np.interp(random.random(count), prints.rates[::-1], prints.scores[::-1])
    if face:
        scores += random.normal(0.0, FACES.threshold(1e-3) / 3.0902, count)
    listed = (scores >= ALL.search_thresholds(size).by_shared[_mask(face=face, fingers=fingers)]).mean() * size
    # Scores are rounded up, so rather fewer are listed.
    assert listed == pytest.approx(0.95 * SEARCH.get((face, fingers), SEARCH[MORE]), rel=0.12)


def test_a_deduplication_lists_fewer() -> None:
    search, join = ALL.search_thresholds(10_000_000).by_shared, ALL.join_thresholds(10_000_000).by_shared
    assert (join >= search).all()
    assert (join > search)[np.isfinite(search)].all()
    assert all(JOIN.get(shared, JOIN[MORE]) <= SEARCH.get(shared, SEARCH[MORE]) for shared in SEARCH)


def test_everybody_is_listed_where_there_are_no_more_than_may_be() -> None:
    thresholds = ALL.search_thresholds(int(SEARCH[MORE])).by_shared
    assert (thresholds == -np.inf).all()
    assert ALL.search_thresholds(0).by_shared[-1] == -np.inf


def test_a_face_alone_is_listed_at_the_rate_of_its_calibration() -> None:
    size = 2_000_000
    threshold = float(ALL.search_thresholds(size).by_shared[1 << LAYOUT.names["face"]])
    assert threshold == pytest.approx(FACES.threshold(SEARCH[MORE] / size), abs=0.01)


def test_ten_fingers_have_a_threshold_each_in_moderate_time() -> None:
    ten = Shortlisting(layout=layout_of(None, FINGERS), face_calibration=None)
    by_shared = ten.search_thresholds(10_000_000).by_shared
    assert math.isfinite(by_shared[-1])
    assert by_shared[-1] == by_shared.max()


def test_layout_and_calibration_must_agree_about_faces() -> None:
    with pytest.raises(ConfigurationError):
        Shortlisting(layout=LAYOUT, face_calibration=None)
    with pytest.raises(ConfigurationError):
        Shortlisting(layout=layout_of(None), face_calibration=FACES)
