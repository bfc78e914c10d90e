"""Finger image records byte for byte, round trips, and lies that end in typed errors."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import ImageFormatError
from biometrics.interchange.codes import Impression
from biometrics.interchange.finger_image_reading import START, read_finger_image_record
from biometrics.interchange.finger_image_record import (
    Compression,
    FingerImage,
    FingerImageRecord,
    FingerImageStandard,
)
from biometrics.interchange.finger_image_writing import write_finger_image_record
from biometrics.positions import FINGERS, Position

# Annotated as test_minutiae_records.py: value, clause of ISO/IEC 19794-4, meaning.
GOLDEN = {
    FingerImageStandard.ISO_2005: """
        46495200                7.1    format identifier "FIR" and a zero
        30313000                7.1    version number "010" and a zero
        00000000004a            7.1    length of the record, six bytes: 74
        0000                    7.1    capture device: not reported
        001e                    7.1    acquisition level 30: 500 ppi, 8 bits
        02                      7.1    number of fingers
        01                      7.1    scale units: inch
        01f4 01f4               7.1    the scanner's resolution
        01f4 01f4               7.1    the pictures' resolution
        08                      7.1    pixel depth
        00                      7.1    compression: none
        0000                    7.1    reserved
        00000014                7.2    length of this picture with its header: 20
        02 01 01                7.2    right index, one view, view number 1
        50                      7.2    quality 80
        01                      7.2    impression type: live-scan rolled
        0003 0002               7.2    3 x 2 pixels
        00                      7.2    reserved
        010203 040506           7.2    the pixels
        00000016                7.2    length of the next: 22
        07 01 01 fe 1d          7.2    left index; quality and impression type not reported
        0004 0002 00            7.2
        01020304 05060708       7.2""",
    FingerImageStandard.ISO_2011: """
        46495200                8.2    format identifier
        30323000                8.2    version number "020"
        00000075                8.2    length of the record: 117
        0002                    8.2    number of representations
        00                      8.2    no certification blocks
        02                      8.2    number of fingers
        00000034                8.3    length of this representation: 52
        ffff ff ff ff ff ff ffff  8.3  capture date and time not reported
        00 0000 0000            8.3    capture device technology, vendor, type
        01 50 0000 0000         8.3    one quality: 80, of an unknown algorithm
        02 00                   8.3    right index, representation 0
        01                      8.3    scale units: inch
        01f4 01f4 01f4 01f4     8.3    resolution of scanner and picture
        08 00                   8.3    pixel depth, compression: none
        01                      8.3    impression type
        0003 0002               8.3    3 x 2 pixels
        00000006                8.3    length of the picture
        010203 040506           8.3
        00000031                8.3    length of this representation: 49
        ffff ff ff ff ff ff ffff  8.3
        00 0000 0000 00         8.3    no quality
        07 00 01 01f4 01f4 01f4 01f4 08 00
        1d                      8.3    impression type not reported
        0004 0002 00000008
        01020304 05060708       8.3""",
}


def annotated(text: str) -> bytes:
    fields = (line.strip().split("  ")[0] for line in text.strip().splitlines())
    return bytes.fromhex("".join(fields).replace(" ", ""))


def image(width: int = 4, height: int = 2, **changes: object) -> FingerImage:
    known = {
        "position": Position.LEFT_INDEX,
        "width": width,
        "height": height,
        "compression": Compression.RAW,
        "data": bytes(value % 256 for value in range(1, min(width * height, 300) + 1)),
        "ppi": 500.0,
    }
    return FingerImage(**(known | changes))  # type: ignore[arg-type]


def two(standard: FingerImageStandard) -> FingerImageRecord:
    first = image(3, position=Position.RIGHT_INDEX, impression=Impression.LIVE_ROLLED, quality=80)
    return FingerImageRecord(standard=standard, images=(first, image()))


@pytest.mark.parametrize("standard", FingerImageStandard)
def test_records_are_written_and_read_byte_for_byte(standard: FingerImageStandard) -> None:
    golden = annotated(GOLDEN[standard])
    assert write_finger_image_record(two(standard)).hex(" ") == golden.hex(" ")
    assert_same(read_finger_image_record(golden), two(standard))


def assert_same(found: FingerImageRecord, known: FingerImageRecord) -> None:
    assert (found.standard, found.notes, found.simulated) == (known.standard, known.notes, known.simulated)
    names = ("position", "width", "height", "compression", "data", "ppi", "impression", "quality")
    for one, other in zip(found.images, known.images, strict=True):
        assert [getattr(one, name) for name in names] == [getattr(other, name) for name in names]


IMAGES = st.fixed_dictionaries({
    "position": st.sampled_from((Position.UNKNOWN, *FINGERS)),
    "width": st.integers(1, 0xFFFF),
    "height": st.integers(1, 0xFFFF),
    "data": st.binary(max_size=40),
    "impression": st.sampled_from(Impression),
    "quality": st.none() | st.integers(0, 100),
})  # fmt: skip


@given(
    standard=st.sampled_from(FingerImageStandard),
    drawn=st.lists(IMAGES, min_size=1, max_size=5),
    compression=st.sampled_from([one for one in Compression if one.value > 1]),
    ppi=st.integers(1, 0xFFFF),
    simulated=st.booleans(),
)
def test_what_is_written_comes_back(
    standard: FingerImageStandard,
    drawn: list[dict[str, object]],
    compression: Compression,
    ppi: int,
    simulated: bool,
) -> None:
    images = tuple(image(**one, compression=compression, ppi=float(ppi)) for one in drawn)  # type: ignore[arg-type]
    # In a record of 2005, only the pictures themselves can say that they are simulated.
    kept = simulated and standard is FingerImageStandard.ISO_2011
    record = FingerImageRecord(standard=standard, images=images, simulated=simulated)
    assert_same(read_finger_image_record(write_finger_image_record(record)), replace(record, simulated=kept))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ppi": None}, "must say its resolution"),
        ({"ppi": 70_000.0}, "must say its resolution"),
        ({"data": bytes(7)}, "7 raw pixels are not 4 x 2"),
    ],
)
@pytest.mark.parametrize("standard", FingerImageStandard)
def test_what_no_record_can_say_is_refused(
    standard: FingerImageStandard, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ImageFormatError, match=message):
        write_finger_image_record(FingerImageRecord(standard=standard, images=(image(**changes),)))  # type: ignore[arg-type]


@pytest.mark.parametrize("standard", FingerImageStandard)
def test_too_many_pictures_are_refused(standard: FingerImageStandard) -> None:
    of_one = FingerImageRecord(standard=standard, images=(image(),) * 17)
    with pytest.raises(ImageFormatError, match=r"17 of one finger.* \(write several records\)"):
        write_finger_image_record(of_one)
    with pytest.raises(ImageFormatError, match="holds no picture"):
        FingerImageRecord(standard=standard, images=())


def test_a_record_of_2005_has_one_resolution_and_cannot_mark_raw_pixels() -> None:
    mixed = FingerImageRecord(standard=FingerImageStandard.ISO_2005, images=(image(), image(ppi=1000.0)))
    with pytest.raises(ImageFormatError, match=r"share one resolution.* \(write the edition of 2011\)"):
        write_finger_image_record(mixed)
    marked = FingerImageRecord(standard=FingerImageStandard.ISO_2005, images=(image(),), simulated=True)
    with pytest.raises(ImageFormatError, match="cannot say that they are simulated"):
        write_finger_image_record(marked)


@pytest.mark.parametrize(("ppi", "level"), [(1000, 40), (999, 30), (500, 30), (499, 20), (250, 20), (125, 10)])
def test_acquisition_levels_of_2005(ppi: int, level: int) -> None:
    record = FingerImageRecord(standard=FingerImageStandard.ISO_2005, images=(image(ppi=float(ppi)),))
    assert write_finger_image_record(record)[16:18] == level.to_bytes(2, "big")


def one_2011(**changes: int) -> bytes:
    """Return a record of one picture with some of its numbers changed, by byte offset `at` and `value`."""
    data = bytearray(
        write_finger_image_record(FingerImageRecord(standard=FingerImageStandard.ISO_2011, images=(image(),)))
    )
    for name, value in changes.items():
        offset, size = OFFSETS[name]
        data[offset : offset + size] = value.to_bytes(size, "big")
    return bytes(data)


EMPTY_2005 = write_finger_image_record(FingerImageRecord(standard=FingerImageStandard.ISO_2005, images=(image(),)))[:32]

OFFSETS = {
    "length": (8, 4),
    "count": (12, 2),
    "part": (16, 4),
    "position": (35, 1),
    "units": (37, 1),
    "across": (42, 2),
    "down": (44, 2),
    "depth": (46, 1),
    "compression": (47, 1),
    "impression": (48, 1),
    "width": (49, 2),
    "size": (53, 4),
}


@pytest.mark.parametrize(
    ("changes", "ppi"),
    [
        ({}, 500.0),
        ({"units": 2, "across": 197, "down": 197}, 500.4),
        ({"across": 502, "down": 500}, 502.0),
        ({"across": 510, "down": 500}, None),
        ({"across": 0, "down": 0}, None),
        ({"units": 3}, None),
    ],
)
def test_resolutions(changes: dict[str, int], ppi: float | None) -> None:
    assert read_finger_image_record(one_2011(**changes)).images[0].ppi == ppi


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"length": 0}, "the record says it has 0 bytes, but it has 65"),
        ({"position": 13}, "position 13 is no single finger's; taken for unknown"),
        ({"position": 21}, "position 21 is no single finger's; taken for unknown"),
        ({"size": 6}, "2 bytes of extended data of unknown structure are left out"),
    ],
)
def test_oddities_are_noted(changes: dict[str, int], note: str) -> None:
    assert read_finger_image_record(one_2011(**changes)).notes == (note,)


def test_trailing_bytes_and_other_extended_data_are_noted() -> None:
    assert "2 bytes behind the last picture are ignored" in read_finger_image_record(one_2011() + b"xy").notes
    data = one_2011(part=49 + 6) + bytes.fromhex("0001 0006 aabb")
    assert "extended data of type 0001 (2 bytes) are left out" in read_finger_image_record(data).notes


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "ends within its identifier"),
        (b"FMR\x00 20\x00", "not a finger image record"),
        (START + b"030\x00", "version b'030"),
        (EMPTY_2005, "holds no picture"),
        (one_2011(count=2), "ends within the length of a picture"),
        (one_2011(count=0), "holds no picture"),
        (one_2011(part=0), "ends within the capture date"),
        (one_2011(part=0xFFFFFFFF), "ends within a picture: 4294967291 bytes"),
        (one_2011(size=0xFFFFFFFF), "ends within a picture: 4294967295 bytes"),
        (one_2011(compression=7), "compression 7 does not exist"),
        (one_2011(depth=16), "raw pixels of 16 bits"),
        (one_2011(width=0), "cannot hold 0 x 2 pixels"),
    ],
)
def test_lies_are_called_by_name(data: bytes, message: str) -> None:
    with pytest.raises(ImageFormatError, match=message) as caught:
        read_finger_image_record(data)
    assert caught.value.remedy


def test_more_pictures_than_hands_can_give_are_refused() -> None:
    whole = write_finger_image_record(FingerImageRecord(standard=FingerImageStandard.ISO_2005, images=(image(),)))
    with pytest.raises(ImageFormatError, match="more than 255 pictures"):
        read_finger_image_record(whole + whole[32:] * 255)
    piled = one_2011(count=256) + one_2011()[16:] * 255
    with pytest.raises(ImageFormatError, match="more than 255 pictures"):
        read_finger_image_record(piled)


RECORDS = {standard: write_finger_image_record(two(standard)) for standard in FingerImageStandard}


def read_or_refused(data: bytes) -> FingerImageRecord | None:
    try:
        return read_finger_image_record(data)
    except ImageFormatError as error:
        assert error.message
        return None


@pytest.mark.parametrize("standard", FingerImageStandard)
def test_a_record_cut_anywhere_is_refused_or_noted(standard: FingerImageStandard) -> None:
    for length in range(len(RECORDS[standard])):
        record = read_or_refused(RECORDS[standard][:length])
        # A record of 2005 may end behind any of its pictures.
        assert record is None or (record.notes and length == 32 + 20)


@pytest.mark.parametrize("standard", FingerImageStandard)
def test_any_damaged_byte_is_read_or_refused(standard: FingerImageStandard) -> None:
    data = RECORDS[standard]
    for position in range(len(data)):
        for value in (0, 1, 0x7F, 0x80, 0xFF):
            read_or_refused(data[:position] + bytes([value]) + data[position + 1 :])


@given(st.sampled_from([START, START + b"010\x00", START + b"020\x00"]), st.binary(max_size=300))
def test_noise_is_read_or_refused(start: bytes, rest: bytes) -> None:
    read_or_refused(start + rest)


def test_a_face_is_no_finger() -> None:
    with pytest.raises(ImageFormatError, match="not faces"):
        image(position=Position.FACE)
    with pytest.raises(ImageFormatError, match="quality 101"):
        image(quality=101)
