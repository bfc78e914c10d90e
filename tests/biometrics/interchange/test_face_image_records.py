"""Face image records byte for byte, round trips, and lies that end in typed errors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import ImageFormatError
from biometrics.interchange.face_image_reading import START, read_face_image_record
from biometrics.interchange.face_image_record import FaceEncoding, FaceImage, FaceImageStandard
from biometrics.interchange.face_image_writing import write_face_image_record

# Value, clause of ISO/IEC 19794-5, meaning.
GOLDEN_2011 = bytes.fromhex(
    "46414300 30333000 0000004f"  # table 2: identifier "FAC", version "030", 79 bytes
    "0001 00 0000"  # one representation, no certification, one moment
    "0000003e ffff ff ff ff ff ff ffff"  # 62 bytes; capture date and time not reported
    "00 0000 0000"  # capture device technology, vendor, type
    "01 50 0000 0000"  # one quality: 80, of an unknown algorithm
    "0000 00 00 00 00 000000 0000"  # no landmarks; sex, eyes, hair, height, properties, expression unspecified
    "000000 000000"  # pose and its uncertainty unspecified
    "00 03 0003 0002"  # basic, PNG, 3 x 2 pixels
    "00 0000 00 00"  # sampling rate, processing, cross reference, colour space unspecified
    "00000006 0a0b0c0d0e0f"  # the picture
)
GOLDEN_2005 = bytes.fromhex(
    "46414300 30313000 0000003a 0001"  # 5.4: identifier, version "010", 58 bytes, one picture
    "0000002c 0001"  # 5.5: 44 bytes, one feature point
    "00 00 00 000000 0000 000000 000000"  # sex, eyes, hair, properties, expression, pose, uncertainty
    "01 0c 0001 0002 0000"  # 5.6: a feature point
    "01 01 0003 0002 01 02 0000 0000"  # 5.7: full frontal, JPEG 2000, 3 x 2, RGB, camera, no quality
    "0a0b0c0d"  # 5.8: the picture
)


def _image(quality: int | None = 80) -> FaceImage:
    return FaceImage(width=3, height=2, encoding=FaceEncoding.PNG, data=bytes.fromhex("0a0b0c0d0e0f"), quality=quality)


def test_the_edition_of_2011_is_written_byte_for_byte() -> None:
    assert write_face_image_record((_image(),)) == GOLDEN_2011


def test_the_edition_of_2005_is_read() -> None:
    record = read_face_image_record(GOLDEN_2005)

    (image,) = record.images
    assert record.standard is FaceImageStandard.ISO_2005
    assert (image.width, image.height, image.encoding) == (3, 2, FaceEncoding.JPEG2000_LOSSY)
    assert (image.data, image.quality, record.notes) == (bytes.fromhex("0a0b0c0d"), None, ())


IMAGES = st.builds(
    FaceImage,
    width=st.integers(1, 0xFFFF),
    height=st.integers(1, 0xFFFF),
    encoding=st.sampled_from(FaceEncoding),
    data=st.binary(min_size=1, max_size=50),
    quality=st.none() | st.integers(0, 100),
)


@given(st.lists(IMAGES, min_size=1, max_size=4))
def test_what_is_written_is_read_again(images: list[FaceImage]) -> None:
    record = read_face_image_record(write_face_image_record(tuple(images)))

    assert [_fields(one) for one in record.images] == [_fields(one) for one in images]
    assert record.notes == ()


def _fields(image: FaceImage) -> tuple[object, ...]:
    return image.width, image.height, image.encoding, image.data, image.quality


@given(st.binary(max_size=120), st.sampled_from([START + b"010\x00", START + b"030\x00", b""]))
def test_any_bytes_are_a_record_or_a_typed_error(tail: bytes, head: bytes) -> None:
    try:
        read_face_image_record(head + tail)
    except ImageFormatError as error:
        assert error.remedy


@pytest.mark.parametrize("length", range(len(GOLDEN_2011)))
def test_a_cut_record_is_refused(length: int) -> None:
    with pytest.raises(ImageFormatError):
        read_face_image_record(GOLDEN_2011[:length])


def test_what_is_odd_is_noted() -> None:
    record = read_face_image_record(GOLDEN_2011 + b"tail")

    assert record.notes == (
        "4 bytes behind the last picture are ignored",
        "the record says it has 79 bytes, but it has 83",
    )


def test_no_picture_and_too_many_are_refused() -> None:
    with pytest.raises(ImageFormatError):
        write_face_image_record(())
    with pytest.raises(ImageFormatError):
        write_face_image_record((_image(),) * 256)
