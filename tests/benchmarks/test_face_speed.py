"""What is timed: portraits of which every stage can be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.face_speed import speed_figures
from benchmarks.portraits import face_set
from benchmarks.templates import CachingExtractor
from biometrics.image_writing import encode_png
from models.face.extractor import FaceExtractor
from models.store import ModelStore
from tests.models.known_face import portrait, scaled


@pytest.fixture(scope="module")
def extractor() -> FaceExtractor:
    return FaceExtractor.load(ModelStore())


def test_portraits_on_their_side_are_not_timed(tmp_path: Path, extractor: FaceExtractor) -> None:
    upright = scaled(portrait(), 0.3)
    for number in range(8):
        pixels = np.ascontiguousarray(np.rot90(upright)) if number < 2 else upright
        (tmp_path / f"{number}.png").write_bytes(encode_png(pixels))
    caching = CachingExtractor(extractor, tmp_path / "cache")
    enrolled = caching.extract_all(face_set(tmp_path))
    assert all(outcome.template is not None for outcome in enrolled.outcomes)
    figures = speed_figures(enrolled, caching)
    assert figures["images a second"].value > 0
    assert figures["detect time"].counts == {"rounds": 6}
    few = replace(enrolled.data, samples=enrolled.data.samples[:7])
    assert speed_figures(replace(enrolled, data=few, outcomes=enrolled.outcomes[:7]), caching) == {}
