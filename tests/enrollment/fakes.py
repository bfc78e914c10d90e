"""Extractors that read who is shown from the first pixels, so that enrollment can be tested without models.

`picture(person, capture)` makes an image file's bytes; two captures of one person give templates that match.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biometrics.decisions import Reason
from biometrics.errors import ProcessingError
from biometrics.extraction import Extraction
from biometrics.image_writing import encode_png
from biometrics.positions import Modality
from biometrics.quality import QualityScore
from biometrics.samples import BiometricSample
from biometrics.templates import FaceEmbedding, MinutiaSet, Template, TemplateFormat
from enrollment.preparation import Extractors

FINGER_FORMAT = TemplateFormat(algorithm="fake-finger", version="1", metric="minutiae")
FACE_FORMAT = TemplateFormat(algorithm="kura-face", version="1", metric="cosine", dimension=128)

BLANK, BROKEN = 65_000, 65_001
"""Persons whose sample holds nothing, and whose sample the model fails on."""

_SIZE = 200


def picture(person: int, capture: int = 0, *, color: bool = False) -> bytes:
    """Return a PNG whose first pixels name a person and a capture."""
    pixels = np.full((_SIZE, _SIZE), 128, dtype=np.uint8)
    pixels[0, :3] = (person >> 8, person & 255, capture)
    if color:
        pixels = np.stack([pixels] * 3, axis=2)
        pixels[1, 1] = (255, 0, 0)
    return encode_png(pixels, ppi=500.0)


def write_pictures(folder: Path, captures: Sequence[tuple[str, int, int]]) -> None:
    """Write `name.png` of a person and capture each."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, person, capture in captures:
        (folder / f"{name}.png").write_bytes(picture(person, capture))


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeExtractor:
    """Makes templates out of the numbers in the first pixels; a grey picture holds no face."""

    modality: Modality

    @property
    def format(self) -> TemplateFormat:
        return FACE_FORMAT if self.modality is Modality.FACE else FINGER_FORMAT

    def extract(self, sample: BiometricSample) -> Extraction:
        face = self.modality is Modality.FACE
        numbers = sample.pixels[0, :3, 0] if sample.pixels.ndim == 3 else sample.pixels[0, :3]
        person, capture = int(numbers[0]) * 256 + int(numbers[1]), int(numbers[2])
        quality = QualityScore(value=50, algorithm="fake/1")
        if person == BROKEN:
            raise ProcessingError("the model failed")
        if person == BLANK or (face and sample.pixels.ndim == 2):
            reason = Reason.NO_FACE if face else Reason.BLANK_PRINT
            return Extraction(template=None, quality=quality, reasons=(reason,))
        body = _face(person, capture) if face else _finger(person, capture)
        template = Template(format=self.format, position=sample.position, body=body, quality=quality)
        return Extraction(template=template, quality=quality)


def fake_extractors() -> Extractors:
    """Return both."""
    return Extractors(finger=FakeExtractor(modality=Modality.FINGER), face=FakeExtractor(modality=Modality.FACE))


def _finger(person: int, capture: int) -> MinutiaSet:
    count = 40
    finger, noise = np.random.default_rng(person), np.random.default_rng([person, capture])
    x, y = finger.uniform(20, 280, (2, count)) + noise.normal(0, 1, (2, count))
    angle = (finger.uniform(0, 2 * np.pi, count) + noise.normal(0, 0.05, count)) % (2 * np.pi)
    return MinutiaSet(
        x=x.clip(0, 299).astype(np.float32),
        y=y.clip(0, 299).astype(np.float32),
        angle=np.minimum(angle, 6.28).astype(np.float32),
        kind=finger.integers(1, 3, count).astype(np.uint8),
        quality=np.full(count, 80, dtype=np.uint8),
        width=300,
        height=300,
    )


def _face(person: int, capture: int) -> FaceEmbedding:
    vector = np.random.default_rng(person).normal(size=128) + np.random.default_rng([person, capture]).normal(
        0, 0.1, 128
    )
    norm = float(np.linalg.norm(vector))
    return FaceEmbedding(vector=(vector / norm).astype(np.float32), raw_norm=norm)
