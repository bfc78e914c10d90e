"""Reading minutiae records tolerantly: what can be understood is, with a note; what cannot is refused."""

from __future__ import annotations

import math

import numpy as np

from biometrics.arrays import Values
from biometrics.errors import TemplateError
from biometrics.interchange.codes import Impression, position_of
from biometrics.interchange.minutiae_layouts import RawRecord, RawView, Rows, Scan, parse_layout
from biometrics.interchange.minutiae_record import FingerView, MinutiaeRecord, MinutiaeStandard
from biometrics.positions import Position
from biometrics.samples import HIGHEST_PPI, LOWEST_PPI
from biometrics.templates import TEMPLATE_PPI, TYPE_BIFURCATION, TYPE_OTHER, MinutiaSet

START = b"FMR\x00"
"""What every minutiae record begins with."""

_CANDIDATES = {
    b" 20\x00": (MinutiaeStandard.ISO_2005, MinutiaeStandard.ANSI_2004),
    b"030\x00": (MinutiaeStandard.ISO_2011, MinutiaeStandard.ANSI_2009),
    b"035\x00": (MinutiaeStandard.ANSI_2009,),  # its first amendment, of the same layout
}
"""Which standards use a version number. Two use the same: which one it is shows in where the lengths fit."""

_SAME_VERSION = _CANDIDATES[b" 20\x00"]

_CENTIMETRES_PER_INCH = 2.54

_CLOSE_TO_500 = 0.005
"""Relative; 197 pixels per centimetre, as 500 per inch is rounded, deviates by 0.08 %."""

_ANSI = (MinutiaeStandard.ANSI_2004, MinutiaeStandard.ANSI_2009)
_ANSI_CONTACTLESS = 9  # of the 2004 standard


def read_minutiae_record(data: bytes) -> MinutiaeRecord:
    """Read a finger minutiae record of ISO/IEC 19794-2:2005 or 2011, or ANSI INCITS 378-2004 or 2009.

    Coordinates come back in pixels at 500 ppi. Extended data are left out. Lengths that disagree with a content that
    is all there, missing extended data, minutiae outside the declared image, and codes that a standard reserves are
    noted.

    Raises
    ------
    TemplateError
        When it is none, ends within a field, holds no finger, or states a resolution that no scanner has.
    """
    if not data.startswith(START):
        raise TemplateError("this is not a minutiae record", remedy="give one of ISO/IEC 19794-2 or ANSI INCITS 378")
    standards = _CANDIDATES.get(data[4:8])
    if standards is None:
        raise TemplateError(
            f"minutiae records of version {data[4:8]!r} are not supported",
            remedy="give one of ISO/IEC 19794-2:2005 or 2011, or of ANSI INCITS 378-2004 or 2009",
        )
    if standards == _SAME_VERSION and any(data[8:10]):
        standards = standards[::-1]  # ISO's length has four bytes, of which two are zero, and ANSI's usually two
    raw = _best_reading(data, standards)
    views = tuple(_view(view, raw) for view in raw.views)
    notes = tuple(dict.fromkeys(raw.notes))
    return MinutiaeRecord(standard=raw.standard, views=views, notes=notes, simulated=raw.simulated)


def _best_reading(data: bytes, standards: tuple[MinutiaeStandard, ...]) -> RawRecord:
    """Return the reading whose lengths agree with the content, else the first that is possible at all."""
    readings, failures = [], []
    for standard in standards:
        try:
            reading = parse_layout(data, standard)
        except TemplateError as error:
            failures.append(error)
            continue
        if reading.whole:
            return reading
        readings.append(reading)
    if not readings:
        raise failures[0].advising("copy it again from its origin")
    return readings[0]


def _view(raw: RawView, record: RawRecord) -> FingerView:
    position = position_of(raw.position)
    if position is None:
        record.notes.append(f"position {raw.position} is no finger's; taken for unknown")
    impression = Impression.from_code(raw.impression)
    if record.standard is MinutiaeStandard.ANSI_2004 and raw.impression == _ANSI_CONTACTLESS:
        impression = Impression.LIVE_CONTACTLESS
    return FingerView(
        position=position or Position.UNKNOWN,
        minutiae=_minutiae(raw, record),
        impression=impression,
        quality=raw.quality if 1 <= raw.quality <= 100 else None,
    )


def _minutiae(raw: RawView, record: RawRecord) -> MinutiaSet:
    rows, (scale_x, scale_y) = raw.minutiae, _scales(raw.scan)
    x = ((rows[:, 0] & 0x3FFF) * scale_x).astype(np.float32)
    y = ((rows[:, 1] & 0x3FFF) * scale_y).astype(np.float32)
    width, height = _size(raw.scan.width * scale_x, x), _size(raw.scan.height * scale_y, y)
    if width > math.ceil(raw.scan.width * scale_x) or height > math.ceil(raw.scan.height * scale_y):
        record.notes.append("minutiae lie outside the declared image; it is taken to be larger")
    kind = (rows[:, 0] >> 14).astype(np.uint8)
    if (kind > TYPE_BIFURCATION).any():
        record.notes.append("minutiae of a reserved type are taken for unknown")
    return MinutiaSet(
        x=x,
        y=y,
        angle=_angles(rows, record, scale_x, scale_y),
        kind=np.where(kind > TYPE_BIFURCATION, TYPE_OTHER, kind).astype(np.uint8),
        quality=np.where(rows[:, 3] <= 100, rows[:, 3], 0).astype(np.uint8),  # 254 and 255 say that there is none
        width=width,
        height=height,
    )


def _scales(scan: Scan) -> tuple[float, float]:
    """Return by what x and y are multiplied to be pixels at 500 ppi."""
    ppi = [resolution * _CENTIMETRES_PER_INCH for resolution in (scan.across, scan.down)]
    if not all(LOWEST_PPI <= one <= HIGHEST_PPI for one in ppi):
        raise TemplateError(
            f"the minutiae record states {scan.across} x {scan.down} pixels per centimetre, which no scanner has",
            remedy="have it written anew with the true resolution, usually 197",
        )
    scale_x, scale_y = (1.0 if abs(one / TEMPLATE_PPI - 1) <= _CLOSE_TO_500 else TEMPLATE_PPI / one for one in ppi)
    return scale_x, scale_y


def _size(declared: float, coordinates: Values) -> int:
    outermost = int(coordinates.max()) + 1 if len(coordinates) else 1
    return max(math.ceil(declared), outermost)


def _angles(rows: Rows, record: RawRecord, scale_x: float, scale_y: float) -> Values:
    """Return angles in radians; where pixels are not square, as they are once they are."""
    units = 180 if record.standard in _ANSI else 256
    if (rows[:, 2] >= units).any():
        record.notes.append("angles of more than a full turn are taken modulo it")
    angle = (rows[:, 2] % units) * (2 * np.pi / units)
    if scale_x != scale_y:
        angle = np.arctan2(np.sin(angle) * scale_y, np.cos(angle) * scale_x)
    turned = np.mod(angle, 2 * np.pi).astype(np.float32)
    return np.where(turned >= 2 * np.pi, 0, turned).astype(np.float32)
