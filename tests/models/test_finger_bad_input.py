"""What is no print, or no ordinary one: an outcome, a typed error, or a template that matches whom it should."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from biometrics.arrays import GrayPixels, Pixels
from biometrics.errors import ResolutionError, SampleError
from biometrics.extraction import Extraction
from biometrics.positions import Position
from biometrics.samples import BiometricSample, now_utc
from biometrics.template_codec import encode_template
from biometrics.templates import Template
from devices.simulated import Touch
from models.finger.extractor import FingerExtractor
from tests.models.print_scores import score, score_at_fmr
from tests.simulated import impression, portrait

HEIGHT, WIDTH = 400, 360
PRINTS = tuple((person, touch) for person in range(6) for touch in (0, 1))


def _extract(extractor: FingerExtractor, pixels: Pixels, ppi: float = 500.0) -> Extraction:
    sample = BiometricSample(position=Position.UNKNOWN, pixels=pixels, ppi=ppi, captured_at=now_utc(), simulated=True)
    return extractor.extract(sample)


def _template(extraction: Extraction) -> Template:
    assert extraction.template is not None
    return extraction.template


@pytest.fixture(scope="module")
def prints(finger_extractor: FingerExtractor) -> list[Template]:
    """Two touches each of six fingers."""
    return [_template(_extract(finger_extractor, impression(*one))) for one in PRINTS]


@pytest.fixture(scope="module")
def threshold(prints: list[Template]) -> float:
    """The score that one impostor in a thousand reaches."""
    return score_at_fmr(1e-3, prints[0])


def _waves(period_px: float, degrees: float) -> GrayPixels:
    down, right = np.mgrid[0:HEIGHT, 0:WIDTH]
    phase = 2 * np.pi * (right * np.cos(np.radians(degrees)) + down * np.sin(np.radians(degrees))) / period_px
    noise = np.random.default_rng(1).normal(0, 8, phase.shape)
    return np.asarray(np.clip(128 + 90 * np.cos(phase) + noise, 0, 255), np.uint8)


def _board(period_px: int) -> GrayPixels:
    down, right = np.mgrid[0:HEIGHT, 0:WIDTH] // (period_px // 2)
    return np.asarray(255 * ((down + right) % 2), np.uint8)


def _circles(period_px: float) -> GrayPixels:
    down, right = np.mgrid[0:HEIGHT, 0:WIDTH]
    distance = np.hypot(right - WIDTH / 2, down - HEIGHT / 2)
    return np.asarray(128 + 90 * np.cos(2 * np.pi * distance / period_px), np.uint8)


def _texture(seed: int, spread: float) -> GrayPixels:
    """Return noise whose waves are about as long as ridges, in all directions."""
    noise = np.random.default_rng(seed).standard_normal((HEIGHT, WIDTH))
    frequency = np.hypot(np.fft.fftfreq(HEIGHT)[:, None], np.fft.fftfreq(WIDTH))
    kept = np.fft.ifft2(np.fft.fft2(noise) * np.exp(-(((frequency - 1 / 9) / spread) ** 2))).real
    return np.asarray(np.clip(128 + 70 * kept / kept.std(), 0, 255), np.uint8)


def _text(scale: float) -> GrayPixels:
    page = np.full((HEIGHT, WIDTH), 255, np.uint8)
    letters = np.random.default_rng(2)
    for line in range(int(12 * scale + 8), HEIGHT, int(24 * scale + 3)):
        words = "".join(chr(97 + letter) for letter in letters.integers(26, size=40))
        cv2.putText(page, words, (2, line), cv2.FONT_HERSHEY_SIMPLEX, scale, (0,), 1, cv2.LINE_AA)
    return page


NO_PRINTS = {
    "stripes": _waves(9, 0),
    "fine stripes": _waves(6, 30),
    "wide stripes": _waves(12, 90),
    "fine board": _board(8),
    "board": _board(16),
    "wide board": _board(40),
    "circles": _circles(9),
    "fine circles": _circles(7),
    "narrow texture": _texture(0, 0.01),
    "narrow texture 2": _texture(1, 0.01),
    "wide texture": _texture(2, 0.04),
    "small text": _text(0.35),
    "text": _text(0.5),
    "large text": _text(1.0),
    "steps": np.repeat(np.arange(0, 240, 24, dtype=np.uint8), 36)[None, :].repeat(HEIGHT, axis=0),
    "nothing, but huge": np.full((1600, 1600), 200, np.uint8),
    "one line": np.full((1, 1500), 100, np.uint8),
    "one column": np.full((1500, 1), 100, np.uint8),
    "a line of noise": np.random.default_rng(4).integers(0, 256, (1, 1500), dtype=np.uint8),
}


@pytest.mark.parametrize("name", NO_PRINTS)
def test_patterns_are_no_fingers(name: str, finger_extractor: FingerExtractor) -> None:
    try:
        extraction = _extract(finger_extractor, NO_PRINTS[name])
    except ResolutionError:
        return
    assert extraction.template is None
    assert extraction.quality.value < 30


def _faces() -> dict[str, Pixels]:
    """Public-domain portraits; two of them come with scikit-image, which is an extra."""
    found: dict[str, Pixels] = {"grace_hopper": portrait()}
    package = find_spec("skimage")
    folders = [] if package is None else [Path(place) for place in package.submodule_search_locations or ()]
    for path in (folder / "data" / name for folder in folders for name in ("astronaut.png", "camera.png")):
        with Image.open(path) as picture:
            found[path.stem] = np.asarray(picture.convert("RGB"), np.uint8)
    return found


@pytest.mark.parametrize("ppi", [200.0, 250.0, 400.0, 500.0])
@pytest.mark.parametrize("name", _faces())
def test_a_face_is_no_finger(name: str, ppi: float, finger_extractor: FingerExtractor) -> None:
    try:
        extraction = _extract(finger_extractor, _faces()[name], ppi)
    except ResolutionError:
        return
    assert extraction.template is None
    assert extraction.quality.value < 30


@pytest.mark.parametrize(("person", "touch"), PRINTS[:3])
def test_an_inverted_print_is_turned_back(
    person: int, touch: int, finger_extractor: FingerExtractor, prints: list[Template], threshold: float
) -> None:
    plain = impression(person, touch)
    extraction = _extract(finger_extractor, np.bitwise_not(plain))
    assert any("inverted" in warning for warning in extraction.warnings)
    assert not any("inverted" in warning for warning in _extract(finger_extractor, plain).warnings)
    own = prints[PRINTS.index((person, touch))]
    assert encode_template(_template(extraction)) == encode_template(own)
    mate = prints[PRINTS.index((person, 1 - touch))]
    assert score(_template(extraction), mate) > threshold


def test_an_inverted_print_without_ground_matches_all_the_same(
    finger_extractor: FingerExtractor, prints: list[Template], threshold: float
) -> None:
    middle = np.ascontiguousarray(np.bitwise_not(impression(0, 0))[90:310, 80:260])
    extraction = _extract(finger_extractor, middle)
    assert not any("inverted" in warning for warning in extraction.warnings)
    assert score(_template(extraction), prints[1]) > threshold


def test_a_mirrored_print_is_another_finger(
    finger_extractor: FingerExtractor, prints: list[Template], threshold: float
) -> None:
    for one, own in zip(PRINTS[::2], prints[::2], strict=True):
        mirrored = _extract(finger_extractor, np.ascontiguousarray(impression(*one)[:, ::-1]))
        assert score(_template(mirrored), own) < threshold


def test_an_upside_down_print_matches(
    finger_extractor: FingerExtractor, prints: list[Template], threshold: float
) -> None:
    turned = _extract(finger_extractor, np.ascontiguousarray(impression(1, 0)[::-1, ::-1]))
    assert score(_template(turned), prints[PRINTS.index((1, 1))]) > threshold


@pytest.mark.parametrize("ppi", [250.0, 1000.0, 2000.0])
def test_other_resolutions_match_when_stated_rightly(
    ppi: float, finger_extractor: FingerExtractor, prints: list[Template], threshold: float
) -> None:
    scale = ppi / 500.0
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scanned = np.asarray(cv2.resize(impression(2, 0), None, fx=scale, fy=scale, interpolation=way), np.uint8)
    found = _template(_extract(finger_extractor, scanned, ppi))
    assert score(found, prints[PRINTS.index((2, 1))]) > threshold


@pytest.mark.parametrize(("true_ppi", "stated_ppi"), [(500, 1000.0), (500, 2000.0), (1000, 500.0), (250, 500.0)])
def test_other_resolutions_are_refused_when_stated_wrongly(
    true_ppi: int, stated_ppi: float, finger_extractor: FingerExtractor
) -> None:
    scale = true_ppi / 500
    scanned = np.asarray(cv2.resize(impression(2, 0), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    with pytest.raises(ResolutionError, match=f"{stated_ppi:g} pixels per inch"):
        _extract(finger_extractor, scanned, stated_ppi)


@pytest.mark.parametrize("wetness", [-3.0, -2.0, -1.4, 1.6, 2.2, 4.0])
def test_extremes_of_wet_and_dry_match_nobody_else(
    wetness: float, finger_extractor: FingerExtractor, prints: list[Template], threshold: float
) -> None:
    touch = Touch(wetness=wetness, patches=0.3, speckle=0.5, noise_levels=8.0)
    try:
        extraction = _extract(finger_extractor, impression(3, touch))
    except ResolutionError:
        return
    assert not any("inverted" in warning for warning in extraction.warnings) or abs(wetness) > 2.5
    if extraction.template is None:
        return
    scores = [score(extraction.template, own) for own in prints]
    others = [value for (person, _), value in zip(PRINTS, scores, strict=True) if person != 3]
    assert max(others) < threshold
    assert extraction.quality.value < 60 or max(scores) > threshold


@settings(max_examples=40)
@given(data=st.data())
def test_no_picture_ends_in_anything_but_an_outcome_or_a_typed_error(
    data: st.DataObject, finger_extractor: FingerExtractor
) -> None:
    height, width = data.draw(st.integers(1, 130)), data.draw(st.integers(1, 130))
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    grain = data.draw(st.integers(1, 12))
    coarse = random.integers(0, 256, (-(-height // grain), -(-width // grain)), dtype=np.uint8)
    pixels = coarse.repeat(grain, axis=0).repeat(grain, axis=1)[:height, :width].copy()
    ppi = data.draw(st.sampled_from([100.0, 250.0, 500.0, 569.0, 1000.0, 2000.0]))
    try:
        extraction = _extract(finger_extractor, pixels, ppi)
    except SampleError:
        return
    assert extraction.template is None
