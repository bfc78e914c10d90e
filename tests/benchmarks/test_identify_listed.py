from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.accuracy import identify_listed
from benchmarks.accuracy.identify_chimeras import BlockPairs, PersonPairs, draw, draw_different
from benchmarks.accuracy.identify_listed import Faces, Material, foreign_finger_figures, listed_figures
from benchmarks.accuracy.identify_pairs import Portraits, face_pairs, mated_prints, strange_prints
from benchmarks.accuracy.identify_prints import Prints
from benchmarks.accuracy.identify_scores import BothScores
from benchmarks.rates import NOT_COMPARED
from matching.calibration import load_calibration
from matching.fusion import person_fmr

FACES = load_calibration("cosine/kura-face/1")
FINGERS = load_calibration("kura-finger-vector/1")
STRONG, NONE = 15.0, 0.0


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, small in {"MATES": 500, "STRANGERS": 100_000, "REPLICATES": 20}.items():
        monkeypatch.setattr(identify_listed, name, small)


def _pairs(cosines: np.ndarray, evidence: float, *, first: int = 0, owners: int = 12) -> BlockPairs:
    count = len(cosines)
    return BlockPairs(
        cosines=cosines.astype(np.float64),
        evidence=np.full(count, evidence),
        sides=np.sort(np.arange(count, dtype=np.int64) % owners) + first,
    )


def _material(mate: float, evidence: float) -> Material:
    """Return prints whose mates score alike, and whose strangers score as the calibrations say."""
    random = np.random.default_rng(1)
    fingers = np.interp(random.random(20_000), FINGERS.rates[::-1], FINGERS.scores[::-1])
    width = FACES.threshold(1e-3) / 3.0902
    return Material(
        mated=_pairs(np.full(48, mate), evidence),
        strange=_pairs(fingers, NONE),
        faces=Faces(
            mated=_pairs(np.full(48, 0.6), evidence, first=100),
            strange=_pairs(random.normal(0, width, 20_000), NONE, first=100),
            calibration=FACES,
        ),
    )


def test_mates_that_score_high_are_listed_and_strangers_as_often_as_stated() -> None:
    figures = listed_figures(_material(0.6, STRONG))
    for shared in ("2 fingers", "4 fingers", "face and 1 fingers", "face and 4 fingers"):
        name = f"search of 1,000,000/{shared}"
        assert figures[f"{name}/mates not listed"].value == 0.0
        assert figures[f"{name}/mates not listed"].counts == {"missed": 0, "searches": 500}
    for shared in ("3 fingers", "face and 0 fingers", "face and 2 fingers"):
        assert figures[f"search of 100,000/{shared}/strangers listed"].value == pytest.approx(0.9, abs=0.25), shared
    # Where all are listed there is nothing to state.
    assert "search of 100,000/2 fingers/strangers listed" not in figures


def test_a_mate_that_is_not_listed_is_lost_where_comparison_would_report_it() -> None:
    name = "deduplication of 10,000,000/2 fingers"
    lost, doubtful = (listed_figures(_material(0.1, evidence)) for evidence in (STRONG, NONE))
    assert lost[f"{name}/mates not listed"].value == lost[f"{name}/mates lost"].value == 1.0
    assert doubtful[f"{name}/mates not listed"].value == 1.0
    assert doubtful[f"{name}/mates lost"].value == 0.0


def test_without_faces_persons_have_none_and_no_more_fingers_than_there_are() -> None:
    material = replace(_material(0.6, STRONG), faces=None, mated=_pairs(np.full(9, 0.6), STRONG, owners=3))
    figures = listed_figures(material)
    assert {name.split("/")[1] for name in figures} == {"2 fingers", "3 fingers"}
    assert foreign_finger_figures(material) == {}


def test_a_face_among_foreign_fingers_is_found_alone() -> None:
    figures = foreign_finger_figures(replace(_material(0.6, 20.0)))
    name = "search of 100,000/own face and 10 foreign fingers"
    by_row, with_face = (figures[f"{name}/lost by the row{more}"].value for more in ("", " and the face alone"))
    assert figures[f"{name}/reported by comparison"].value == 1.0
    assert by_row > 0.3
    assert with_face == 0.0


def test_persons_are_put_together_block_by_block() -> None:
    one, other = _pairs(np.array([0.1, 0.2]), 2.0), _pairs(np.array([0.3, 0.5]), 5.0, first=50)
    persons = PersonPairs.of([one, other])
    assert persons.scores.tolist() == pytest.approx([0.4, 0.7])
    assert persons.sides.tolist() == [[0, 50], [1, 51]]
    two = np.full(2, 2)
    fused = person_fmr(terms=two, evidence=np.full(2, 7.0), pairings=np.ones(2), tried=two, strongest=np.full(2, 5.0))
    assert persons.fmrs.tolist() == fused.tolist()


def test_the_fingers_of_a_person_differ() -> None:
    pairs = _pairs(np.arange(40) / 40, 1.0, owners=5)
    blocks = draw_different(pairs, 500, 3, np.random.default_rng(1))
    sides = np.stack([block.sides for block in blocks], axis=1)
    assert all(len(set(row)) == 3 for row in sides.tolist())
    # Every pair of a finger may be drawn, and keeps its cosine.
    assert set(blocks[0].cosines.tolist()) == set(pairs.cosines.tolist())
    assert (blocks[0].sides == pairs.sides[np.rint(blocks[0].cosines * 40).astype(int)]).all()
    assert len(draw(pairs, 7, np.random.default_rng(1))) == 7


def _prints() -> Prints:
    return Prints(
        minutiae=(None,) * 6,
        sets=np.array([0, 0, 0, 1, 1, 1]),
        fingers=np.array([0, 0, 1, 2, 2, 3]),
        qualities=np.zeros(6, np.float32),
    )


def test_mates_are_of_one_finger_and_strangers_of_one_set() -> None:
    random = np.random.default_rng(1)
    vectors = random.uniform(-1, 1, (6, 6)).astype(np.float32)
    vectors[5] = vectors[:, 5] = NOT_COMPARED
    own = BothScores(vectors=vectors, matcher=np.zeros((6, 6), np.float32))
    seen = BothScores(
        vectors=np.where(vectors == NOT_COMPARED, vectors, -vectors), matcher=np.zeros((6, 6), np.float32)
    )
    mated = mated_prints(_prints(), own)
    assert mated.cosines.tolist() == pytest.approx([vectors[0, 1], vectors[3, 4]])
    assert mated.sides.tolist() == [0, 2]
    strange = strange_prints(_prints(), own, seen)
    expected = [vectors[0, 2], vectors[1, 2], *(-vectors[place] for place in ((0, 2), (1, 2), (2, 0), (2, 1)))]
    assert strange.cosines.tolist() == pytest.approx(expected)
    assert (strange.evidence >= 0).all()


def test_portraits_are_paired_by_whose_they_are() -> None:
    vectors = np.eye(3, dtype=np.float32)
    vectors[1] = vectors[0]
    portraits = Portraits(vectors=vectors, people=np.array([7, 7, 8]), calibration=FACES)
    mated, strange = (face_pairs(portraits, mated=mated) for mated in (True, False))
    assert mated.cosines.tolist() == [1.0]
    assert strange.cosines.tolist() == [0.0, 0.0]
    assert mated.evidence[0] > 10 > strange.evidence.max()
    assert mated.sides.min() > 1_000
