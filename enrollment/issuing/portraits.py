"""The portrait of a document, cut out of the picture that was taken at an encounter, by whoever has the models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from PIL import Image

from biometrics.errors import SampleError
from biometrics.image_writing import encode_jpeg
from biometrics.images import decode_image
from biometrics.positions import Position
from biometrics.samples import BiometricSample, now_utc
from enrollment.issuing.profile import PortraitRule
from models.face.detect import DetectedFace
from models.face.portrait import cut_portrait, plan_portrait, steadied


@runtime_checkable
class FindsFaces(Protocol):
    """Finds faces in pictures, such as `models.face.extractor.FaceExtractor`."""

    def detect(self, sample: BiometricSample) -> Sequence[DetectedFace]:
        """Return the faces of a picture, the subject's first."""
        ...


def document_portrait(data: bytes, rule: PortraitRule, extractor: FindsFaces) -> bytes:
    """Return the portrait as a JPEG file: upright, 35 to 45, as wide as the profile asks or as the picture allows.

    Parameters
    ----------
    data
        The file of the picture, as it was captured.
    rule
        What the profile asks for.
    extractor
        Finds the face.

    Raises
    ------
    SampleError
        When no face is found, or the picture has too little room around it.
    """
    image = decode_image(data, source="the portrait")
    sample = BiometricSample(
        position=Position.FACE, pixels=image.pixels, captured_at=now_utc(), simulated=image.simulated
    )
    faces = extractor.detect(sample)
    if not faces:
        raise SampleError("no face is found in the picture that was taken", remedy="capture the person's face again")
    face = steadied(image.pixels, faces[0], lambda turned: extractor.detect(replace(sample, pixels=turned)))
    plan = plan_portrait(face, width=sample.width, height=sample.height)
    widest = max(1, int(plan.width_px))
    portrait = cut_portrait(image.pixels, plan, min(rule.width_px, widest))
    return encode_jpeg(Image.fromarray(portrait), quality=rule.jpeg_quality, simulated=image.simulated)
