"""Portraits become templates: the same person alike, anything else not, and what cannot be used says why."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from biometrics.arrays import ColorPixels, Pixels
from biometrics.decisions import Reason
from biometrics.errors import ModelUnavailableError, SampleError
from biometrics.extraction import Extraction, Extractor
from biometrics.positions import Position
from biometrics.samples import BiometricSample
from biometrics.template_codec import encode_template
from biometrics.templates import FaceEmbedding
from models.catalogue import SFACE
from models.face.centres import shipped_centres, unit_vectors
from models.face.embed import MODEL_ID, FaceEmbedder
from models.face.extractor import FaceExtractor
from models.face.network import FaceNetwork
from models.sources import read_source
from models.store import ModelStore
from tests.models.known_face import as_jpeg, face_sample, gray, noise, portrait, scaled, turned

_SIDE_LIGHT = np.linspace(0.35, 1.3, 512)[None, :, None]


def _embedding(extraction: Extraction) -> FaceEmbedding:
    assert extraction.template is not None, extraction.reasons
    return extraction.template.embedding


def _extract(extractor: FaceExtractor, pixels: Pixels) -> Extraction:
    return extractor.extract(face_sample(np.ascontiguousarray(pixels)))


@pytest.fixture(scope="module")
def published(face_extractor: FaceExtractor) -> FaceEmbedding:
    return _embedding(_extract(face_extractor, portrait()))


RENDERINGS: dict[str, tuple[Pixels, float]] = {
    "cropped": (portrait()[80:420, 100:430], 0.90),
    "dark": (np.clip(portrait() * 0.4, 0, 255).astype(np.uint8), 0.85),
    "light from one side": (np.clip(portrait() * _SIDE_LIGHT, 0, 255).astype(np.uint8), 0.90),
    "turned clockwise": (turned(portrait(), 15), 0.85),
    "turned counter-clockwise": (turned(portrait(), -15), 0.85),
    "JPEG quality 30": (as_jpeg(portrait(), 30), 0.90),
    "eight times as large": (scaled(portrait(), 8), 0.90),
    "a quarter as large": (scaled(portrait(), 0.25), 0.85),
    "grey": (gray(portrait()), 0.85),
    "mirrored": (portrait()[:, ::-1], 0.85),
    "in the middle of a very wide picture": (np.pad(portrait(), ((0, 0), (2700, 2700), (0, 0))), 0.90),
}


@pytest.mark.parametrize("name", RENDERINGS)
def test_the_same_person_is_alike(face_extractor: FaceExtractor, published: FaceEmbedding, name: str) -> None:
    pixels, expected = RENDERINGS[name]
    assert float(_embedding(_extract(face_extractor, pixels)).vector @ published.vector) > expected


def test_other_content_is_not_alike(face_extractor: FaceExtractor, published: FaceEmbedding) -> None:
    face = face_extractor.detect(face_sample(portrait()))[0]
    aligned = face_extractor.align(face_sample(portrait()), face)
    embedder = face_extractor.embedder
    for other in (noise(112, 112), aligned[::-1], np.full((112, 112, 3), 90, np.uint8)):
        (embedded,) = embedder.embed([np.ascontiguousarray(other)])
        assert abs(float(embedded.embedding.vector @ published.vector)) < 0.35


def test_opencv_embeds_the_aligned_face_alike(
    face_extractor: FaceExtractor, published: FaceEmbedding, tmp_path: Path
) -> None:
    """Also holds the colour order: with red and blue exchanged the vectors differ by 0.05 and more."""
    file = tmp_path / "sface.onnx"
    file.write_bytes(read_source(SFACE))
    sample = face_sample(portrait())
    aligned = face_extractor.align(sample, face_extractor.detect(sample)[0])
    recognizer = cv2.FaceRecognizerSF.create(str(file), "")
    straight, mirrored = (
        recognizer.feature(np.ascontiguousarray(view[:, :, ::-1])).copy() for view in (aligned, aligned[:, ::-1])
    )
    both = straight + mirrored
    assert published.raw_norm == pytest.approx(float(np.linalg.norm(both)) / 2, abs=1e-3)
    np.testing.assert_allclose(published.vector, shipped_centres().centred(unit_vectors(both))[0], atol=1e-5)


def test_exchanging_red_and_blue_is_noticed(face_extractor: FaceExtractor, published: FaceEmbedding) -> None:
    exchanged = _embedding(_extract(face_extractor, portrait()[:, :, ::-1]))
    assert float(exchanged.vector @ published.vector) < 0.95
    assert exchanged.raw_norm < published.raw_norm


def test_grey_is_the_same_as_grey_in_three_channels(face_extractor: FaceExtractor) -> None:
    levels = gray(portrait())
    one, three = (_extract(face_extractor, pixels) for pixels in (levels, np.dstack([levels] * 3)))
    np.testing.assert_array_equal(_embedding(one).vector, _embedding(three).vector)


def test_the_template_says_what_it_is(face_extractor: FaceExtractor) -> None:
    extraction = _extract(face_extractor, portrait())
    template = extraction.template
    assert template is not None
    assert template.format == face_extractor.format
    assert template.format.model_id == MODEL_ID == "kura-face/1"
    assert (template.format.metric, template.format.dimension) == ("cosine", 128)
    assert template.position is Position.FACE
    assert not template.simulated
    assert extraction.pad.score is None
    assert extraction.warnings == ()
    assert isinstance(face_extractor, Extractor)


def test_extraction_is_deterministic_also_from_several_threads(face_extractor: FaceExtractor) -> None:
    def encoded(_: int) -> bytes:
        template = _extract(face_extractor, portrait()).template
        assert template is not None
        return encode_template(template)

    with ThreadPoolExecutor(4) as pool:
        assert len({*pool.map(encoded, range(8)), encoded(0)}) == 1


def test_a_batch_gives_what_single_faces_give(store: ModelStore) -> None:
    embedder = FaceEmbedder(FaceNetwork.read(store.path(SFACE.model_id)), shipped_centres())
    faces = [np.ascontiguousarray(portrait()[100 + i : 212 + i, 180:292]) for i in range(0, 60, 12)]
    together = embedder.embed(faces)
    alone = [embedder.embed([face])[0] for face in faces]
    assert embedder.embed([]) == ()
    for batched, single in zip(together, alone, strict=True):
        np.testing.assert_allclose(batched.embedding.vector, single.embedding.vector, atol=1e-6)
        assert batched.embedding.raw_norm == pytest.approx(single.embedding.raw_norm, rel=1e-5)
        assert batched.mirror_agreement == pytest.approx(single.mirror_agreement, abs=1e-5)
    assert min(float(together[0].embedding.vector @ other.embedding.vector) for other in together[1:]) < 0.999


def test_a_face_and_its_mirror_image_are_one(store: ModelStore) -> None:
    embedder = FaceEmbedder(FaceNetwork.read(store.path(SFACE.model_id)), shipped_centres())
    face = np.ascontiguousarray(portrait()[100:212, 180:292])
    one, mirrored = embedder.embed([face, np.ascontiguousarray(face[:, ::-1])])
    np.testing.assert_allclose(one.embedding.vector, mirrored.embedding.vector, atol=1e-5)
    assert one.mirror_agreement == pytest.approx(mirrored.mirror_agreement, abs=1e-5)
    assert 0.0 < one.mirror_agreement < 1.0


def _refused(extractor: FaceExtractor, pixels: Pixels) -> Reason:
    extraction = _extract(extractor, pixels)
    assert extraction.template is None
    assert extraction.quality.value == 0
    (reason,) = extraction.reasons
    return reason


@pytest.mark.parametrize(
    "pixels", [noise(200, 300), noise(4000, 40), noise(40, 4000), np.zeros((600, 500), np.uint8)], ids=str
)
def test_a_picture_without_a_face(face_extractor: FaceExtractor, pixels: Pixels) -> None:
    assert _refused(face_extractor, pixels) is Reason.NO_FACE


@pytest.mark.parametrize("pixels", [noise(1, 1), noise(31, 300), np.zeros((300, 31), np.uint8)], ids=str)
def test_a_picture_too_small_for_a_face(face_extractor: FaceExtractor, pixels: Pixels) -> None:
    assert _refused(face_extractor, pixels) is Reason.SAMPLE_TOO_SMALL


def test_a_face_too_small_to_compare(face_extractor: FaceExtractor) -> None:
    assert _refused(face_extractor, scaled(portrait(), 0.08)) is Reason.SAMPLE_TOO_SMALL


def _with_bystander() -> ColorPixels:
    picture = portrait()
    small = scaled(turned(picture, 5), 0.25)
    picture[450 : 450 + small.shape[0], : small.shape[1]] = small
    return picture


def test_a_bystander_is_left_out_with_a_warning(face_extractor: FaceExtractor, published: FaceEmbedding) -> None:
    extraction = _extract(face_extractor, _with_bystander())
    assert float(_embedding(extraction).vector @ published.vector) > 0.98
    assert "face.count.bystanders" in [verdict.message for verdict in extraction.verdicts]
    assert extraction.quality.components["faces"] == 2
    first, second = face_extractor.detect(face_sample(_with_bystander()))
    assert first.size > 3 * second.size


def test_a_finger_is_no_face(face_extractor: FaceExtractor) -> None:
    finger = BiometricSample(
        position=Position.LEFT_THUMB, pixels=noise(300, 300), ppi=500.0, captured_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    for action in (face_extractor.extract, face_extractor.detect):
        with pytest.raises(SampleError, match="a face is expected"):
            action(finger)


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match="no such model"):
        FaceExtractor.load(ModelStore(tmp_path, catalogue=(SFACE,)))
