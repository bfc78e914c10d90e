"""Records that depart from their standard are read with a note where they can be, and refused by name where not."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from biometrics.errors import TemplateError
from biometrics.interchange.codes import Impression
from biometrics.interchange.minutiae_reading import read_minutiae_record
from biometrics.interchange.minutiae_record import FingerView, MinutiaeRecord, MinutiaeStandard
from biometrics.interchange.minutiae_writing import write_minutiae_record
from biometrics.positions import Position
from tests.biometrics.interchange.samples import iso_2005, minutiae

TWO_ROWS = bytes.fromhex("4014001e003c 806400284064")


def written(standard: MinutiaeStandard) -> bytes:
    view = FingerView(position=Position.LEFT_THUMB, minutiae=minutiae(), quality=50)
    return write_minutiae_record(MinutiaeRecord(standard=standard, views=(view,)))


@pytest.mark.parametrize("standard", MinutiaeStandard)
@pytest.mark.parametrize("length", [0, 1, 30, 5000])
def test_a_wrong_total_length_is_noted(standard: MinutiaeStandard, length: int) -> None:
    data = bytearray(written(standard))
    size = 2 if standard is MinutiaeStandard.ANSI_2004 else 4
    if size == 2 and length == 0:
        return  # says that the length has six bytes
    data[8 : 8 + size] = length.to_bytes(size, "big")
    record = read_minutiae_record(bytes(data))
    assert record.standard is standard
    assert record.notes == (f"the record says it has {length} bytes, but it has {len(data)}",)
    assert len(record.views[0].minutiae) == 5


@pytest.mark.parametrize("standard", MinutiaeStandard)
def test_bytes_behind_the_record_are_noted(standard: MinutiaeStandard) -> None:
    record = read_minutiae_record(written(standard) + b"more")
    assert record.standard is standard
    assert "4 bytes behind the last finger are ignored" in record.notes
    assert len(record.views[0].minutiae) == 5


def test_bytes_at_the_end_of_a_2011_finger_are_noted() -> None:
    data = bytearray(written(MinutiaeStandard.ISO_2011)) + b"more"
    data[8:12] = len(data).to_bytes(4, "big")
    data[15:19] = (len(data) - 15).to_bytes(4, "big")
    assert read_minutiae_record(bytes(data)).notes == ("4 bytes at the end of a finger are ignored",)


@pytest.mark.parametrize("standard", MinutiaeStandard)
def test_missing_extended_data_are_noted(standard: MinutiaeStandard) -> None:
    data = bytearray(written(standard)[:-2])
    if standard is MinutiaeStandard.ISO_2011:
        data[15:19] = (len(data) - 15).to_bytes(4, "big")
    record = read_minutiae_record(bytes(data))
    assert record.standard is standard
    assert "the length of the extended data is missing" in record.notes
    assert len(record.views[0].minutiae) == 5


@pytest.mark.parametrize(
    ("quality", "expected"), [(0, None), (1, 1), (100, 100), (101, None), (254, None), (255, None)]
)
def test_a_finger_quality_that_says_nothing_is_none(quality: int, expected: int | None) -> None:
    record = read_minutiae_record(iso_2005(head=bytes([2, 0, quality])))
    assert record.views[0].quality == expected
    assert record.templates[0].quality.value == (expected or 0)


@pytest.mark.parametrize(("quality", "expected"), [(0, 0), (100, 100), (101, 0), (254, 0), (255, 0)])
def test_a_minutia_quality_that_says_nothing_is_0(quality: int, expected: int) -> None:
    record = read_minutiae_record(iso_2005(rows=bytes.fromhex("4014001e00") + bytes([quality])))
    assert record.views[0].minutiae.quality.tolist() == [expected]


def test_minutiae_of_2011_without_quality_are_read() -> None:
    data = bytearray(written(MinutiaeStandard.ISO_2011))
    start = data.index(b"\x60\x05") + 2
    five = [bytes(data[start + 6 * row : start + 6 * row + 5]) for row in range(5)]
    short = bytes(data[: start - 2]) + b"\x50\x05" + b"".join(five) + b"\x00\x00"
    short = short[:8] + len(short).to_bytes(4, "big") + short[12:15] + (len(short) - 15).to_bytes(4, "big") + short[19:]
    (view,) = read_minutiae_record(short).views
    assert view.minutiae.x.tolist() == minutiae().x.tolist()
    assert view.minutiae.quality.tolist() == [0] * 5


def test_certificates_and_several_qualities_of_2011_are_passed_over() -> None:
    data = written(MinutiaeStandard.ISO_2011)
    one_quality = bytes.fromhex("0132 0000 0000")
    start = data.index(one_quality)
    more = bytes.fromhex("02 28 0000 0000 50 0000 0000") + bytes.fromhex("02 0001 01 0001 02")
    longer = data[:start] + more + data[start + len(one_quality) :]
    size = len(longer) - 15
    longer = longer[:8] + struct.pack(">IHBI", len(longer), 1, 1, size) + longer[19:]
    record = read_minutiae_record(longer)
    assert (record.views[0].quality, record.notes, len(record.views[0].minutiae)) == (40, (), 5)


def test_minutiae_outside_the_declared_image_enlarge_it() -> None:
    record = read_minutiae_record(iso_2005(rows=TWO_ROWS, scan=(100, 41, 197, 197)))
    assert record.notes == ("minutiae lie outside the declared image; it is taken to be larger",)
    assert (record.views[0].minutiae.width, record.views[0].minutiae.height) == (101, 41)


def test_an_image_without_size_is_as_large_as_its_minutiae() -> None:
    (view,) = read_minutiae_record(iso_2005(rows=TWO_ROWS, scan=(0, 0, 197, 197))).views
    assert (view.minutiae.width, view.minutiae.height) == (101, 41)
    (empty,) = read_minutiae_record(iso_2005(rows=b"", scan=(0, 0, 197, 197))).views
    assert (len(empty.minutiae), empty.minutiae.width) == (0, 1)


@pytest.mark.parametrize("resolution", [196, 197])
def test_500_ppi_is_left_alone(resolution: int) -> None:
    (view,) = read_minutiae_record(iso_2005(scan=(120, 160, resolution, resolution))).views
    assert (view.minutiae.x.tolist(), view.minutiae.y.tolist()) == ([20.0], [30.0])


def test_coordinates_come_back_at_500_ppi() -> None:
    (view,) = read_minutiae_record(iso_2005(scan=(240, 320, 394, 394))).views
    scale = 500 / (394 * 2.54)
    assert view.minutiae.x[0] == pytest.approx(20 * scale)
    assert view.minutiae.y[0] == pytest.approx(30 * scale)
    assert (view.minutiae.width, view.minutiae.height) == (120, 160)


def test_unequal_resolutions_turn_directions_too() -> None:
    # One step right and one up at twice the resolution along x: half as far right as up on the skin.
    (view,) = read_minutiae_record(iso_2005(rows=bytes.fromhex("4014001e203c"), scan=(240, 160, 394, 197))).views
    assert view.minutiae.x[0] == pytest.approx(10, abs=0.02)
    assert view.minutiae.y[0] == 30
    assert np.tan(view.minutiae.angle[0]) == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize("scan", [(120, 160, 0, 197), (120, 160, 197, 0), (120, 160, 20, 20), (120, 160, 65535, 65535)])
def test_a_resolution_no_scanner_has_is_refused(scan: tuple[int, int, int, int]) -> None:
    with pytest.raises(TemplateError, match="pixels per centimetre, which no scanner has"):
        read_minutiae_record(iso_2005(scan=scan))


@pytest.mark.parametrize(
    ("code", "position", "notes"),
    [
        (0, Position.UNKNOWN, ()),
        (10, Position.LEFT_LITTLE, ()),
        (13, Position.UNKNOWN, ("position 13 is no finger's; taken for unknown",)),
        (255, Position.UNKNOWN, ("position 255 is no finger's; taken for unknown",)),
    ],
)
def test_positions(code: int, position: Position, notes: tuple[str, ...]) -> None:
    record = read_minutiae_record(iso_2005(head=bytes([code, 0, 50])))
    assert (record.views[0].position, record.notes) == (position, notes)


@pytest.mark.parametrize(
    ("code", "impression"),
    [(0, Impression.LIVE_PLAIN), (0x38, Impression.SWIPE), (9, Impression.OTHER), (15, Impression.OTHER)],
)
def test_impressions(code: int, impression: Impression) -> None:
    assert read_minutiae_record(iso_2005(head=bytes([2, code, 50]))).views[0].impression is impression


def test_contactless_prints_of_ansi_2004() -> None:
    data = bytearray(written(MinutiaeStandard.ANSI_2004))
    data[27] = 9
    assert read_minutiae_record(bytes(data)).views[0].impression is Impression.LIVE_CONTACTLESS


def test_reserved_types_and_bits_are_read() -> None:
    record = read_minutiae_record(iso_2005(rows=bytes.fromhex("c014c01e003c")))
    assert record.views[0].minutiae.kind.tolist() == [0]
    assert record.views[0].minutiae.y.tolist() == [30.0]
    assert record.notes == ("minutiae of a reserved type are taken for unknown",)


def test_angles_beyond_a_turn_are_noted() -> None:
    data = bytearray(written(MinutiaeStandard.ANSI_2004))
    data[30 + 4] = 190
    record = read_minutiae_record(bytes(data))
    assert record.views[0].minutiae.angle[0] == pytest.approx(np.radians(20))
    assert record.notes == ("angles of more than a full turn are taken modulo it",)


@pytest.mark.parametrize(
    ("blocks", "notes"),
    [
        ("0001 000b 01 01140c 050705", ("ridge counts (7 bytes) are left out",)),
        ("0001 0007 01 01140c 050705", ("ridge counts (7 bytes) are left out",)),  # a length of the body alone
        ("0002 0006 0000", ("cores and deltas (2 bytes) are left out",)),
        ("0101 0004 0003 0005 01", ("extended data of type 0101 (0 bytes) are left out",
          "zonal quality (1 bytes) are left out")),
        ("0101 0006 aabb", ("extended data of type 0101 (2 bytes) are left out",)),
        ("0001 0000 ffff", ("6 bytes of extended data of unknown structure are left out",)),
        ("00", ("1 bytes of extended data of unknown structure are left out",)),
        ("0001 0003 00", ("5 bytes of extended data of unknown structure are left out",)),
        ("0001 ffff", ("4 bytes of extended data of unknown structure are left out",)),
    ],
)  # fmt: skip
def test_extended_data_are_left_out_and_named(blocks: str, notes: tuple[str, ...]) -> None:
    area = bytes.fromhex(blocks)
    record = read_minutiae_record(iso_2005(extended=struct.pack(">H", len(area)) + area))
    assert record.notes == notes
    assert len(record.views[0].minutiae) == 1


def test_an_ansi_record_of_the_amended_standard_is_read() -> None:
    data = written(MinutiaeStandard.ANSI_2009).replace(b"030\x00", b"035\x00")
    assert read_minutiae_record(data).standard is MinutiaeStandard.ANSI_2009


def test_a_long_length_that_is_short_enough_for_two_bytes_is_read() -> None:
    data = written(MinutiaeStandard.ANSI_2004)
    longer = data[:8] + b"\x00\x00" + (len(data) + 4).to_bytes(4, "big") + data[10:]
    record = read_minutiae_record(longer)
    assert (record.standard, record.notes) == (MinutiaeStandard.ANSI_2004, ())


@pytest.mark.parametrize("length", [None, 5000])
def test_an_ansi_record_that_could_be_isos_is_ansis(length: int | None) -> None:
    # At 1000 ppi, two bytes off, its resolution would be the number of fingers and its fields a print without minutiae.
    view = FingerView(position=Position.UNKNOWN, minutiae=minutiae())
    data = bytearray(write_minutiae_record(MinutiaeRecord(standard=MinutiaeStandard.ANSI_2004, views=(view,))))
    data[20:24] = struct.pack(">HH", 394, 394)
    if length is not None:
        data[8:10] = length.to_bytes(2, "big")
    record = read_minutiae_record(bytes(data))
    assert (record.standard, len(record.views[0].minutiae)) == (MinutiaeStandard.ANSI_2004, 5)
