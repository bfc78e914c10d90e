"""Fake extractors of another model, and with presentation attack evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from biometrics.extraction import Extraction
from biometrics.positions import Modality
from biometrics.quality import PAD_NOT_EVALUATED, PadResult
from biometrics.samples import BiometricSample
from biometrics.templates import TemplateFormat
from tests.enrollment.fakes import FACE_FORMAT, FakeExtractor

NEWER_FORMAT = replace(FACE_FORMAT, algorithm="newer-faces", version="1")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewerExtractor:
    """Makes the fake faces' templates under another model's name."""

    format: TemplateFormat = NEWER_FORMAT

    def extract(self, sample: BiometricSample) -> Extraction:
        found = FakeExtractor(modality=Modality.FACE).extract(sample)
        if found.template is None:
            return found
        return replace(found, template=replace(found.template, format=self.format))


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingExtractor:
    """A fake face extractor that judges attacks by the person whom the first pixels name."""

    judgements: Mapping[int, PadResult]

    @property
    def format(self) -> TemplateFormat:
        return FACE_FORMAT

    def extract(self, sample: BiometricSample) -> Extraction:
        person = int(sample.pixels[0, 0].max()) * 256 + int(sample.pixels[0, 1].max())
        found = FakeExtractor(modality=Modality.FACE).extract(sample)
        return replace(found, pad=self.judgements.get(person, PAD_NOT_EVALUATED))
