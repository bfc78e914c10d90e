"""A portrait in the public domain, spoiled in known ways, gets the hint it should; nothing raises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from biometrics.arrays import ColorPixels, Pixels
from biometrics.decisions import Reason
from biometrics.images import read_image
from biometrics.quality import Verdict
from enrollment.capture.face_hints import FaceLooker, FaceMovement
from enrollment.capture.looks import Look
from models.face.extractor import FaceExtractor
from models.store import ModelStore
from tests.enrollment.capture.streams import AWKWARD, START, blocking_of, frame_of, keys_of, look_at, noisy
from tests.models.known_face import face_sample, gray, portrait, scaled
from tests.models.rigid_head import face_turned_by
from tests.models.spoiled_portraits import SPOILED, Change, blurred, relit
from tests.shared_data import DATA, needs_faces

_BLOCKING = frozenset(
    (
        "face.count.several",
        "face.size.too_small",
        "face.pose.tilted",
        "face.centring.cut_off",
        "face.sharpness.blurred",
        "face.sharpness.moved",
        "face.exposure.too_dark",
        "face.exposure.too_bright",
        "face.exposure.flat",
    )
)
"""Of the spoiled portraits, those that must not be taken by themselves."""

_NOT_LOOKED_AT = ("face.background", "face.colour", "face.usefulness", "face.count.none")
"""What a document needs, only extraction tells, or is another thing while nobody is there yet."""


@pytest.fixture(scope="module")
def looker(tmp_path_factory: pytest.TempPathFactory) -> FaceLooker:
    return FaceLooker.load(ModelStore(tmp_path_factory.mktemp("models")))


def _look(looker: FaceLooker, *pictures: Pixels, interval_s: float = 1 / 30) -> Look:
    return look_at(looker.anew(), *pictures, interval_s=interval_s)


def _on_a_wall(height: int, width: int, right: int = 0) -> ColorPixels:
    """Return the portrait before a wall, its middle `right` pixels beside the frame's."""
    frame = np.full((height, width, 3), 190, np.uint8)
    person = scaled(portrait(), 0.9 * height / 600)
    left = (width - person.shape[1]) // 2 + right
    frame[height - person.shape[0] :, left : left + person.shape[1]] = person
    return frame


@pytest.mark.parametrize(("height", "width"), [(480, 640), (720, 1280), (1080, 1920)])
def test_a_good_face_is_left_alone(looker: FaceLooker, height: int, width: int) -> None:
    look = _look(looker, _on_a_wall(height, width))
    assert look.hints == ()
    assert look.good
    assert look.score is not None and look.score > 60


@pytest.mark.parametrize("key", [key for key in SPOILED if not key.startswith(_NOT_LOOKED_AT)])
def test_what_spoils_a_portrait_is_told_in_the_same_words(looker: FaceLooker, key: str) -> None:
    look = _look(looker, SPOILED[key](portrait()))
    assert key in keys_of(look)
    assert (key in blocking_of(look)) is (key in _BLOCKING)


def test_a_face_that_fills_the_picture_is_too_near(looker: FaceLooker) -> None:
    look = _look(looker, portrait()[70:330, 150:390])
    assert "face.hint.too_near" in blocking_of(look)
    assert "face.hint.too_near" not in keys_of(_look(looker, portrait()))


def test_unclear_without_a_reason_is_told_as_unclear(looker: FaceLooker) -> None:
    covered = portrait()
    covered[215:330, 200:340] = (120, 90, 80)  # a scarf over nose and mouth
    look = _look(looker, covered)
    assert look.score is None or look.score < 55
    assert blocking_of(look)


@pytest.mark.parametrize("closed", ["face.eyes.closed", "face.eyes.covered"])
def test_eyes_never_block(looker: FaceLooker, closed: str) -> None:
    look = _look(looker, SPOILED[closed](portrait()))
    assert closed in keys_of(look)
    assert look.good


@pytest.mark.parametrize("name", AWKWARD)
def test_nothing_raises(looker: FaceLooker, name: str) -> None:
    look = _look(looker, AWKWARD[name], AWKWARD[name])
    assert look.score is None
    assert keys_of(look) == {"face.hint.none"}


def test_gray_frames_are_looked_at(looker: FaceLooker) -> None:
    look = _look(looker, gray(portrait()))
    assert look.score is not None
    assert not blocking_of(look)


@pytest.mark.parametrize(
    "changes",
    [
        [blurred(2), blurred(5), blurred(9)],
        [relit(lambda level: 0.5 * level), relit(lambda level: 0.1 * level), relit(lambda level: 0.04 * level)],
    ],
    ids=["blur", "darkness"],
)
def test_the_score_falls_with_what_spoils_a_face(looker: FaceLooker, changes: list[Change]) -> None:
    scores = [_look(looker, change(portrait())).score or 0.0 for change in changes]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1] + 10


def test_a_still_face_does_not_move(looker: FaceLooker) -> None:
    frame = _on_a_wall(480, 640)
    assert "face.hint.hold_still" not in keys_of(_look(looker, noisy(frame, 15.0, 1), noisy(frame, 15.0, 2)))


def test_a_face_that_passes_moves(looker: FaceLooker) -> None:
    look = _look(looker, _on_a_wall(480, 640), _on_a_wall(480, 640, right=12))
    assert "face.hint.hold_still" in blocking_of(look)
    slow = _look(looker, _on_a_wall(480, 640), _on_a_wall(480, 640, right=12), interval_s=0.9)
    assert "face.hint.hold_still" not in keys_of(slow)


def test_speed_is_what_counts_and_times_that_say_nothing_are_not_believed() -> None:
    face = face_turned_by(0.0, 0.0, 0.0)
    moved = replace(face, points=face.points + np.float32(0.2 * face.eye_distance))
    for seconds, moves in ((0.03, True), (0.1, True), (0.5, False), (2.0, False), (0.0, True), (-5.0, True)):
        movement = FaceMovement()
        assert not movement.moved(face, START)
        assert movement.moved(moved, START + timedelta(seconds=seconds)) is moves, seconds


def test_a_face_that_comes_back_moves_from_nowhere(looker: FaceLooker) -> None:
    here, empty, there = _on_a_wall(480, 640), np.full((480, 640, 3), 190, np.uint8), _on_a_wall(480, 640, right=60)
    assert "face.hint.hold_still" not in keys_of(_look(looker, here, empty, there))


def test_a_look_leaves_the_frame_as_it_is(looker: FaceLooker) -> None:
    pixels = portrait().copy()
    pixels.setflags(write=False)
    looker.anew().look(frame_of(pixels))


@needs_faces
@pytest.mark.data
def test_hints_agree_with_the_verdicts_on_real_portraits(
    looker: FaceLooker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What blocks is bad for extraction too, and what extraction refuses is not taken."""
    extractor = FaceExtractor.load(ModelStore(tmp_path_factory.mktemp("models")))
    for path in sorted((DATA / "faces" / "fairface_sample").glob("*.jpg"))[::60]:
        pixels = read_image(path).pixels
        look, extraction = _look(looker, pixels), extractor.extract(face_sample(pixels))
        if extraction.reasons and extraction.reasons[0] is not Reason.NO_FACE:
            assert not look.good, path.name
        bad = {one.message for one in extraction.verdicts if one.verdict is Verdict.BAD and one.message is not None}
        looked_at = {key for key in bad if not key.startswith(_NOT_LOOKED_AT)}
        assert looked_at <= keys_of(look), path.name
