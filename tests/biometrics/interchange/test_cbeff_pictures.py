"""Pictures wrapped into image records inside CBEFF, and taken out again without losing a byte."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from biometrics.errors import ImageFormatError
from biometrics.image_writing import encode_png
from biometrics.images import decode_image
from biometrics.interchange.cbeff import CbeffRecord
from biometrics.interchange.cbeff_pictures import WrappedPicture, unwrap_picture, wrap_picture
from biometrics.interchange.encoding import encode_finger
from biometrics.interchange.face_image_record import FaceEncoding, FaceImage
from biometrics.interchange.face_image_writing import write_face_image_record
from biometrics.interchange.finger_image_record import (
    Compression,
    FingerImage,
    FingerImageRecord,
    FingerImageStandard,
)
from biometrics.interchange.finger_image_writing import write_finger_image_record
from biometrics.positions import Position

PIXELS = np.random.default_rng(7).integers(0, 256, (48, 40), dtype=np.uint8)


def _picture(data: bytes, position: Position = Position.LEFT_RING) -> WrappedPicture:
    return WrappedPicture(
        data=data,
        position=position,
        width=40,
        height=48,
        ppi=None if position is Position.FACE else 500.0,
        quality=73,
        captured_at=datetime(2026, 3, 4, tzinfo=UTC),
        simulated=True,
    )


@pytest.mark.parametrize(
    "compression", [one for one in Compression if one not in (Compression.RAW, Compression.RAW_PACKED)]
)
def test_a_finger_comes_out_as_it_went_in(compression: Compression) -> None:
    picture = _picture(encode_finger(PIXELS, compression, 500.0, simulated=True))

    record = wrap_picture(picture)

    assert record.data.startswith(b"FIR\x00020\x00")
    assert _fields(unwrap_picture(record)) == _fields(picture)


@pytest.mark.parametrize("compression", [Compression.PNG, Compression.JPEG, Compression.JPEG2000_LOSSLESS])
def test_a_face_comes_out_as_it_went_in(compression: Compression) -> None:
    picture = _picture(encode_finger(PIXELS, compression, simulated=True), Position.FACE)

    record = wrap_picture(picture)

    assert record.data.startswith(b"FAC\x00030\x00")
    assert _fields(unwrap_picture(record)) == _fields(picture)


def test_a_picture_that_no_image_record_holds_goes_in_as_it_is() -> None:
    record = wrap_picture(_picture(b"BM and so on"))

    assert (record.data, record.format_owner) == (b"BM and so on", None)
    assert unwrap_picture(record).data == b"BM and so on"


def test_raw_pixels_stay_in_the_record_that_says_their_size() -> None:
    image = FingerImage(
        position=Position.LEFT_RING, width=40, height=48, compression=Compression.RAW, data=PIXELS.tobytes(), ppi=500.0
    )
    data = write_finger_image_record(FingerImageRecord(standard=FingerImageStandard.ISO_2005, images=(image,)))

    picture = unwrap_picture(CbeffRecord(position=Position.UNKNOWN, data=data))

    assert (picture.position, picture.ppi) == (Position.LEFT_RING, 500.0)
    assert np.array_equal(decode_image(picture.data).pixels, PIXELS)


def test_what_holds_no_single_picture_is_refused() -> None:
    png = encode_png(PIXELS)
    two = write_face_image_record((FaceImage(width=40, height=48, encoding=FaceEncoding.PNG, data=png),) * 2)
    for record in (
        CbeffRecord(position=None, data=png),
        CbeffRecord(position=Position.FACE, data=b""),
        CbeffRecord(position=Position.FACE, data=two),
        CbeffRecord(position=Position.FACE, data=two[:30]),
    ):
        with pytest.raises(ImageFormatError):
            unwrap_picture(record)


def _fields(picture: WrappedPicture) -> tuple[object, ...]:
    return (
        picture.data,
        picture.position,
        picture.width,
        picture.height,
        picture.ppi,
        picture.quality,
        picture.captured_at,
        picture.simulated,
    )
