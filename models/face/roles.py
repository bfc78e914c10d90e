"""What a face extractor needs of models that others bring: templates instead of SFace's, and evidence of attacks."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from biometrics.arrays import ColorPixels
from biometrics.quality import PadResult
from biometrics.templates import FaceEmbedding, TemplateFormat
from models.face.detect import DetectedFace, FivePoints


@runtime_checkable
class FaceModel(Protocol):
    """Turns the face at five points of a picture into a vector; safe to call from several threads."""

    @property
    def format(self) -> TemplateFormat:
        """The format of every template made of its vectors."""
        ...

    def represent(self, pixels: ColorPixels, points: FivePoints) -> FaceEmbedding:
        """Align the face as this model wants it, and embed it.

        Raises
        ------
        ProcessingError
            When the model gives no vector with a direction.
        """
        ...


@runtime_checkable
class AttackDetector(Protocol):
    """Judges whether a face was presented by a living person; safe to call from several threads."""

    def judge(self, pixels: ColorPixels, face: DetectedFace) -> PadResult:
        """Return the evidence; a model that fails on a face gives "not evaluated" with the reason."""
        ...
