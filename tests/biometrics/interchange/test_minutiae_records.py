"""Minutiae records byte for byte, and what is written comes back."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import TemplateError
from biometrics.interchange.codes import Impression
from biometrics.interchange.minutiae_reading import read_minutiae_record
from biometrics.interchange.minutiae_record import (
    MINUTIAE_ALONE,
    FingerView,
    MinutiaeRecord,
    MinutiaeStandard,
    by_minutiae_alone,
)
from biometrics.interchange.minutiae_writing import write_minutiae_record
from biometrics.positions import FINGERS, Position
from biometrics.quality import QualityScore
from biometrics.templates import MinutiaSet, Template, TemplateFormat
from matching.minutiae import compare, prepare
from tests.biometrics.interchange.samples import minutiae

FORMAT = TemplateFormat(algorithm="test", version="1", metric="minutiae")


def two_views(standard: MinutiaeStandard, *, simulated: bool = False) -> MinutiaeRecord:
    views = (
        FingerView(position=Position.RIGHT_INDEX, minutiae=minutiae(5), impression=Impression.LIVE_ROLLED, quality=80),
        FingerView(position=Position.RIGHT_INDEX, minutiae=minutiae(2), impression=Impression.SWIPE),
    )
    return MinutiaeRecord(standard=standard, views=views, simulated=simulated)


# Every field of a record, written out: value, then where the standard defines it.
GOLDEN = {
    MinutiaeStandard.ISO_2005: """
        464d5200                7.3    format identifier "FMR" and a zero
        20323000                7.3    version number " 20" and a zero
        0000004e                7.3    length of the record: 78
        0000                    7.3    capture equipment: not certified, type not reported
        0078 00a0               7.3    size of the scanned image: 120 x 160
        00c5 00c5               7.3    resolution: 197 pixels per centimetre
        02                      7.3    number of finger views
        00                      7.3    reserved
        02                      7.4.1  finger position: right index
        0 1                     7.4.1  view number 0, impression type 1: live-scan rolled
        50                      7.4.1  finger quality 80
        05                      7.4.1  number of minutiae
        4014 001e 00 3c         7.4.2  type 1 (ending) and x 20; y 30; angle 0; quality 60
        8064 0028 40 64         7.4.2  type 2 (bifurcation) and x 100; y 40; 64 * 1.40625 = 90 degrees; quality 100
        4032 0096 80 01         7.4.2  180 degrees; quality 1
        0050 005a c0 28         7.4.2  type 0 (other); 270 degrees; quality 40
        8077 009f 00 00         7.4.2  the last pixel; quality not reported
        0000                    7.5    length of the extended data
        02 1 8 00 02            7.4.1  right index, view number 1, impression type 8: swipe, no quality
        4014 001e 00 3c         7.4.2
        8064 0028 40 64         7.4.2
        0000                    7.5""",
    MinutiaeStandard.ANSI_2004: """
        464d5200 20323000       6.4    identifier and version, the same as ISO's
        0050                    6.4    length of the record: 80, in two bytes up to 65,535
        0103 0000               6.4    product: an unregistered vendor
        0000                    6.4    capture equipment
        0078 00a0 00c5 00c5     6.4    size and resolution
        02 00                   6.4    number of finger views, reserved
        02 0 1 50 05            6.5    as ISO
        4014 001e 00 3c         6.5    angles count 2 degrees each
        8064 0028 2d 64         6.5    45 * 2 = 90 degrees
        4032 0096 5a 01         6.5    180 degrees
        0050 005a 87 28         6.5    270 degrees
        8077 009f 00 00         6.5    quality not reported
        0000                    6.6    length of the extended data
        02 1 8 00 02            6.5
        4014 001e 00 3c         6.5
        8064 0028 2d 64         6.5
        0000                    6.6""",
    MinutiaeStandard.ISO_2011: """
        464d5200 30333000       8.3    identifier and version "030"
        00000082                8.3    length of the record: 130
        0002                    8.3    number of representations
        00                      8.3    no certification blocks
        00000045                8.4    length of this representation: 69
        ffff ff ff ff           8.4    capture date not reported
        ff ff ffff              8.4    capture time not reported
        00 0000 0000            8.4    capture device technology, vendor, type: not reported
        01 50 0000 0000         8.4    one quality: 80, of an unknown algorithm
        02 00                   8.4    finger position, representation number
        00c5 00c5               8.4    resolution: 197 pixels per centimetre
        01                      8.4    impression type: live-scan rolled
        0078 00a0               8.4    size of the image
        60                      8.4    6 bytes a minutia; endings are where valleys fork
        05                      8.4    number of minutiae
        4014 001e 00 3c         8.4    as in 2005
        8064 0028 40 64         8.4
        4032 0096 80 01         8.4
        0050 005a c0 28         8.4
        8077 009f 00 fe         8.4    quality 254: not reported
        0000                    8.5    length of the extended data
        0000002e                8.4    length of this representation: 46
        ffff ff ff ff ff ff ffff
        00 0000 0000 00         8.4    no quality
        02 01 00c5 00c5 08 0078 00a0 60 02
        4014 001e 00 3c         8.4
        8064 0028 40 64         8.4
        0000                    8.5""",
    MinutiaeStandard.ANSI_2009: """
        464d5200 30333000              identifier and version "030"
        00000065                       length of the record: 101
        0103 0000                      product: an unregistered vendor
        00 0000                        capture equipment: not certified, not reported
        02 00                          number of finger views, reserved
        02 00 01 50                    finger position, view number, impression type, quality 80
        0103 0001                      quality algorithm: unknown
        0078 00a0 00c5 00c5            size and resolution of this view
        05                             number of minutiae
        4014 001e 00 3c                angles count 2 degrees each
        8064 0028 2d 64
        4032 0096 5a 01
        0050 005a 87 28
        8077 009f 00 fe                quality 254: not reported
        0000                           length of the extended data
        02 01 08 fe                    quality 254: not reported
        0103 0001 0078 00a0 00c5 00c5 02
        4014 001e 00 3c
        8064 0028 2d 64
        0000""",
}


def annotated(text: str) -> bytes:
    """Return the bytes of an annotated record: of each line what stands before two or more spaces."""
    fields = (line.strip().split("  ")[0] for line in text.strip().splitlines())
    return bytes.fromhex("".join(fields).replace(" ", ""))


@pytest.mark.parametrize("standard", MinutiaeStandard)
def test_records_are_written_byte_for_byte(standard: MinutiaeStandard) -> None:
    assert write_minutiae_record(two_views(standard)).hex(" ") == annotated(GOLDEN[standard]).hex(" ")


@pytest.mark.parametrize("standard", MinutiaeStandard)
def test_golden_records_are_read(standard: MinutiaeStandard) -> None:
    record = read_minutiae_record(annotated(GOLDEN[standard]))
    assert (record.standard, record.notes, record.simulated) == (standard, (), False)
    first, second = record.views
    assert (first.position, first.impression, first.quality) == (Position.RIGHT_INDEX, Impression.LIVE_ROLLED, 80)
    assert (second.position, second.impression, second.quality) == (Position.RIGHT_INDEX, Impression.SWIPE, None)
    for view, known in ((first, minutiae(5)), (second, minutiae(2))):
        found = view.minutiae
        assert (found.width, found.height) == (120, 160)
        for column in ("x", "y", "kind", "quality"):
            assert np.array_equal(getattr(found, column), getattr(known, column))
        assert np.allclose(found.angle, known.angle, atol=np.radians(1.01))


@pytest.mark.parametrize("standard", MinutiaeStandard)
@pytest.mark.parametrize("simulated", [False, True])
def test_the_mark_of_simulated_fingers_survives(standard: MinutiaeStandard, simulated: bool) -> None:
    data = write_minutiae_record(two_views(standard, simulated=simulated))
    record = read_minutiae_record(data)
    assert (record.simulated, record.notes) == (simulated, ())
    assert {template.simulated for template in record.templates} == {simulated}
    assert (b"Kura-Simulated" in data) is simulated


VIEWS = st.fixed_dictionaries({
    "position": st.sampled_from((Position.UNKNOWN, *FINGERS)),
    "impression": st.sampled_from([Impression.LIVE_PLAIN, Impression.NONLIVE_ROLLED, Impression.SWIPE]),
    "quality": st.none() | st.integers(1, 100),
    "count": st.integers(1, 255) | st.sampled_from([1, 255]),
    "width": st.integers(1, 0x3FFF),
    "height": st.integers(1, 0x3FFF),
    "seed": st.integers(0, 2**32),
})  # fmt: skip


def drawn_minutiae(count: int, width: int, height: int, seed: int) -> MinutiaSet:
    random = np.random.default_rng(seed)
    angle = random.uniform(0, 2 * np.pi, count).astype(np.float32)
    return MinutiaSet(
        x=(random.random(count) * (width - 1)).astype(np.float32),
        y=(random.random(count) * (height - 1)).astype(np.float32),
        angle=np.minimum(angle, np.float32(6.283185)),
        kind=random.integers(0, 3, count).astype(np.uint8),
        quality=random.integers(0, 101, count).astype(np.uint8),
        width=width,
        height=height,
    )


def drawn_view(drawn: dict[str, Any]) -> FingerView:
    sizes = {name: drawn.pop(name) for name in ("count", "width", "height", "seed")}
    return FingerView(minutiae=drawn_minutiae(**sizes), **drawn)


def assert_same(first: MinutiaeRecord, second: MinutiaeRecord) -> None:
    assert first.standard is second.standard
    for one, other in zip(first.views, second.views, strict=True):
        assert (one.position, one.impression, one.quality) == (other.position, other.impression, other.quality)
        for column in ("x", "y", "angle", "kind", "quality"):
            assert np.array_equal(getattr(one.minutiae, column), getattr(other.minutiae, column))


@given(st.sampled_from(MinutiaeStandard), st.lists(VIEWS, min_size=1, max_size=4), st.booleans())
def test_what_is_written_comes_back_within_the_formats_steps(
    standard: MinutiaeStandard, drawn: list[dict[str, Any]], simulated: bool
) -> None:
    views = tuple(drawn_view(dict(view)) for view in drawn)
    record = MinutiaeRecord(standard=standard, views=views, simulated=simulated)
    found = read_minutiae_record(write_minutiae_record(record))
    assert (found.standard, found.notes, found.simulated) == (record.standard, (), record.simulated)
    step = 2.0 if record.standard in (MinutiaeStandard.ANSI_2004, MinutiaeStandard.ANSI_2009) else 1.40625
    for view, known in zip(found.views, record.views, strict=True):
        assert (view.position, view.impression, view.quality) == (known.position, known.impression, known.quality)
        assert np.abs(view.minutiae.x - known.minutiae.x).max() <= 0.501
        assert np.abs(view.minutiae.y - known.minutiae.y).max() <= 0.501
        turn = np.abs(view.minutiae.angle - known.minutiae.angle)
        assert np.minimum(turn, 2 * np.pi - turn).max() <= np.radians(step / 2) + 1e-5
        assert np.array_equal(view.minutiae.kind, known.minutiae.kind)
        assert np.array_equal(view.minutiae.quality, known.minutiae.quality)
    assert_same(read_minutiae_record(write_minutiae_record(found)), found)


@pytest.mark.parametrize(
    "standard", [MinutiaeStandard.ISO_2005, MinutiaeStandard.ANSI_2004, MinutiaeStandard.ANSI_2009]
)
def test_a_print_without_minutiae_is_written_read_and_matches_nothing(standard: MinutiaeStandard) -> None:
    record = MinutiaeRecord(standard=standard, views=(FingerView(position=Position.UNKNOWN, minutiae=minutiae(0)),))
    (view,) = read_minutiae_record(write_minutiae_record(record)).views
    assert len(view.minutiae) == 0
    assert compare(prepare(view.minutiae), prepare(minutiae(5))) == 0.0


@pytest.mark.parametrize("standard", MinutiaeStandard)
def test_coordinates_are_rounded_to_pixels_inside_the_image(standard: MinutiaeStandard) -> None:
    edge = replace(minutiae(2), x=np.array([119.7, 0.4], np.float32), y=np.array([159.5, 159.4], np.float32))
    record = MinutiaeRecord(standard=standard, views=(FingerView(position=Position.UNKNOWN, minutiae=edge),))
    found = read_minutiae_record(write_minutiae_record(record))
    assert found.notes == ()
    assert found.views[0].minutiae.x.tolist() == [119, 0]
    assert found.views[0].minutiae.y.tolist() == [159, 159]


def test_iso_2011_has_no_print_without_minutiae() -> None:
    record = MinutiaeRecord(
        standard=MinutiaeStandard.ISO_2011, views=(FingerView(position=Position.UNKNOWN, minutiae=minutiae(0)),)
    )
    with pytest.raises(TemplateError, match="without minutiae"):
        write_minutiae_record(record)


def test_a_long_ansi_record_has_a_length_of_six_bytes() -> None:
    full = MinutiaSet(
        x=np.zeros(255, dtype=np.float32),
        y=np.zeros(255, dtype=np.float32),
        angle=np.zeros(255, dtype=np.float32),
        kind=np.ones(255, dtype=np.uint8),
        quality=np.zeros(255, dtype=np.uint8),
        width=300,
        height=300,  # read as ISO's, its upper byte would be the number of fingers
    )
    views = tuple(FingerView(position=finger, minutiae=full) for finger in FINGERS for _ in range(5))
    data = write_minutiae_record(MinutiaeRecord(standard=MinutiaeStandard.ANSI_2004, views=views))
    assert data[8:14] == b"\x00\x00" + len(data).to_bytes(4, "big")
    record = read_minutiae_record(data)
    assert (record.standard, record.notes, len(record.views)) == (MinutiaeStandard.ANSI_2004, (), 50)


@pytest.mark.parametrize("standard", MinutiaeStandard)
def test_what_a_standard_cannot_say_is_refused(standard: MinutiaeStandard) -> None:
    wide = MinutiaeRecord(
        standard=standard, views=(FingerView(position=Position.UNKNOWN, minutiae=minutiae(1, width=0x4000)),)
    )
    with pytest.raises(TemplateError, match=r"16384 x 160 pixels does not fit .*\(give one of 1 to 16383"):
        write_minutiae_record(wide)
    many = MinutiaeRecord(standard=standard, views=(FingerView(position=Position.UNKNOWN, minutiae=minutiae(1)),) * 17)
    with pytest.raises(TemplateError, match=r"17 prints of one finger .*\(write several records\)"):
        write_minutiae_record(many)


@pytest.mark.parametrize("standard", [MinutiaeStandard.ISO_2005, MinutiaeStandard.ANSI_2004])
def test_older_standards_know_few_impressions(standard: MinutiaeStandard) -> None:
    record = two_views(standard)
    latent = replace(record, views=(replace(record.views[0], impression=Impression.LATENT_LIFT),))
    with pytest.raises(TemplateError, match=r"latent_lift .*ansi-378-2009"):
        write_minutiae_record(latent)
    unknown = replace(record, views=(replace(record.views[0], impression=Impression.UNKNOWN),))
    assert read_minutiae_record(write_minutiae_record(unknown)).views[0].impression is Impression.LIVE_PLAIN


def template(position: Position) -> Template:
    quality = QualityScore(value=70, algorithm="test/1")
    return Template(format=FORMAT, position=position, body=minutiae(), quality=quality)


def test_templates_of_records_are_nobodys_but_their_standards() -> None:
    formats = {two_views(standard).templates[0].format for standard in MinutiaeStandard}
    assert len(formats) == 4
    assert FORMAT not in formats
    assert all(first != second for first, second in pairwise(formats))
    relabelled = by_minutiae_alone([*two_views(MinutiaeStandard.ISO_2005).templates, template(Position.LEFT_RING)])
    assert {one.format for one in relabelled} == {MINUTIAE_ALONE}
