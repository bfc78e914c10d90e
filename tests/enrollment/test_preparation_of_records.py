"""Formats that hold nothing but fingers are not searched for faces, and say which finger they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from biometrics.extraction import Extraction
from biometrics.images import decode_image
from biometrics.interchange.finger_image_record import (
    Compression,
    FingerImage,
    FingerImageRecord,
    FingerImageStandard,
)
from biometrics.interchange.finger_image_writing import write_finger_image_record
from biometrics.interchange.wsq import encode_wsq
from biometrics.positions import Modality, Position
from biometrics.samples import BiometricSample
from biometrics.templates import TemplateFormat
from enrollment.preparation import Extractors, prepare_sample
from enrollment.submission import SampleSource
from tests.enrollment.fakes import FACE_FORMAT, fake_extractors, picture


class NoFaceExtractor:
    @property
    def format(self) -> TemplateFormat:
        return FACE_FORMAT

    def extract(self, sample: BiometricSample) -> Extraction:
        pytest.fail("looked for a face")


EXTRACTORS = Extractors(finger=fake_extractors().finger, face=NoFaceExtractor())


def saved(tmp_path: Path, data: bytes, **known: object) -> SampleSource:
    path = tmp_path / "a"
    path.write_bytes(data)
    return SampleSource(path=path, origin="a", **known)  # type: ignore[arg-type]


def record() -> bytes:
    image = FingerImage(
        position=Position.LEFT_RING, width=200, height=200, compression=Compression.PNG, data=picture(1), ppi=1000.0
    )
    return write_finger_image_record(FingerImageRecord(standard=FingerImageStandard.ISO_2005, images=(image,)))


def test_a_wsq_file_is_a_finger(tmp_path: Path) -> None:
    prepared = prepare_sample(saved(tmp_path, encode_wsq(decode_image(picture(1)).pixels, 500)), EXTRACTORS)
    assert (prepared.sample.modality, prepared.sample.position) == (Modality.FINGER, Position.UNKNOWN)
    assert prepared.sample.ppi == 500.0


def test_an_image_record_says_which_finger_and_at_which_resolution(tmp_path: Path) -> None:
    prepared = prepare_sample(saved(tmp_path, record()), EXTRACTORS)
    assert (prepared.sample.position, prepared.sample.ppi) == (Position.LEFT_RING, 1000.0)


def test_what_was_said_outranks_the_record(tmp_path: Path) -> None:
    source = saved(tmp_path, record(), position=Position.RIGHT_THUMB, ppi=500.0)
    prepared = prepare_sample(source, EXTRACTORS)
    assert (prepared.sample.position, prepared.sample.ppi) == (Position.RIGHT_THUMB, 500.0)
