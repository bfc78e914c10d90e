"""A gallery of turned vectors answers as one of vectors as they are, and takes nothing that another key turned."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from biometrics.errors import GalleryError
from biometrics.positions import Modality, Position
from biometrics.quality import QualityScore
from biometrics.scores import CandidateList
from biometrics.templates import BiometricReference, FaceEmbedding, MinutiaSet, Probe, Template, TemplateFormat
from matching import describing, minutiae, shortlisting
from matching.calibration import Calibration, load_calibration
from matching.describing import PersonDescriber
from matching.face import cosine_scale
from matching.face_store import FaceMatcher
from matching.gallery import Gallery
from matching.print_matcher import PrintMatcher
from matching.rotation import VectorRotation
from matching.stores import Matcher
from tests.matching import simulated_minutiae
from tests.matching.parts import ToySource

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
FINGER_FORMAT = TemplateFormat(algorithm="made-up", version="1", metric="minutiae")
FACE_FORMAT = TemplateFormat(algorithm="kura-face", version="1", metric="cosine", dimension=128)
PEOPLE = 60
ROUNDING = 2e-6
"""Of fused scores; a cosine of two turned vectors is within 2e-7 of what it was."""


@cache
def calibrations() -> dict[Modality, Calibration]:
    return {
        Modality.FINGER: load_calibration(minutiae.SCALE),
        Modality.FACE: load_calibration(cosine_scale(FACE_FORMAT)),
    }


@cache
def fingers(person: int) -> tuple[MinutiaSet, MinutiaSet]:
    rng = np.random.default_rng([11, person])
    return simulated_minutiae.finger(rng), simulated_minutiae.finger(rng)


def how(key: bytes | None) -> dict[str, Any]:
    rotation = None if key is None else VectorRotation(key)
    matchers: dict[Modality, Matcher[Any]] = {
        Modality.FINGER: PrintMatcher(),
        Modality.FACE: FaceMatcher(rotation=rotation),
    }
    described = PersonDescriber(FACE_FORMAT, calibrations()[Modality.FACE], rotation)
    return {"calibrations": calibrations(), "matchers": matchers, "described": described}


def shown(person: int, capture: int) -> tuple[Template, ...]:
    """Return two fingers and a face, alike enough to be found and different enough not to be sure."""
    quality = QualityScore(value=50, algorithm="fake/1")
    own, noise = np.random.default_rng([7, person]), np.random.default_rng([person, capture])
    prints = [
        Template(
            format=FINGER_FORMAT,
            position=position,
            body=simulated_minutiae.captured_again(noise, print_) if capture else print_,
            quality=quality,
        )
        for print_, position in zip(fingers(person), (Position.RIGHT_THUMB, Position.RIGHT_INDEX), strict=True)
    ]
    vector = own.normal(size=128) + noise.normal(0, 0.9, 128)
    body = FaceEmbedding(vector=(vector / np.linalg.norm(vector)).astype(np.float32), raw_norm=9.0 + capture)
    return (*prints, Template(format=FACE_FORMAT, position=Position.FACE, body=body, quality=quality))


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> ToySource:
    """Return people of whom some have several portraits, searched by lists however few they are."""
    monkeypatch.setattr(shortlisting, "LEAST_GALLERY", 2)
    monkeypatch.setattr(describing, "LEAST_GALLERY", 2)
    made = ToySource()
    for person in range(PEOPLE):
        made.add(f"p{person}", *shown(person, 0))
        if person % 3 == 0:
            made.add(f"p{person}", *shown(person, 1)[2:])
    return made


def followed(source: ToySource, key: bytes | None) -> Gallery:
    gallery = Gallery(**how(key))
    gallery.follow(source)
    gallery.check(source)
    return gallery


def assert_alike(one: CandidateList, other: CandidateList) -> None:
    assert [who.subject_id for who in one.candidates] == [who.subject_id for who in other.candidates]
    assert (one.gallery_size, one.compared, one.generation) == (other.gallery_size, other.compared, other.generation)
    for mine, theirs in zip(one.candidates, other.candidates, strict=True):
        assert mine.score == pytest.approx(theirs.score, rel=1e-4, abs=ROUNDING)


def test_searches_pairs_and_decisions_are_those_of_vectors_as_they_are(source: ToySource) -> None:
    plain, turned = followed(source, None), followed(source, KEY)
    for person in range(PEOPLE + 5):
        for some in (slice(None), slice(2, 3), slice(0, 2)):
            probe = Probe(templates=shown(person, 5)[some])
            assert_alike(plain.search(probe), turned.search(probe))
    subjects = plain.subjects()
    pairs = [one.pairs(subjects, largest_fmr=1e-1) for one in (plain, turned)]
    assert pairs[0].pairs and [(one.a, one.b) for one in pairs[0].pairs] == [(one.a, one.b) for one in pairs[1].pairs]


def test_nothing_that_is_kept_is_as_it_was_extracted(source: ToySource) -> None:
    """Every face and every row of vectors that leaves the gallery is far from every template of the registry."""
    _, arrays = followed(source, KEY).export()
    kept = dict(arrays)
    faces = np.concatenate([array for name, array in kept.items() if name.startswith("face/") and "vectors" in name])
    own = np.array([one.template.embedding.vector for one in source.active() if _is_face(one)])
    assert len(faces) >= len(own)
    assert float(np.abs(faces @ own.T).max()) < 0.5
    plain = dict(followed(source, None).export()[1])
    rows = kept["vectors.0.rows"], plain["vectors.0.rows"]
    assert float(np.abs((rows[0] * rows[1]).sum(axis=1)).max()) < 1.0  # of three blocks, each of about length 1
    np.testing.assert_allclose(rows[0] @ rows[0].T, rows[1] @ rows[1].T, atol=1e-5)


def test_what_another_key_turned_is_refused(source: ToySource) -> None:
    header, arrays = followed(source, KEY).export()
    kept = dict(arrays)
    assert Gallery.restore(header, kept, **how(KEY)).size == PEOPLE
    for other in (OTHER_KEY, None):
        with pytest.raises(GalleryError, match=r"turned by another key|not described as they are here"):
            Gallery.restore(header, kept, **how(other))
        with pytest.raises(GalleryError, match="turned by another key"):
            Gallery.restore(header | {"vectors": None}, kept, **how(other) | {"described": None})


def _is_face(one: BiometricReference) -> bool:
    return one.template.position is Position.FACE
