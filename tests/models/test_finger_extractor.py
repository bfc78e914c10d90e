"""From a picture to a template, and the outcomes and errors on the way, on prints whose minutiae are known."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.arrays import Pixels
from biometrics.decisions import Reason
from biometrics.errors import ResolutionError, SampleError
from biometrics.extraction import Extraction
from biometrics.positions import Position
from biometrics.samples import BiometricSample, now_utc
from biometrics.template_codec import encode_template
from biometrics.templates import MinutiaSet, TemplateFormat
from models.finger.extractor import FingerExtractor
from tests.models.known_print import KnownPrint, known_print, reference_print
from tests.simulated import impression, portrait

HEIGHT, WIDTH, COUNT = 331, 297, 14
"""No multiples of 32, so that padding takes part."""


@pytest.fixture(scope="module")
def known() -> KnownPrint:
    return known_print(2, height=HEIGHT, width=WIDTH, minutiae=COUNT)


def _sample(pixels: Pixels, ppi: float = 500.0, *, simulated: bool = True) -> BiometricSample:
    return BiometricSample(
        position=Position.RIGHT_INDEX, pixels=pixels, ppi=ppi, captured_at=now_utc(), simulated=simulated
    )


def _minutiae(extraction: Extraction) -> MinutiaSet:
    assert extraction.template is not None
    return extraction.template.minutiae


def _assert_found(
    found: MinutiaSet, x: NDArray[np.float64], y: NDArray[np.float64], angle: NDArray[np.float64], within_px: float
) -> None:
    """Every expected minutia is there, in place and direction, and hardly another one."""
    distance = np.hypot(found.x[:, np.newaxis] - x, found.y[:, np.newaxis] - y)
    nearest = distance.argmin(axis=0)
    turn = np.angle(np.exp(1j * (found.angle[nearest] - angle)))
    assert distance.min(axis=0).max() < within_px
    assert np.degrees(np.abs(turn)).max() < 15
    assert len(found) <= len(x) + 1


def test_known_minutiae_are_found_in_place_and_direction(finger_extractor: FingerExtractor, known: KnownPrint) -> None:
    found = _minutiae(finger_extractor.extract(_sample(known.pixels)))
    _assert_found(found, known.x, known.y, known.angle, within_px=3.0)
    assert (found.width, found.height) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_a_turned_picture_turns_places_and_angles(
    quarter_turns: int, finger_extractor: FingerExtractor, known: KnownPrint
) -> None:
    turned = np.ascontiguousarray(np.rot90(known.pixels, quarter_turns))  # counter-clockwise as one sees it
    x, y, width, height = known.x, known.y, WIDTH, HEIGHT
    for _ in range(quarter_turns):
        x, y, width, height = y, width - 1 - x, height, width
    angle = known.angle + quarter_turns * np.pi / 2
    _assert_found(_minutiae(finger_extractor.extract(_sample(turned))), x, y, angle, within_px=3.0)


@pytest.mark.parametrize("ppi", [400.0, 569.0, 1000.0])
def test_other_resolutions_are_brought_to_500(ppi: float, finger_extractor: FingerExtractor, known: KnownPrint) -> None:
    scale = ppi / 500.0
    scanned = cv2.resize(known.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    found = _minutiae(finger_extractor.extract(_sample(np.asarray(scanned, np.uint8), ppi)))
    _assert_found(found, known.x, known.y, known.angle, within_px=3.5)
    assert abs(found.width - WIDTH) <= 1 and abs(found.height - HEIGHT) <= 1


@pytest.mark.parametrize("wrong_ppi", [250.0, 1000.0])
@pytest.mark.parametrize("seed", [0, 3])
def test_a_resolution_that_ridges_contradict_is_an_error(
    wrong_ppi: float, seed: int, finger_extractor: FingerExtractor
) -> None:
    with pytest.raises(ResolutionError, match=rf"about 500.*; if {wrong_ppi:g} is true, .*capture it again") as caught:
        finger_extractor.extract(_sample(impression(seed, 1), wrong_ppi))
    assert f"{wrong_ppi:g}" in caught.value.message


def test_a_picture_larger_than_a_hand_is_an_error(finger_extractor: FingerExtractor) -> None:
    with pytest.raises(ResolutionError, match="inches"):
        finger_extractor.extract(_sample(np.full((1601, 900), 255, np.uint8)))


@pytest.mark.parametrize("side", [(1, 1), (1, 400), (60, 60), (300, 79)])
def test_tiny_pictures_are_too_small(side: tuple[int, int], finger_extractor: FingerExtractor) -> None:
    extraction = finger_extractor.extract(_sample(np.full(side, 128, np.uint8)))
    assert extraction.template is None
    assert extraction.reasons == (Reason.SAMPLE_TOO_SMALL,)
    assert extraction.quality.value == 0


def _blank(kind: str) -> Pixels:
    random = np.random.default_rng(5)
    if kind == "noise":
        return random.integers(0, 256, (300, 300), dtype=np.uint8)
    if kind == "gradient":
        return np.tile(np.linspace(0, 255, 300).astype(np.uint8), (300, 1))
    return np.full((300, 300), {"white": 255, "black": 0, "gray": 128}[kind], np.uint8)


@pytest.mark.parametrize("kind", ["white", "black", "gray", "noise", "gradient"])
def test_pictures_without_ridges_are_blank(kind: str, finger_extractor: FingerExtractor) -> None:
    extraction = finger_extractor.extract(_sample(_blank(kind)))
    assert extraction.template is None
    assert extraction.reasons == (Reason.BLANK_PRINT,)


def test_a_portrait_is_no_print(finger_extractor: FingerExtractor) -> None:
    with contextlib.suppress(ResolutionError):
        assert finger_extractor.extract(_sample(portrait())).template is None


def test_too_few_minutiae_is_an_outcome(finger_extractor: FingerExtractor) -> None:
    extraction = finger_extractor.extract(_sample(reference_print().pixels))
    assert extraction.template is None
    assert extraction.reasons == (Reason.TOO_FEW_MINUTIAE,)
    assert extraction.quality.components["minutiae"] == 3


def test_few_minutiae_are_worth_a_warning(finger_extractor: FingerExtractor, known: KnownPrint) -> None:
    few = finger_extractor.extract(_sample(known.pixels))
    assert len(_minutiae(few)) < 15 and any("minutiae" in warning for warning in few.warnings)
    many = finger_extractor.extract(_sample(impression(0, 1)))
    assert len(_minutiae(many)) >= 15 and many.warnings == ()


def test_colour_is_taken_as_grey(finger_extractor: FingerExtractor, known: KnownPrint) -> None:
    color = np.repeat(known.pixels[:, :, np.newaxis], 3, axis=2)
    gray = finger_extractor.extract(_sample(known.pixels)).template
    same = finger_extractor.extract(_sample(color)).template
    assert gray is not None and same is not None
    assert encode_template(gray) == encode_template(same)


def test_a_small_print_on_a_large_white_page_is_found_in_place(
    finger_extractor: FingerExtractor, known: KnownPrint
) -> None:
    page = np.full((1200, 1000), 255, np.uint8)
    page[600 : 600 + HEIGHT, 500 : 500 + WIDTH] = known.pixels
    found = _minutiae(finger_extractor.extract(_sample(page)))
    distance = np.hypot(found.x[:, np.newaxis] - known.x - 500, found.y[:, np.newaxis] - known.y - 600)
    assert distance.min(axis=0).max() < 3.0
    assert (found.width, found.height) == (1000, 1200)


def test_extraction_repeats_itself_and_threads_do_not_mix(finger_extractor: FingerExtractor) -> None:
    prints = [impression(seed, 1) for seed in (0, 1, 2, 3)]

    def encoded(pixels: Pixels) -> bytes:
        template = finger_extractor.extract(_sample(pixels)).template
        assert template is not None
        return encode_template(template)

    one_by_one = [encoded(pixels) for pixels in prints]
    with ThreadPoolExecutor(max_workers=4) as pool:
        assert list(pool.map(encoded, prints)) == one_by_one
    assert len(set(one_by_one)) == len(prints)


@pytest.mark.parametrize("simulated", [True, False])
def test_templates_say_where_they_come_from(
    simulated: bool, finger_extractor: FingerExtractor, known: KnownPrint
) -> None:
    template = finger_extractor.extract(_sample(known.pixels, simulated=simulated)).template
    assert template is not None
    assert template.simulated is simulated
    assert template.position is Position.RIGHT_INDEX
    assert (
        template.format == finger_extractor.format == TemplateFormat(algorithm="leader", version="1", metric="minutiae")
    )


def test_a_face_is_refused(finger_extractor: FingerExtractor) -> None:
    face = BiometricSample(position=Position.FACE, pixels=portrait(), captured_at=now_utc())
    with pytest.raises(SampleError, match="finger"):
        finger_extractor.extract(face)
