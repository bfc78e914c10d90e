"""Real faces of LFW View 1 and FairFace: found, told apart, and no faces in fingerprints."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from biometrics.decisions import Reason
from biometrics.extraction import Extraction
from biometrics.images import read_image
from models.face.extractor import FaceExtractor
from tests.models.known_face import face_sample
from tests.shared_data import DATA, needs_faces, needs_fingerprints

_LFW = DATA / "faces" / "lfw_view1"
_FAIRFACE = DATA / "faces" / "fairface_sample"
_THOROUGH = os.environ.get("KURA_TEST_THOROUGH") == "1"
_STEP = 1 if _THOROUGH else 8


def _extract(extractor: FaceExtractor, path: Path) -> Extraction:
    return extractor.extract(face_sample(read_image(path).pixels))


def _pairs() -> list[tuple[Path, Path, bool]]:
    """View 1's development test pairs; every eighth unless the suite runs thoroughly."""
    pairs = []
    for line in (_LFW / "pairsDevTest.txt").read_text().splitlines()[1:]:
        first, number, *other = line.split()
        second = other[0] if len(other) == 2 else first
        a, b = (_LFW / name / f"{name}_{int(index):04d}.jpg" for name, index in ((first, number), (second, other[-1])))
        pairs.append((a, b, first == second))
    return pairs[::_STEP]


@pytest.mark.data
@needs_faces
def test_lfw_pairs_are_told_apart(face_extractor: FaceExtractor) -> None:
    scores: dict[bool, list[float]] = {True: [], False: []}
    refused = 0
    for first, second, mated in _pairs():
        templates = [_extract(face_extractor, path).template for path in (first, second)]
        if templates[0] is None or templates[1] is None:
            refused += 1
        else:
            scores[mated].append(float(templates[0].embedding.vector @ templates[1].embedding.vector))
    genuine, impostor = np.array(scores[True]), np.array(scores[False])
    assert refused <= 0.01 * len(_pairs()) + 1
    # At least three of the 500 mated pairs show two people: mislabelled in the data.
    assert (genuine < 0.373).mean() < 0.04
    assert (impostor >= 0.434).mean() < 0.005
    assert impostor.mean() < 0.15


@pytest.mark.data
@needs_faces
def test_fairface_faces_are_found_in_every_group(face_extractor: FaceExtractor) -> None:
    with (_FAIRFACE / "labels.csv").open(newline="") as file:
        paths = sorted(_FAIRFACE / Path(row["file"]).name for row in csv.DictReader(file))
    extractions = [_extract(face_extractor, path) for path in paths[:: 2 * _STEP]]
    reasons = [extraction.reasons for extraction in extractions if extraction.template is None]
    assert reasons.count((Reason.NO_FACE,)) <= 0.01 * len(extractions) + 1
    # Full profiles, two in a hundred, are found and refused; hardly any other face is.
    assert len(reasons) <= 0.03 * len(extractions) + 2


@pytest.mark.data
@needs_fingerprints
def test_fingerprints_hold_no_face(face_extractor: FaceExtractor) -> None:
    paths = sorted((DATA / "fingerprints").rglob("*.png"))[:: 4 * _STEP]
    assert paths
    reasons = {_extract(face_extractor, path).reasons for path in paths}
    assert reasons == {(Reason.NO_FACE,)}
