"""Simulated fingers with known faults get the hint they should, good ones get none, and nothing raises."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from biometrics.arrays import GrayPixels, Pixels
from biometrics.errors import ResolutionError
from devices.simulated import Touch
from enrollment.capture.finger_hints import GOOD_SCORE, FingerLooker
from enrollment.capture.looks import Look
from tests.enrollment.capture.streams import AWKWARD, blocking_of, frame_of, keys_of, look_at, noisy
from tests.simulated import impression

GOOD = Touch(area=0.95, speckle=0.2, patches=0.12, noise_levels=4.0, seed=5)
PERSONS = (1, 2, 3)


def _look(*pictures: Pixels, ppi: float = 500.0) -> Look:
    return look_at(FingerLooker(ppi), *pictures)


def _shifted(pixels: GrayPixels, right: int) -> GrayPixels:
    return np.roll(pixels, right, axis=1)


@pytest.mark.parametrize("person", PERSONS)
def test_a_good_finger_is_left_alone(person: int) -> None:
    look = _look(impression(person, GOOD))
    assert look.hints == ()
    assert look.good
    assert look.score is not None and look.score >= 95


@pytest.mark.parametrize("person", PERSONS)
@pytest.mark.parametrize(
    ("key", "touch"),
    [
        ("finger.hint.moisten", replace(GOOD, wetness=-1.1)),
        ("finger.hint.dry", replace(GOOD, wetness=0.9)),
        ("finger.hint.show_more", replace(GOOD, area=0.15)),
        ("finger.hint.centre", replace(GOOD, shift_px=(-150.0, 0.0))),
        ("finger.hint.centre", replace(GOOD, shift_px=(150.0, 0.0))),
    ],
)
def test_a_fault_is_told(key: str, touch: Touch, person: int) -> None:
    assert key in keys_of(_look(impression(person, touch)))


def test_what_makes_a_print_useless_blocks() -> None:
    look = _look(impression(1, replace(GOOD, area=0.15)))
    assert blocking_of(look) == {"finger.hint.show_more"}
    assert not look.good


def test_what_could_only_be_better_does_not_block() -> None:
    look = _look(impression(1, replace(GOOD, wetness=0.9)))
    assert keys_of(look) == {"finger.hint.dry"}
    assert look.good


@pytest.mark.parametrize("person", PERSONS)
def test_smeared_ridges_are_told(person: int) -> None:
    smeared = np.asarray(cv2.GaussianBlur(cv2.blur(impression(person, GOOD), (15, 15)), (0, 0), 2.0), np.uint8)
    assert blocking_of(_look(noisy(smeared, 6.0, 1)))


def test_light_ridges_are_as_wet_or_dry_as_dark_ones() -> None:
    dry = impression(1, replace(GOOD, wetness=-1.1))
    assert keys_of(_look(255 - dry)) == keys_of(_look(dry)) == {"finger.hint.moisten"}


@pytest.mark.parametrize(
    "pixels", [np.full((400, 336), 230, np.uint8), noisy(np.full((400, 336), 230, np.uint8), 8.0, 1)]
)
def test_an_empty_glass_shows_no_finger(pixels: GrayPixels) -> None:
    look = _look(pixels)
    assert keys_of(look) == {"finger.hint.none"}
    assert look.score is None
    assert not look.good


@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("ppi", [250.0, 500.0, 1000.0])
def test_nothing_raises(name: str, ppi: float) -> None:
    look = _look(AWKWARD[name], AWKWARD[name], ppi=ppi)
    assert look.score is None or 0.0 <= look.score <= 100.0
    assert look.hints or look.score is not None


def test_frames_of_changing_sizes_are_looked_at() -> None:
    looker = FingerLooker(500.0)
    for number, pixels in enumerate((impression(1, GOOD), *AWKWARD.values(), impression(1, GOOD)[:300])):
        looker.look(frame_of(pixels, number))


@pytest.mark.parametrize(
    ("name", "better", "worse"),
    [
        ("area", replace(GOOD, area=0.4), replace(GOOD, area=0.2)),
        ("dryness", replace(GOOD, wetness=-0.9), replace(GOOD, wetness=-1.3)),
        ("noise", replace(GOOD, area=0.3), replace(GOOD, area=0.3, noise_levels=60.0)),
    ],
)
def test_the_score_falls_with_what_spoils_a_print(name: str, better: Touch, worse: Touch) -> None:
    for person in PERSONS:
        first, second = (_look(impression(person, touch)).score for touch in (better, worse))
        assert first is not None
        assert second is None or second < first, (name, person)


def test_colour_and_resolution_change_little() -> None:
    picture = impression(1, replace(GOOD, area=0.3))
    plain = _look(picture)
    colour = _look(np.repeat(picture[:, :, None], 3, axis=2))
    fine = _look(np.asarray(cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)), ppi=1000.0)
    assert colour == plain
    assert plain.score is not None and fine.score is not None
    assert abs(fine.score - plain.score) < 8
    assert keys_of(fine) == keys_of(plain)


@pytest.mark.parametrize("ppi", [0.0, 10.0, float("nan"), 1e6])
def test_an_impossible_resolution_is_refused(ppi: float) -> None:
    with pytest.raises(ResolutionError):
        FingerLooker(ppi)


@pytest.mark.parametrize("levels", [0.0, 25.0])
def test_a_still_finger_does_not_move(levels: float) -> None:
    picture = impression(1, GOOD)
    assert _look(noisy(picture, levels, 1), noisy(picture, levels, 2)).hints == ()


@pytest.mark.parametrize("right", [3, 4, 9, 30])
def test_a_sliding_finger_moves(right: int) -> None:
    picture = impression(1, GOOD)
    look = _look(picture, _shifted(picture, right))
    assert look.hints[0].key == "finger.hint.hold_still"
    assert not look.good


def test_a_finger_that_arrives_moves_and_then_rests() -> None:
    picture, empty = impression(1, GOOD), np.full((400, 336), 230, np.uint8)
    assert "finger.hint.hold_still" in keys_of(_look(empty, picture))
    assert "finger.hint.hold_still" not in keys_of(_look(empty, picture, picture))


def test_the_first_frame_moves_from_nowhere() -> None:
    assert _look(impression(1, GOOD)).hints == ()


def test_good_enough_is_far_from_useless_and_from_perfect() -> None:
    assert 50 < GOOD_SCORE < 90
