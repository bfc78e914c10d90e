"""Hostile minutiae records end in a typed error, or in what can honestly be read of them."""

from __future__ import annotations

import struct
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import TemplateError
from biometrics.interchange.minutiae_reading import START, read_minutiae_record
from biometrics.interchange.minutiae_record import FingerView, MinutiaeRecord, MinutiaeStandard
from biometrics.interchange.minutiae_writing import write_minutiae_record
from biometrics.positions import Position
from matching.minutiae import prepare
from tests.biometrics.interchange.samples import iso_2005, minutiae

RECORDS = {
    standard: write_minutiae_record(
        MinutiaeRecord(
            standard=standard,
            views=tuple(FingerView(position=Position(name), minutiae=minutiae()) for name in ("left_ring", "unknown")),
            simulated=True,
        )
    )
    for standard in MinutiaeStandard
}


def read_or_refused(data: bytes) -> MinutiaeRecord | None:
    try:
        record = read_minutiae_record(data)
    except TemplateError as error:
        assert error.message
        return None
    for view in record.views:
        assert len(prepare_or_too_large(view)) <= 255
    return record


def prepare_or_too_large(view: FingerView) -> list[int]:
    try:
        return [len(prepare(view.minutiae))]
    except TemplateError:  # larger than any hand
        return []


@pytest.mark.parametrize("standard", MinutiaeStandard)
def test_a_record_cut_anywhere_is_refused_or_noted_with_all_minutiae(standard: MinutiaeStandard) -> None:
    data = RECORDS[standard]
    read = 0
    for length in range(len(data)):
        record = read_or_refused(data[:length])
        if record is not None:
            read += 1
            assert record.notes
            assert [len(view.minutiae) for view in record.views] == [5, 5]
    # Only what stands behind the last minutia may be missing, and only where a view's length does not forbid it.
    assert read <= 2


@pytest.mark.parametrize("standard", MinutiaeStandard)
def test_any_damaged_byte_is_read_or_refused(standard: MinutiaeStandard) -> None:
    data = RECORDS[standard]
    for position in range(len(data)):
        for value in (0, 1, 0x7F, 0x80, 0xFF):
            read_or_refused(data[:position] + bytes([value]) + data[position + 1 :])


@given(
    standard=st.sampled_from(MinutiaeStandard),
    damage=st.lists(st.tuples(st.integers(0, 260), st.binary(min_size=1, max_size=6)), min_size=1, max_size=6),
    kept=st.integers(0, 400),
)
def test_a_damaged_record_is_read_or_refused(
    standard: MinutiaeStandard, damage: list[tuple[int, bytes]], kept: int
) -> None:
    data = bytearray(RECORDS[standard])
    for position, replacement in damage:
        data[position : position + len(replacement)] = replacement
    read_or_refused(bytes(data[:kept]))


@given(
    st.sampled_from([b"", START, START + b" 20\x00", START + b"030\x00", START + b"035\x00"]), st.binary(max_size=400)
)
def test_noise_is_read_or_refused(start: bytes, rest: bytes) -> None:
    read_or_refused(start + rest)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a minutiae record"),
        (b"FMR", "not a minutiae record"),
        (b"FIR\x00020\x00", "not a minutiae record"),
        (b"FMR\x00 10\x00", "version b' 10"),
        (b"FMR\x00", "version b''"),
        (b"FMR\x00 20\x00", "ends within its length"),
        (iso_2005(count=2), "ends within the minutiae: 12 bytes at byte 28"),
        (iso_2005(count=255), "ends within the minutiae: 1530 bytes"),
        (iso_2005(views=2), "ends within a finger position"),
        (iso_2005(views=255), "ends within a finger position"),
        (iso_2005(extended=b"\xff\xff"), "ends within the extended data: 65535 bytes"),
        (iso_2005(views=0), "holds no finger"),
        (b"FMR\x00030\x00" + struct.pack(">IHB", 15, 0, 0), "holds no finger"),
        (b"FMR\x00030\x00" + struct.pack(">IHB", 15, 65535, 0), "says it holds 65535 fingers"),
        (b"FMR\x00030\x00" + struct.pack(">IHBI", 19, 1, 0, 0xFFFFFFFF), "ends within a finger: 4294967291 bytes"),
        (b"FMR\x00030\x00" + struct.pack(">IHBI", 19, 1, 0, 0), "ends within the capture date"),
    ],
)
def test_lies_are_called_by_name(data: bytes, message: str) -> None:
    with pytest.raises(TemplateError, match=message) as caught:
        read_minutiae_record(data)
    assert caught.value.remedy


def test_a_minutia_of_another_size_is_refused() -> None:
    data = RECORDS[MinutiaeStandard.ISO_2011].replace(b"\x60\x05", b"\xf0\x05")
    with pytest.raises(TemplateError, match="a minutia has 15 bytes"):
        read_minutiae_record(data)


def test_blocks_of_extended_data_cannot_loop_or_pile_up() -> None:
    area = b"\x00\x01\x00\x04" * 16_000
    record = read_minutiae_record(iso_2005(extended=struct.pack(">H", len(area)) + area))
    assert record.notes == ("64000 bytes of extended data of unknown structure are left out",)


def test_claims_of_gigabytes_allocate_nothing() -> None:
    tracemalloc.start()
    for data in (iso_2005(length=0xFFFFFFFF, scan=(65535, 65535, 197, 197)), iso_2005(count=255, views=255)):
        read_or_refused(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000
