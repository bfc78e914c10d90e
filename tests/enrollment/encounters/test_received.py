"""Images that came as bytes: prepared as files are, refused by the name that their sender has for them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from biometrics import images, pictures
from biometrics.errors import BiometricsError, ImageFormatError, ManifestError, SampleError
from biometrics.interchange.finger_image_record import Compression, FingerImage, FingerImageRecord, FingerImageStandard
from biometrics.interchange.finger_image_writing import write_finger_image_record
from biometrics.positions import Modality, Position
from enrollment import preparation
from enrollment.preparation import MOST_RECEIVED, ReceivedImage, prepare, prepare_received
from enrollment.submission import SampleSource, Submission
from tests.enrollment.fakes import BROKEN, fake_extractors, picture


def test_bytes_become_what_a_file_becomes(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(picture(1, 2))
    source = SampleSource(path=path, position=Position.LEFT_INDEX, origin="a")
    (of_file,) = prepare(Submission(label="a", sources=(source,)), fake_extractors()).samples
    received = ReceivedImage(data=picture(1, 2), position=Position.LEFT_INDEX, origin="biometricData[0]")
    (of_bytes,) = prepare_received("a", [received], fake_extractors()).samples
    assert of_bytes.image.sha256 == of_file.image.sha256 and of_bytes.sample.position is Position.LEFT_INDEX
    assert of_bytes.extraction.template is not None and of_bytes.sample.pixels.size == 1
    assert of_bytes.source.path.name == "biometricData[0]"


@pytest.mark.parametrize(
    ("received", "kind"),
    [
        (ReceivedImage(data=b"", origin="biometricData[2]"), ImageFormatError),
        (ReceivedImage(data=b"%PDF-1.4", origin="biometricData[2]"), ImageFormatError),
        (ReceivedImage(data=picture(1)[:200], origin="biometricData[2]"), ImageFormatError),
        (ReceivedImage(data=picture(BROKEN), origin="biometricData[2]"), BiometricsError),
        (
            ReceivedImage(
                data=picture(1), modality=Modality.FACE, position=Position.LEFT_INDEX, origin="biometricData[2]"
            ),
            ManifestError,
        ),
    ],
)
def test_what_cannot_be_used_is_named_as_its_sender_does(received: ReceivedImage, kind: type[Exception]) -> None:
    good = ReceivedImage(data=picture(1), origin="biometricData[1]")
    with pytest.raises(kind) as refused:
        prepare_received("a", [good, received], fake_extractors())
    assert isinstance(refused.value, BiometricsError) and refused.value.source == "biometricData[2]"


def test_too_many_and_too_large_pictures_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparation, "decode_image", None)
    one = ReceivedImage(data=picture(1), origin="biometricData[0]")
    with pytest.raises(SampleError, match="31 pictures"):
        prepare_received("a", [one] * (MOST_RECEIVED + 1), fake_extractors())
    monkeypatch.setattr(preparation, "MOST_BYTES", 10)
    assert images.MOST_BYTES > 10
    with pytest.raises(ImageFormatError, match="too large"):
        prepare_received("a", [one], fake_extractors())


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG"])
def test_pictures_that_declare_too_many_pixels_are_refused_before_they_are_decoded(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer = io.BytesIO()
    Image.new("L", (200, 200)).save(buffer, kind)
    one = ReceivedImage(data=buffer.getvalue(), origin="biometricData[0]")
    monkeypatch.setattr(preparation, "MOST_RECEIVED_PIXELS", 39_999)
    monkeypatch.setattr(pictures, "_decode", None)
    with pytest.raises(ImageFormatError, match="declares more than"):
        prepare_received("a", [one], fake_extractors())


def test_a_record_that_declares_too_many_pixels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = FingerImage(
        position=Position.LEFT_INDEX,
        width=200,
        height=200,
        compression=Compression.RAW,
        data=bytes(40_000),
        ppi=500.0,
    )
    record = FingerImageRecord(standard=FingerImageStandard.ISO_2011, images=(raw,))
    one = ReceivedImage(data=write_finger_image_record(record), origin="biometricData[0]")
    prepare_received("a", [one], fake_extractors())
    monkeypatch.setattr(preparation, "MOST_RECEIVED_PIXELS", 39_999)
    with pytest.raises(ImageFormatError, match="declares more than"):
        prepare_received("a", [one], fake_extractors())
