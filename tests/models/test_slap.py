"""Slaps whose fingers are known come apart into those fingers."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from biometrics.arrays import GrayPixels, Pixels
from biometrics.errors import ResolutionError, SampleError
from biometrics.positions import Position
from biometrics.samples import BiometricSample, now_utc
from biometrics.slaps import Slap
from biometrics.templates import Template
from devices.simulated import Touch, fingers_of, grow_master, impress
from models.finger.extractor import FingerExtractor
from models.finger.slap import SlapSegmentation, segment_slap
from tests.models.composed_slap import LEFT_FOUR, RIGHT_FOUR, THUMBS, ComposedSlap, compose_slap
from tests.models.print_scores import score, score_at_fmr
from tests.simulated import portrait


def _sample(pixels: Pixels, ppi: float = 500.0) -> BiometricSample:
    return BiometricSample(
        position=Position.UNKNOWN, pixels=pixels, ppi=ppi, captured_at=now_utc(), device="test", simulated=True
    )


def _assert_found(segmentation: SlapSegmentation, slap: ComposedSlap) -> None:
    """Every fingertip has its name, lies where it was laid, and is as large as a fingertip."""
    assert segmentation.complete
    assert [one.sample.position for one in segmentation.fingers] == [true.position for true in slap.fingers]
    for one, true in zip(segmentation.fingers, slap.fingers, strict=True):
        assert math.hypot(one.box.x - true.x, one.box.y - true.y) < 1.5 * 500 / 25.4
        assert abs(one.box.angle_deg - true.angle_deg) < 15
        # Simulated fingertips print four thirds as long as they are wide.
        assert 0.8 < one.box.width / true.width < 1.25
        assert 0.8 < one.box.height / (true.width * 4 / 3) < 1.25


def _median(pixels: Pixels) -> int:
    return int(np.median(pixels))


@pytest.mark.parametrize(("slap", "fingers"), [(Slap.RIGHT, RIGHT_FOUR), (Slap.LEFT, LEFT_FOUR), (Slap.THUMBS, THUMBS)])
@pytest.mark.parametrize("rotation_deg", [-20.0, 3.0, 20.0])
def test_fingers_are_found_and_named(slap: Slap, fingers: tuple[Position, ...], rotation_deg: float) -> None:
    composed = compose_slap(fingers, person=1, seed=1, rotation_deg=rotation_deg)
    segmentation = segment_slap(_sample(composed.pixels), slap)
    _assert_found(segmentation, composed)
    assert segmentation.warnings == ()
    assert segmentation.rotation_deg == pytest.approx(rotation_deg, abs=8)


@pytest.mark.parametrize(
    ("gap_mm", "halo", "noise", "phalanges"), [(0.0, 0.0, 4.0, True), (-0.5, 40.0, 4.0, False), (8.0, 60.0, 14.0, True)]
)
def test_touching_fingers_halos_and_noise(gap_mm: float, halo: float, noise: float, phalanges: bool) -> None:
    composed = compose_slap(
        RIGHT_FOUR, person=2, seed=5, rotation_deg=-9, gap_mm=gap_mm, halo=halo, noise=noise, phalanges=phalanges
    )
    _assert_found(segment_slap(_sample(composed.pixels), Slap.RIGHT), composed)


def test_the_turn_of_a_hand_is_found_from_round_fingertips_that_touch() -> None:
    composed = compose_slap(RIGHT_FOUR, person=2, seed=11, rotation_deg=20, gap_mm=-1.0, phalanges=False)
    segmentation = segment_slap(_sample(composed.pixels), Slap.RIGHT)
    assert segmentation.rotation_deg == pytest.approx(20, abs=8)
    _assert_found(segmentation, composed)


@pytest.mark.parametrize("missing", LEFT_FOUR)
def test_labels_shift_past_a_missing_finger(missing: Position) -> None:
    composed = compose_slap(LEFT_FOUR, person=3, seed=2, rotation_deg=6, missing=(missing,))
    _assert_found(segment_slap(_sample(composed.pixels), Slap.LEFT, {missing}), composed)


def test_an_unstated_missing_finger_leaves_all_without_names() -> None:
    composed = compose_slap(RIGHT_FOUR, person=3, seed=2, missing=(Position.RIGHT_RING,))
    segmentation = segment_slap(_sample(composed.pixels), Slap.RIGHT)
    assert not segmentation.complete
    assert segmentation.warnings[0].startswith("3 of 4 fingers were found")
    assert [one.sample.position for one in segmentation.fingers] == [Position.UNKNOWN] * 3
    assert segmentation.expected == RIGHT_FOUR


def test_more_fingers_than_expected_have_no_names() -> None:
    composed = compose_slap(RIGHT_FOUR, person=3, seed=2)
    segmentation = segment_slap(_sample(composed.pixels), Slap.THUMBS)
    assert not segmentation.complete
    assert segmentation.warnings[0].startswith("4 fingers were found where 2 were expected")


def test_two_missing_fingers_stated() -> None:
    gone = (Position.RIGHT_INDEX, Position.RIGHT_RING)
    composed = compose_slap(RIGHT_FOUR, person=4, seed=3, rotation_deg=10, missing=gone)
    _assert_found(segment_slap(_sample(composed.pixels), Slap.RIGHT, set(gone)), composed)


def test_the_other_hand_is_warned_of() -> None:
    composed = compose_slap(LEFT_FOUR, person=5, seed=4, rotation_deg=-5)
    wrong = segment_slap(_sample(composed.pixels), Slap.RIGHT)
    assert wrong.complete
    assert any("other hand" in warning for warning in wrong.warnings)
    assert segment_slap(_sample(composed.pixels), Slap.LEFT).warnings == ()


@pytest.mark.parametrize(("slap", "fingers"), [(Slap.RIGHT, RIGHT_FOUR), (Slap.LEFT, LEFT_FOUR)])
def test_a_picture_upside_down_is_warned_of(slap: Slap, fingers: tuple[Position, ...]) -> None:
    composed = compose_slap(fingers, person=3, seed=1, rotation_deg=8)
    turned = np.ascontiguousarray(composed.pixels[::-1, ::-1])
    segmentation = segment_slap(_sample(turned), slap)
    assert segmentation.complete
    (warning,) = segmentation.warnings
    assert "upside down" in warning


def test_crops_match_the_single_fingers(finger_extractor: FingerExtractor) -> None:
    composed = compose_slap(RIGHT_FOUR, person=6, seed=6, rotation_deg=17, gap_mm=0.3)
    crops = [one.sample for one in segment_slap(_sample(composed.pixels), Slap.RIGHT).fingers]
    traits = fingers_of(6)
    singles = [impress(grow_master(traits[finger]), Touch(seed=9, speckle=0.3)) for finger in RIGHT_FOUR]
    cut = [_template(finger_extractor, crop) for crop in crops]
    plain = [_template(finger_extractor, _sample(single)) for single in singles]
    threshold = score_at_fmr(1e-3, plain[0])
    for i, one in enumerate(cut):
        for j, other in enumerate(plain):
            assert (score(one, other) > threshold) == (i == j)


def _template(extractor: FingerExtractor, sample: BiometricSample) -> Template:
    template = extractor.extract(sample).template
    assert template is not None
    assert template.position is sample.position
    assert template.simulated
    return template


def test_crops_are_upright_and_say_what_they_are() -> None:
    composed = compose_slap(THUMBS, person=7, seed=7, rotation_deg=-20, phalanges=False)
    slap = _sample(composed.pixels)
    for one in segment_slap(slap, Slap.THUMBS).fingers:
        crop = one.sample
        assert (crop.ppi, crop.device, crop.simulated, crop.captured_at) == (500.0, "test", True, slap.captured_at)
        assert (crop.width, crop.height) == (round(one.box.width) + 78, round(one.box.height) + 78)
        dark = crop.pixels < 140
        columns, rows = np.flatnonzero(dark.any(axis=0)), np.flatnonzero(dark.any(axis=1))
        # An upright oval is symmetric to the middle of its own picture.
        assert abs(columns[0] + columns[-1] - crop.width) < 40
        assert abs(rows[0] + rows[-1] - crop.height) < 60


def test_nothing_of_phalanges_and_neighbours_is_cut_out() -> None:
    composed = compose_slap(RIGHT_FOUR, person=8, seed=8, rotation_deg=12, gap_mm=0.0)
    ground = _median(composed.pixels)
    for one in segment_slap(_sample(composed.pixels), Slap.RIGHT).fingers:
        crop = one.sample.pixels
        assert abs(int(crop[-1, 0]) - ground) <= 3
        assert (crop[-39:] == crop[-1, 0]).all()
        # Left and right of the box: ground, noise, and hardly any ink.
        sides = np.concatenate((crop[:-39, :30], crop[:-39, -30:]), axis=1)
        assert (sides < 120).mean() < 0.02


@pytest.mark.parametrize("ppi", [250.0, 1000.0])
def test_other_resolutions(ppi: float) -> None:
    composed = compose_slap(RIGHT_FOUR, person=9, seed=9, rotation_deg=-4)
    scale = ppi / 500
    scanned = cv2.resize(composed.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    segmentation = segment_slap(_sample(np.asarray(scanned, np.uint8), ppi), Slap.RIGHT)
    _assert_found(segmentation, composed)
    assert all(one.sample.ppi == 500.0 for one in segmentation.fingers)


def test_a_phalanx_without_a_crease_is_warned_of() -> None:
    finger = np.full((1500, 1600), 230, np.uint8)
    down = np.arange(900)[:, None]
    finger[300:1200, 600:900] = np.clip(128 + 90 * np.cos(2 * np.pi * down / 9), 0, 255).astype(np.uint8)
    segmentation = segment_slap(_sample(finger), Slap.THUMBS, {Position.LEFT_THUMB})
    assert segmentation.complete
    assert any("no crease was found below finger 1" in warning for warning in segmentation.warnings)


def _empty(kind: str) -> GrayPixels:
    if kind == "noise":
        return np.random.default_rng(1).integers(0, 256, (700, 800), dtype=np.uint8)
    shape = {"white": (1500, 1600), "black": (900, 900), "tiny": (1, 1), "line": (1, 1600)}[kind]
    return np.full(shape, 255 if kind == "white" else 0, np.uint8)


@pytest.mark.parametrize("kind", ["white", "black", "tiny", "line", "noise"])
def test_nothing_is_found_in_nothing(kind: str) -> None:
    segmentation = segment_slap(_sample(_empty(kind)), Slap.RIGHT)
    assert not segmentation.complete
    said = "1 of 4 fingers were found" if kind == "noise" else "no finger was found; check"
    assert said in segmentation.warnings[0]


def test_what_cannot_be_a_slap_is_refused() -> None:
    blank = _sample(np.full((300, 300), 255, np.uint8))
    with pytest.raises(SampleError, match="left_ring is no finger of this slap"):
        segment_slap(blank, Slap.RIGHT, {Position.LEFT_RING})
    with pytest.raises(SampleError, match="all fingers"):
        segment_slap(blank, Slap.THUMBS, set(THUMBS))
    with pytest.raises(SampleError, match="not a face"):
        segment_slap(BiometricSample(position=Position.FACE, pixels=portrait(), captured_at=now_utc()), Slap.RIGHT)
    with pytest.raises(ResolutionError, match="inches"):
        segment_slap(_sample(np.full((1700, 1600), 255, np.uint8)), Slap.RIGHT)


def test_iso_codes_of_slaps() -> None:
    assert [(slap.value, slap.iso_code) for slap in Slap] == [("right", 13), ("left", 14), ("thumbs", 15)]
