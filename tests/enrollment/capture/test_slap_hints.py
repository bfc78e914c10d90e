"""Composed slaps: how many fingers are seen, whose hand, and which finger is poor."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import pytest

from biometrics.arrays import GrayPixels, Pixels
from biometrics.errors import CaptureError
from biometrics.positions import Position
from biometrics.slaps import Slap
from enrollment.capture.looks import Look
from enrollment.capture.slap_hints import SlapLooker
from tests.enrollment.capture.streams import AWKWARD, blocking_of, keys_of, look_at, noisy
from tests.models.composed_slap import HEIGHT, LEFT_FOUR, RIGHT_FOUR, THUMBS, WIDTH, compose_slap

FINGERS = {Slap.RIGHT: RIGHT_FOUR, Slap.LEFT: LEFT_FOUR, Slap.THUMBS: THUMBS}


@lru_cache(maxsize=16)
def _slap(slap: Slap, missing: tuple[Position, ...] = (), person: int = 1) -> GrayPixels:
    return compose_slap(FINGERS[slap], person=person, seed=1, missing=missing).pixels


def _look(slap: Slap, *pictures: Pixels, positions: tuple[Position, ...] | None = None) -> Look:
    return look_at(SlapLooker(500.0, slap, positions), *pictures)


@pytest.mark.parametrize("slap", list(Slap))
def test_a_whole_slap_is_left_alone(slap: Slap) -> None:
    look = _look(slap, _slap(slap))
    assert look.hints == ()
    assert look.score is not None and look.score > 90


def test_a_missing_finger_is_asked_for() -> None:
    look = _look(Slap.RIGHT, _slap(Slap.RIGHT, (Position.RIGHT_RING,)))
    assert blocking_of(look) == {"finger.hint.fewer"}
    assert look.hints[0].text() == "3 of 4 fingers seen: which one is missing?"
    assert not look.good
    whole = _look(Slap.RIGHT, _slap(Slap.RIGHT))
    assert look.score is not None and whole.score is not None and look.score < whole.score


def test_fingers_that_a_person_lacks_are_not_asked_for() -> None:
    left = tuple(finger for finger in RIGHT_FOUR if finger is not Position.RIGHT_RING)
    assert _look(Slap.RIGHT, _slap(Slap.RIGHT, (Position.RIGHT_RING,)), positions=left).hints == ()


def test_too_many_fingers_are_told() -> None:
    look = _look(Slap.THUMBS, _slap(Slap.RIGHT))
    assert keys_of(look) == {"finger.hint.more"}
    assert look.hints[0].numbers == {"found": 4, "expected": 2}


def test_the_other_hand_is_told() -> None:
    assert keys_of(_look(Slap.RIGHT, _slap(Slap.LEFT))) == {"finger.hint.other_hand"}
    assert keys_of(_look(Slap.LEFT, _slap(Slap.RIGHT))) == {"finger.hint.other_hand"}


def test_a_hand_upside_down_is_told() -> None:
    assert keys_of(_look(Slap.RIGHT, _slap(Slap.RIGHT)[::-1, ::-1])) == {"finger.hint.upside_down"}


def test_the_finger_that_is_poor_is_named() -> None:
    composed = compose_slap(RIGHT_FOUR, person=1, seed=1, phalanges=False)
    picture, ring = composed.pixels.copy(), composed.fingers[2]
    rows = slice(int(ring.y - 0.7 * ring.width), int(ring.y + 0.7 * ring.width))
    columns = slice(int(ring.x - 0.52 * ring.width), int(ring.x + 0.52 * ring.width))
    picture[rows, columns] = noisy(np.asarray(cv2.blur(picture[rows, columns], (9, 9)), np.uint8), 18.0, 3)
    (hint,) = _look(Slap.RIGHT, picture).hints
    assert hint.key == "finger.hint.clean"
    assert hint.blocking
    assert hint.positions == (Position.RIGHT_RING,)


def test_an_empty_glass_shows_no_finger() -> None:
    look = _look(Slap.RIGHT, np.full((HEIGHT, WIDTH), 228, np.uint8))
    assert keys_of(look) == {"finger.hint.none"}
    assert look.score is None


def test_a_hand_that_slides_moves() -> None:
    picture = _slap(Slap.RIGHT)
    assert "finger.hint.hold_still" in keys_of(_look(Slap.RIGHT, picture, np.roll(picture, 4, axis=1)))
    assert _look(Slap.RIGHT, picture, noisy(picture, 5.0, 1)).hints == ()


@pytest.mark.parametrize("name", AWKWARD)
def test_nothing_raises(name: str) -> None:
    _look(Slap.LEFT, AWKWARD[name], AWKWARD[name])


@pytest.mark.parametrize("positions", [(), (Position.LEFT_INDEX,), (Position.RIGHT_INDEX, Position.RIGHT_THUMB)])
def test_fingers_of_another_slap_are_refused(positions: tuple[Position, ...]) -> None:
    with pytest.raises(CaptureError):
        SlapLooker(500.0, Slap.RIGHT, positions)
