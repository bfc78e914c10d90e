"""Where the fields of each minutiae standard stand, read as they are, before anything is made of them.

All numbers are unsigned and big-endian. `docs/formats.md` shows the layouts side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from biometrics.errors import TemplateError
from biometrics.interchange.codes import SIMULATED_MARK
from biometrics.interchange.extended import split_extended
from biometrics.interchange.minutiae_record import MinutiaeStandard
from biometrics.interchange.reader import ByteReader

Rows: TypeAlias = Int64[NDArray[np.int64], "count 4"]
"""Of each minutia: x with the type in the bits above 14, y with two reserved bits, angle, quality."""

MINUTIA = np.dtype([("x", ">u2"), ("y", ">u2"), ("angle", "u1"), ("quality", "u1")])

_WITHOUT_QUALITY = np.dtype([("x", ">u2"), ("y", ">u2"), ("angle", "u1")])
_NOT_REPORTED = 255

_MOST_VIEWS = 255
"""Sixteen of each of ten fingers and an unknown one are 176; the other standards count in one byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Size in pixels and resolution in pixels per centimetre of the scanned image."""

    width: int
    height: int
    across: int
    down: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawView:
    """The fields of one finger view."""

    position: int
    impression: int
    quality: int
    scan: Scan
    minutiae: Rows


@dataclass(slots=True, kw_only=True, eq=False)
class RawRecord:
    """The fields of a record, and what was odd about it; `whole` when its lengths agree with its content."""

    standard: MinutiaeStandard
    views: list[RawView] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    whole: bool = True
    simulated: bool = False

    def misfit(self, note: str) -> None:
        """Note a length that does not agree with the content."""
        self.whole = False
        self.notes.append(note)


def parse_layout(data: bytes, standard: MinutiaeStandard) -> RawRecord:
    """Read a record as one of a standard; that its first eight bytes fit is the caller's to know.

    Raises
    ------
    TemplateError
        When it ends within a field, or a field cannot be.
    """
    reader = ByteReader(data, "the minutiae record", TemplateError)
    reader.take(8, "its first bytes")
    record = RawRecord(standard=standard)
    declared = _PARSERS[standard](reader, record)
    if not record.views:
        raise TemplateError("the minutiae record holds no finger", remedy="enroll the person again")
    if reader.remaining:
        record.misfit(f"{reader.remaining} bytes behind the last finger are ignored")
    if declared != len(data):
        record.misfit(f"the record says it has {declared} bytes, but it has {len(data)}")
    return record


def _iso_2005(reader: ByteReader, record: RawRecord) -> int:
    """ISO/IEC 19794-2:2005, 7.3 and 7.4."""
    declared = reader.number(4, "its length")
    reader.take(2, "the capture equipment")
    _older_views(reader, record)
    return declared


def _ansi_2004(reader: ByteReader, record: RawRecord) -> int:
    """ANSI INCITS 378-2004, 6.4 and 6.5; a length of more than 65,535 is written as 0 and four bytes."""
    declared = reader.number(2, "its length") or reader.number(4, "its length")
    reader.take(6, "product and capture equipment")
    _older_views(reader, record)
    return declared


def _older_views(reader: ByteReader, record: RawRecord) -> None:
    """Read what the standards of 2004 and 2005 have in common: one resolution, and all fingers."""
    scan = _scan(reader)
    views = reader.number(1, "the number of fingers")
    reader.take(1, "a reserved byte")
    for number in range(views):
        _older_view(reader, record, scan, last=number == views - 1)


def _ansi_2009(reader: ByteReader, record: RawRecord) -> int:
    """ANSI INCITS 378-2009."""
    declared = reader.number(4, "its length")
    reader.take(7, "product and capture equipment")
    views = reader.number(1, "the number of fingers")
    reader.take(1, "a reserved byte")
    for number in range(views):
        position = reader.number(1, "a finger position")
        reader.take(1, "a view number")
        impression, quality = reader.number(1, "an impression type"), reader.number(1, "a finger quality")
        reader.take(4, "a quality algorithm")
        scan = _scan(reader)
        _finish_view(reader, record, (position, impression, quality, scan), last=number == views - 1)
    return declared


def _iso_2011(reader: ByteReader, record: RawRecord) -> int:
    """ISO/IEC 19794-2:2011, 8.3 and 8.4."""
    declared = reader.number(4, "its length")
    views, certified = reader.number(2, "the number of fingers"), reader.number(1, "the certification flag")
    if views > _MOST_VIEWS:
        raise TemplateError(f"the minutiae record says it holds {views} fingers; {_MOST_VIEWS} are the most")
    for _ in range(views):
        length = reader.number(4, "the length of a finger")
        part = reader.part(max(0, length - 4), "a finger")
        part.take(14, "the capture date and device")
        qualities = part.take(5 * part.number(1, "the number of qualities"), "the qualities")
        if certified:
            part.take(3 * part.number(1, "the number of certificates"), "the certificates")
        position = part.number(1, "a finger position")
        part.take(1, "a view number")
        across, down = part.number(2, "the resolution"), part.number(2, "the resolution")
        impression = part.number(1, "an impression type")
        width, height = part.number(2, "the image size"), part.number(2, "the image size")
        scan = Scan(width=width, height=height, across=across, down=down)
        quality = qualities[0] if qualities else 255
        size = part.number(1, "the size of a minutia") >> 4
        _finish_view(part, record, (position, impression, quality, scan), last=True, size=size)
        if part.remaining:
            record.misfit(f"{part.remaining} bytes at the end of a finger are ignored")
    return declared


_PARSERS: dict[MinutiaeStandard, Callable[[ByteReader, RawRecord], int]] = {
    MinutiaeStandard.ISO_2005: _iso_2005,
    MinutiaeStandard.ISO_2011: _iso_2011,
    MinutiaeStandard.ANSI_2004: _ansi_2004,
    MinutiaeStandard.ANSI_2009: _ansi_2009,
}
"""Each reads what follows identifier and version, and returns the length that the record says it has."""


def _scan(reader: ByteReader) -> Scan:
    width, height = reader.number(2, "the image size"), reader.number(2, "the image size")
    across, down = reader.number(2, "the resolution"), reader.number(2, "the resolution")
    return Scan(width=width, height=height, across=across, down=down)


def _older_view(reader: ByteReader, record: RawRecord, scan: Scan, *, last: bool) -> None:
    position = reader.number(1, "a finger position")
    impression = reader.number(1, "a view number and impression type") & 0x0F
    quality = reader.number(1, "a finger quality")
    _finish_view(reader, record, (position, impression, quality, scan), last=last)


def _finish_view(
    reader: ByteReader, record: RawRecord, head: tuple[int, int, int, Scan], *, last: bool, size: int = 6
) -> None:
    """Read the minutiae of a view, and look at its extended data."""
    count = reader.number(1, "the number of minutiae")
    if size not in (5, 6):
        raise TemplateError(f"the minutiae record says that a minutia has {size} bytes; only 5 or 6 can be")
    kind = MINUTIA if size == 6 else _WITHOUT_QUALITY
    found = np.frombuffer(reader.take(size * count, "the minutiae"), dtype=kind)
    rows = np.full((count, 4), _NOT_REPORTED, dtype=np.int64)
    for column, name in enumerate(kind.names or ()):
        rows[:, column] = found[name]
    position, impression, quality, scan = head
    record.views.append(RawView(position=position, impression=impression, quality=quality, scan=scan, minutiae=rows))
    if last and reader.remaining < 2:
        record.misfit("the length of the extended data is missing")
        reader.take(reader.remaining, "the rest")
        return
    extended = reader.take(reader.number(2, "the length of the extended data"), "the extended data")
    _look_at_extended(extended, record)


_EXTENDED = {1: "ridge counts", 2: "cores and deltas", 3: "zonal quality"}


def _look_at_extended(area: bytes, record: RawRecord) -> None:
    """Note the blocks of extended data; of what is in them only the mark of simulated fingers counts."""
    blocks = split_extended(area)
    if blocks is None:
        record.notes.append(f"{len(area)} bytes of extended data of unknown structure are left out")
        return
    for kind, body in blocks:
        if body.startswith(SIMULATED_MARK):
            record.simulated = True
        else:
            name = _EXTENDED.get(kind, f"extended data of type {kind:04X}")
            record.notes.append(f"{name} ({len(body)} bytes) are left out")
