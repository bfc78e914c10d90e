import numpy as np
import pytest

from biometrics.errors import SampleError
from biometrics.images import decode_image
from biometrics.samples import BiometricSample
from enrollment.issuing.portraits import document_portrait
from enrollment.issuing.profile import PortraitRule
from models.face.detect import DetectedFace
from tests.enrollment.issuing.people import portrait, size_of

RULE = PortraitRule(width_px=200, jpeg_quality=90)


class _Finder:
    """Finds one face in the middle, as large as it is told."""

    def __init__(self, eyes_px: float | None) -> None:
        self._eyes_px = eyes_px

    def detect(self, sample: BiometricSample) -> tuple[DetectedFace, ...]:
        if self._eyes_px is None:
            return ()
        x, y, eyes = sample.width / 2, sample.height / 2, self._eyes_px
        offsets = [(-0.5, 0.0), (0.5, 0.0), (0.0, 0.6), (-0.4, 1.1), (0.4, 1.1)]
        points = np.array([(x + dx * eyes, y + dy * eyes) for dx, dy in offsets], np.float32)
        size = 2.2 * eyes
        return (DetectedFace(left=x - size / 2, top=y - size / 2, width=size, height=size, points=points, score=0.9),)


def test_a_portrait_is_cut_as_the_profile_asks() -> None:
    cut = document_portrait(portrait(900, 1200), RULE, _Finder(120.0))
    assert size_of(cut) == (200, 257) and decode_image(cut, source="x").simulated


def test_a_portrait_is_never_enlarged() -> None:
    width, height = size_of(document_portrait(portrait(300, 400), RULE, _Finder(30.0)))
    assert width < 200 and abs(height / width - 45 / 35) < 0.02


def test_a_picture_without_a_face_is_refused() -> None:
    with pytest.raises(SampleError, match="no face"):
        document_portrait(portrait(), RULE, _Finder(None))


def test_a_picture_without_room_is_refused() -> None:
    with pytest.raises(SampleError, match="too little room"):
        document_portrait(portrait(300, 400), RULE, _Finder(150.0))
