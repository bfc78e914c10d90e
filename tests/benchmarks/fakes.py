"""Extractors that need no model: what they find is written in the corner of the picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from biometrics.decisions import Reason
from biometrics.extraction import Extraction
from biometrics.image_writing import write_png
from biometrics.quality import QualityScore
from biometrics.samples import BiometricSample
from biometrics.templates import FaceEmbedding, MinutiaSet, Template, TemplateFormat

QUALITY = QualityScore(value=50, algorithm="none/1")
MINUTIAE = 40
SIDE = 300


def write_sample(path: Path, subject: int, impression: int, *, blank: bool = False) -> None:
    """Write a picture of one subject; every pair of numbers gives other pixels."""
    pixels = np.full((SIDE, SIDE), 255, np.uint8)
    pixels[0, :3] = subject, impression, 0 if blank else 1
    write_png(path, pixels)


class FakeFinger:
    """Makes minutiae from the subject's number, moved a little by the impression's; counts its calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.seen_ppi: list[float | None] = []

    @property
    def format(self) -> TemplateFormat:
        return TemplateFormat(algorithm="fake-finger", version="1", metric="minutiae")

    def extract(self, sample: BiometricSample) -> Extraction:
        self.calls += 1
        self.seen_ppi.append(sample.ppi)
        subject, impression, present = (int(level) for level in sample.pixels[0, :3])
        if not present:
            return Extraction(template=None, quality=QUALITY, reasons=(Reason.BLANK_PRINT,))
        finger, touch = np.random.default_rng(subject), np.random.default_rng([subject, impression])
        x, y = (finger.uniform(30, 270, MINUTIAE) + touch.normal(0, 1, MINUTIAE) for _ in range(2))
        angle = np.mod(finger.uniform(0, 2 * np.pi, MINUTIAE) + touch.normal(0, 0.05, MINUTIAE), 2 * np.pi)
        body = MinutiaSet(
            x=x.astype(np.float32),
            y=y.astype(np.float32),
            angle=np.minimum(angle, 6.28).astype(np.float32),
            kind=np.ones(MINUTIAE, np.uint8),
            quality=np.full(MINUTIAE, 50, np.uint8),
            width=SIDE,
            height=SIDE,
        )
        template = Template(format=self.format, position=sample.position, body=body, quality=QUALITY)
        return Extraction(template=template, quality=QUALITY)


class FakeFace:
    """Makes an embedding from the subject's number, disturbed by the impression's."""

    def __init__(self, noise: float = 0.3) -> None:
        self._noise = noise

    @property
    def format(self) -> TemplateFormat:
        return TemplateFormat(algorithm="fake-face", version="1", metric="cosine", dimension=32)

    def extract(self, sample: BiometricSample) -> Extraction:
        subject, impression, present = (int(level) for level in sample.pixels[0, :3])
        if not present:
            return Extraction(template=None, quality=QUALITY, reasons=(Reason.NO_FACE,))
        person = np.random.default_rng(subject).standard_normal(32)
        portrait = person + self._noise * np.random.default_rng([subject, impression]).standard_normal(32)
        body = FaceEmbedding(vector=(portrait / np.linalg.norm(portrait)).astype(np.float32), raw_norm=1.0)
        template = Template(format=self.format, position=sample.position, body=body, quality=QUALITY)
        return Extraction(template=template, quality=QUALITY)
