"""Portraits on their side or upside down become the templates they would be upright; upright ones are left alone."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from api.wiring import aligned_face
from biometrics.arrays import ColorPixels, Pixels
from biometrics.decisions import Reason
from biometrics.extraction import Extraction
from biometrics.images import read_image
from biometrics.quality import QualityScore
from models.face.detect import DetectedFace, FaceDetector
from models.face.extractor import FaceExtractor
from models.face.turning import extract_upright
from tests.enrollment.fakes import fake_extractors
from tests.models.known_face import face_sample, gray, noise, portrait, scaled, turned
from tests.shared_data import DATA, needs_faces

_SAYS = {1: "a quarter to the right", 2: "half round", 3: "a quarter to the left"}


def quarter_turns(pixels: Pixels, quarters: int) -> Pixels:
    return np.ascontiguousarray(np.rot90(pixels, quarters))


def alike(one: Extraction, other: Extraction) -> float:
    assert one.template is not None and other.template is not None
    return float(one.template.embedding.vector @ other.template.embedding.vector)


@pytest.fixture(scope="module")
def upright(face_extractor: FaceExtractor) -> Extraction:
    found = face_extractor.extract(face_sample(portrait()))
    assert not found.warnings
    return found


@pytest.mark.parametrize("pixels", [portrait(), gray(portrait())], ids=["colour", "grey"])
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_portrait_is_turned_back_and_says_so(
    face_extractor: FaceExtractor, upright: Extraction, pixels: Pixels, quarters: int
) -> None:
    found = face_extractor.extract(face_sample(quarter_turns(pixels, quarters)))
    assert alike(found, upright) > (0.999 if pixels.ndim == 3 else 0.85)
    assert found.warnings[0].endswith(_SAYS[quarters])


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_the_aligned_face_of_a_turned_portrait_is_that_which_was_embedded(
    face_extractor: FaceExtractor, upright: Extraction, quarters: int
) -> None:
    extractors = replace(fake_extractors(), face=face_extractor)
    sample = face_sample(quarter_turns(portrait(), quarters))
    shown = aligned_face(extractors, sample, face_extractor.extract(sample))
    assert shown is not None
    np.testing.assert_array_equal(shown, aligned_face(extractors, face_sample(portrait()), upright))


@pytest.mark.parametrize("clockwise_deg", [-30, -15, 15, 30])
def test_a_tilted_head_is_not_turned(face_extractor: FaceExtractor, upright: Extraction, clockwise_deg: float) -> None:
    found = face_extractor.extract(face_sample(turned(portrait(), clockwise_deg)))
    assert alike(found, upright) > 0.7
    assert not any("picture was turned" in warning for warning in found.warnings)


def test_a_picture_without_a_face_has_none_on_any_side(face_extractor: FaceExtractor) -> None:
    assert face_extractor.extract(face_sample(noise(200, 300))).reasons == (Reason.NO_FACE,)


def test_where_the_face_is_plain_no_copy_is_looked_at(
    face_extractor: FaceExtractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[tuple[int, ...]] = []
    detect = FaceDetector.detect

    def counting(detector: FaceDetector, pixels: ColorPixels) -> tuple[DetectedFace, ...]:
        looked_at.append(pixels.shape)
        return detect(detector, pixels)

    monkeypatch.setattr(FaceDetector, "detect", counting)
    face_extractor.extract(face_sample(portrait()))
    assert looked_at == [portrait().shape]


@pytest.mark.parametrize(("second_norm", "taken"), [(8.1, True), (7.9, False)])
def test_a_copy_is_taken_only_when_the_face_is_embedded_better_there(
    face_extractor: FaceExtractor, upright: Extraction, second_norm: float, taken: bool
) -> None:
    def with_norm(raw_norm: float) -> Extraction:
        quality = QualityScore(value=1, algorithm="t", components={"raw_norm": raw_norm, "detection_score": 0.7})
        return replace(upright, quality=quality)

    sample = face_sample(quarter_turns(portrait(), 1))
    answers = iter([with_norm(8.0), with_norm(second_norm)])
    found = extract_upright(sample, lambda _: next(answers), face_extractor._detector)
    assert bool(found.warnings) is taken


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_face_elsewhere_in_the_picture_never_takes_the_place_of_the_subjects(
    face_extractor: FaceExtractor, quarters: int
) -> None:
    picture = np.full((900, 1000, 3), 128, np.uint8)
    picture[200:800, 244:756] = cv2.GaussianBlur(portrait(), (0, 0), 9) * 0.3
    alone = face_extractor.extract(face_sample(picture))
    assert alone.template is not None
    picture[:224, :224] = quarter_turns(scaled(portrait()[80:400, 100:420], 0.7), quarters)
    found = face_extractor.extract(face_sample(picture))
    assert not any("picture was turned" in warning for warning in found.warnings)
    assert alike(found, alone) > 0.8


@needs_faces
@pytest.mark.data
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_real_faces_are_found_on_any_side(face_extractor: FaceExtractor, quarters: int) -> None:
    """Of 24 spread over LFW View 1, at most one may be missed; without turning, all 24 are."""
    paths = sorted((DATA / "faces" / "lfw_view1").rglob("*.jpg"))[::64][:24]
    assert len(paths) == 24
    missed = 0
    for path in paths:
        pixels = read_image(path).pixels
        plain = face_extractor.extract(face_sample(pixels))
        found = face_extractor.extract(face_sample(quarter_turns(pixels, quarters)))
        missed += found.template is None or alike(plain, found) < 0.9
    assert missed <= 1
