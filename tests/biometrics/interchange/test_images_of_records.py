"""WSQ and finger image records are images like any other, with the same care."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import ImageFormatError
from biometrics.image_writing import encode_png
from biometrics.images import decode_image, read_image
from biometrics.interchange.encoding import encode_finger
from biometrics.interchange.finger_image_record import (
    Compression,
    FingerImage,
    FingerImageRecord,
    FingerImageStandard,
)
from biometrics.interchange.finger_image_writing import write_finger_image_record
from biometrics.interchange.wsq import encode_wsq
from biometrics.positions import Modality, Position
from tests.biometrics.interchange.pictures import ridges
from tests.biometrics.interchange.samples import iso_2005

PICTURE = ridges(60, 50)


def record(
    compression: Compression = Compression.PNG,
    *,
    standard: FingerImageStandard = FingerImageStandard.ISO_2011,
    count: int = 1,
    simulated: bool = False,
    **changes: object,
) -> bytes:
    height, width = PICTURE.shape
    image = FingerImage(
        position=Position.LEFT_MIDDLE,
        width=width,
        height=height,
        compression=compression,
        data=encode_finger(PICTURE, compression, simulated=simulated),
        ppi=500.0,
    )
    images = (replace(image, **changes),) * count  # type: ignore[arg-type]
    return write_finger_image_record(FingerImageRecord(standard=standard, images=images, simulated=simulated))


@pytest.mark.parametrize("standard", FingerImageStandard)
@pytest.mark.parametrize("compression", Compression)
def test_a_record_of_one_picture_is_an_image(standard: FingerImageStandard, compression: Compression) -> None:
    data = record(compression, standard=standard)
    image = decode_image(data)
    assert image.pixels.shape == PICTURE.shape
    assert (image.ppi, image.position, image.modality) == (500.0, Position.LEFT_MIDDLE, Modality.FINGER)
    assert (image.notes, image.simulated, image.data) == ((), False, data)
    lossless = compression.name.startswith("RAW") or compression.name in ("PNG", "JPEG2000_LOSSLESS")
    assert np.array_equal(image.pixels, PICTURE) is lossless


@pytest.mark.parametrize("compression", [one for one in Compression if one.value > 1])
@pytest.mark.parametrize("standard", FingerImageStandard)
def test_the_mark_is_found_in_the_picture_too(standard: FingerImageStandard, compression: Compression) -> None:
    assert decode_image(record(compression, standard=standard, simulated=True)).simulated


def test_the_mark_of_a_record_holds_where_the_picture_has_none() -> None:
    marked = record(Compression.RAW, simulated=True)
    assert decode_image(marked).simulated
    assert not decode_image(record(Compression.RAW)).simulated


def test_wsq_is_an_image() -> None:
    image = decode_image(encode_wsq(PICTURE, 1000))
    assert (image.pixels.shape, image.ppi, image.modality) == (PICTURE.shape, 1000.0, Modality.FINGER)
    assert image.position is Position.UNKNOWN
    assert decode_image(encode_wsq(PICTURE)).ppi is None
    assert decode_image(encode_png(PICTURE)).modality is None


def test_the_record_says_the_resolution_whatever_its_picture_says() -> None:
    inside = encode_png(PICTURE, 72.0)
    assert decode_image(record(data=inside)).ppi == 500.0
    assert decode_image(record(data=inside, ppi=1000.0)).ppi == 1000.0


def test_a_picture_of_another_size_than_declared_is_noted() -> None:
    image = decode_image(record(width=61))
    assert image.notes == ("the record says 61 x 50 pixels, its picture has 60 x 50",)
    assert image.pixels.shape == (50, 60)


def huge_raw() -> bytes:
    """Return a record of one raw pixel that claims to have 65,535 x 65,535."""
    data = record(Compression.RAW, width=1, height=1, data=b"x")
    return data.replace(b"\x00\x01\x00\x01\x00\x00\x00\x01x", b"\xff\xff\xff\xff\x00\x00\x00\x01x")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (record(count=2), "holds 2 images"),
        (huge_raw(), "more than 100 million pixels"),
        (record(Compression.RAW).replace(b"\x00\x3c\x00\x32", b"\x00\x3c\x00\x33"), "3000 raw pixels, not 60 x 51"),
        (record(data=b""), "not an image"),
        (record(data=b"GIF89a"), "not an image"),
        (record(data=record()), "not an image"),
        (record(data=encode_png(PICTURE)[:200]), "truncated"),
        (record(Compression.WSQ)[:-20], "ends within"),
        (b"FIR\x00", "ends within its version"),
        (iso_2005(), "this is a minutiae record, not an image"),
        (encode_wsq(PICTURE)[:-20], "the WSQ file"),
    ],
)
def test_bad_files_are_refused_by_name(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "bad.fir"
    path.write_bytes(data)
    with pytest.raises(ImageFormatError, match=message) as caught:
        read_image(path)
    assert caught.value.source == str(path)
    assert caught.value.remedy


SMALL_FILES = [record(compression) for compression in Compression] + [encode_wsq(PICTURE, 500)]


@given(
    data=st.sampled_from(SMALL_FILES),
    damage=st.lists(st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=4)), min_size=1, max_size=4),
    kept=st.integers(1, 5000),
)
def test_a_damaged_file_reads_or_is_refused(data: bytes, damage: list[tuple[int, bytes]], kept: int) -> None:
    damaged = bytearray(data)
    for position, replacement in damage:
        damaged[position : position + len(replacement)] = replacement
    try:
        decode_image(bytes(damaged[:kept]))
    except ImageFormatError as error:
        assert error.message
