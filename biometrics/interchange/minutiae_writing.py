"""Writing minutiae records strictly: what a standard cannot say is refused, not bent."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable

import numpy as np

from biometrics.errors import TemplateError
from biometrics.interchange.codes import SIMULATED_MARK, UNKNOWN_DATE, UNKNOWN_VENDOR, Impression
from biometrics.interchange.extended import extended_block
from biometrics.interchange.minutiae_layouts import MINUTIA
from biometrics.interchange.minutiae_record import FingerView, MinutiaeRecord, MinutiaeStandard
from biometrics.templates import MinutiaSet

PIXELS_PER_CM = 197
"""500 per inch, rounded as the standards ask for."""

MOST_VIEWS_OF_A_FINGER = 16
LARGEST_SIDE = 0x3FFF
"""Pixels; a coordinate has 14 bits."""

_NOT_REPORTED = 254
_MARK_TYPE = 0x0101
"""The first type of extended data that the standards leave to vendors."""

_OLDER_IMPRESSIONS = {
    one: one.value
    for one in (
        Impression.LIVE_PLAIN,
        Impression.LIVE_ROLLED,
        Impression.NONLIVE_PLAIN,
        Impression.NONLIVE_ROLLED,
        Impression.SWIPE,
    )
} | {Impression.UNKNOWN: Impression.LIVE_PLAIN.value}
"""The standards of 2004 and 2005 cannot say that the impression is unknown; 0 is what their records then hold."""


def write_minutiae_record(record: MinutiaeRecord) -> bytes:
    """Return a record as bytes, at 197 pixels per centimetre, coordinates rounded to whole pixels.

    Raises
    ------
    TemplateError
        When its standard cannot say it: more than 16 prints of a finger, sides of more than 16,383 pixels, a kind of
        impression, or, in ISO/IEC 19794-2:2011, a print without minutiae.
    """
    _check(record)
    return _WRITERS[record.standard](record)


def _check(record: MinutiaeRecord) -> None:
    most = max(Counter(view.position for view in record.views).values())
    if most > MOST_VIEWS_OF_A_FINGER:
        raise TemplateError(
            f"{most} prints of one finger are more than a record's {MOST_VIEWS_OF_A_FINGER}",
            remedy="write several records",
        )
    for view in record.views:
        width, height = view.minutiae.width, view.minutiae.height
        if not (1 <= width <= LARGEST_SIDE and 1 <= height <= LARGEST_SIDE):
            raise TemplateError(
                f"a print of {width} x {height} pixels does not fit into a minutiae record",
                remedy=f"give one of 1 to {LARGEST_SIDE} pixels a side at 500 ppi",
            )


def _iso_2005(record: MinutiaeRecord) -> bytes:
    views = _older_views(record)
    length = struct.pack(">I", 24 + len(views))
    return b"FMR\x00 20\x00" + length + struct.pack(">H", 0) + _scan(record) + _count(record) + views


def _ansi_2004(record: MinutiaeRecord) -> bytes:
    views = _older_views(record)
    size = 26 + len(views)
    length = struct.pack(">H", size) if size <= 0xFFFF else struct.pack(">HI", 0, size + 4)
    product = struct.pack(">HHH", UNKNOWN_VENDOR, 0, 0)
    return b"FMR\x00 20\x00" + length + product + _scan(record) + _count(record) + views


def _ansi_2009(record: MinutiaeRecord) -> bytes:
    parts = []
    for number, view in _numbered(record):
        quality = _NOT_REPORTED if view.quality is None else view.quality
        head = struct.pack(">4B", view.position.iso_code, number, view.impression.value, quality)
        scan = struct.pack(">4H", view.minutiae.width, view.minutiae.height, PIXELS_PER_CM, PIXELS_PER_CM)
        algorithm = struct.pack(">HH", UNKNOWN_VENDOR, 1)
        parts.append(head + algorithm + scan + _minutiae(view.minutiae, 180, _NOT_REPORTED) + _extended(record))
    views = b"".join(parts)
    product = struct.pack(">HHBH", UNKNOWN_VENDOR, 0, 0, 0)
    return b"FMR\x00030\x00" + struct.pack(">I", 21 + len(views)) + product + _count(record) + views


def _iso_2011(record: MinutiaeRecord) -> bytes:
    parts = []
    for number, view in _numbered(record):
        if not len(view.minutiae):
            raise TemplateError(
                "ISO/IEC 19794-2:2011 has no prints without minutiae", remedy="write the edition of 2005"
            )
        quality = b"\x00" if view.quality is None else struct.pack(">BBHH", 1, view.quality, 0, 0)
        place = struct.pack(">BBHHB", view.position.iso_code, number, *[PIXELS_PER_CM] * 2, view.impression.value)
        # A minutia has 6 bytes; endings lie where valleys fork.
        size = struct.pack(">HHB", view.minutiae.width, view.minutiae.height, 0x60)
        body = UNKNOWN_DATE + bytes(5) + quality + place + size
        body += _minutiae(view.minutiae, 256, _NOT_REPORTED) + _extended(record)
        parts.append(struct.pack(">I", 4 + len(body)) + body)
    views = b"".join(parts)
    return b"FMR\x00030\x00" + struct.pack(">IHB", 15 + len(views), len(parts), 0) + views


_WRITERS: dict[MinutiaeStandard, Callable[[MinutiaeRecord], bytes]] = {
    MinutiaeStandard.ISO_2005: _iso_2005,
    MinutiaeStandard.ISO_2011: _iso_2011,
    MinutiaeStandard.ANSI_2004: _ansi_2004,
    MinutiaeStandard.ANSI_2009: _ansi_2009,
}


def _older_views(record: MinutiaeRecord) -> bytes:
    units = 180 if record.standard is MinutiaeStandard.ANSI_2004 else 256
    parts = []
    for number, view in _numbered(record):
        if view.impression not in _OLDER_IMPRESSIONS:
            raise TemplateError(
                f"{record.standard.value} has no code for the impression {view.impression.name.lower()}",
                remedy="write iso-19794-2-2011 or ansi-378-2009",
            )
        both = number << 4 | _OLDER_IMPRESSIONS[view.impression]
        head = struct.pack(">3B", view.position.iso_code, both, view.quality or 0)
        parts.append(head + _minutiae(view.minutiae, units, 0) + _extended(record))
    return b"".join(parts)


def _numbered(record: MinutiaeRecord) -> list[tuple[int, FingerView]]:
    """Return the views with their numbers: 0 for the first of a finger, 1 for the second."""
    views = record.views
    return [
        (sum(earlier.position is view.position for earlier in views[:index]), view) for index, view in enumerate(views)
    ]


def _scan(record: MinutiaeRecord) -> bytes:
    """Return size and resolution of all views, which share one field: the size that holds the largest."""
    width = max(view.minutiae.width for view in record.views)
    height = max(view.minutiae.height for view in record.views)
    return struct.pack(">4H", width, height, PIXELS_PER_CM, PIXELS_PER_CM)


def _count(record: MinutiaeRecord) -> bytes:
    return bytes([len(record.views), 0])


def _minutiae(minutiae: MinutiaSet, units: int, unreported: int) -> bytes:
    """Return the number of minutiae and six bytes for each."""
    rows = np.empty(len(minutiae), dtype=MINUTIA)
    x = np.minimum(np.rint(minutiae.x), minutiae.width - 1).astype(np.int64)
    y = np.minimum(np.rint(minutiae.y), minutiae.height - 1).astype(np.int64)
    rows["x"], rows["y"] = minutiae.kind.astype(np.int64) << 14 | x, y
    rows["angle"] = np.rint(minutiae.angle.astype(np.float64) * (units / (2 * np.pi))).astype(np.int64) % units
    rows["quality"] = np.where(minutiae.quality == 0, unreported, minutiae.quality)
    return bytes([len(rows)]) + rows.tobytes()


def _extended(record: MinutiaeRecord) -> bytes:
    """Return the length of the extended data and, in records of simulated fingers, the mark."""
    mark = extended_block(_MARK_TYPE, SIMULATED_MARK) if record.simulated else b""
    return struct.pack(">H", len(mark)) + mark
