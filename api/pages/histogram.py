"""Histograms as SVG that stands in a page: a strip per group on one axis, lines where decisions fall."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

_WIDTH, _LEFT, _RIGHT = 480, 12, 468
_STRIP, _GAP, _FOOT, _LINE = 74, 14, 44, 16
_BINS = 57
_TICKS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One group of values, at least 0, drawn in one colour to a height of its own."""

    title: str
    color: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A value at which something is decided."""

    title: str
    value: float


def histogram_svg(strips: Sequence[Strip], lines: Sequence[Line], *, title: str, axis: str) -> str:
    """Return an SVG element; the axis is logarithmic in 1 + value, so that small and large values can both be seen."""
    largest = max([1.0, *(value for strip in strips for value in strip.values), *(line.value for line in lines)])
    full = math.log1p(largest * 1.05)
    top = _LINE * len(lines) + 12
    bottom = top + len(strips) * (_STRIP + _GAP) - _GAP
    drawn = "".join(_strip(strip, top + index * (_STRIP + _GAP), full) for index, strip in enumerate(strips))
    rulers = "".join(_ruler(index, line, full, bottom) for index, line in enumerate(lines))
    words = "; ".join(_in_words(strip) for strip in strips)
    height = bottom + _FOOT
    return (
        f'<svg class="histogram" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}: '
        f'{escape(words)}"><title>{escape(title)}</title>{rulers}{drawn}{_axis(full, bottom, axis)}</svg>'
    )


def _x(value: float, full: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * math.log1p(max(0.0, value)) / full


def _in_words(strip: Strip) -> str:
    if not strip.values:
        return f"{strip.title}: none"
    least, most = (f"{abs(value):.1f}" for value in (min(strip.values), max(strip.values)))  # no "-0.0"
    span = f"at {least}" if least == most else f"from {least} to {most}"
    return f"{strip.title}: {len(strip.values):,}, {span}"


def _strip(strip: Strip, top: float, full: float) -> str:
    places = np.log1p(np.maximum(0.0, np.asarray(strip.values)))
    counts, edges = np.histogram(places, bins=_BINS, range=(0.0, full))
    base, highest = top + _STRIP, max(1, counts.max())
    unit = (_RIGHT - _LEFT) / full
    bars = []
    for count, start, end in zip(counts, edges[:-1], edges[1:], strict=True):
        if count:
            tall = max(2.0, (_STRIP - 18) * count / highest)  # a single value among thousands must still be seen
            bars.append(
                f'<rect x="{_LEFT + start * unit:.1f}" y="{base - tall:.1f}" width="{(end - start) * unit - 0.8:.1f}" '
                f'height="{tall:.1f}"/>'
            )
    floor = f'<line x1="{_LEFT}" x2="{_RIGHT}" y1="{base}" y2="{base}" stroke="#bbb"/>'
    return (
        f'<text x="{_LEFT}" y="{top + 10}" class="strong">{escape(_in_words(strip))}</text>'
        f'{floor}<g fill="{strip.color}">{"".join(bars)}</g>'
    )


def _ruler(index: int, line: Line, full: float, bottom: float) -> str:
    x = _x(line.value, full)
    right = x > 0.75 * _WIDTH
    anchor, offset = ("end", -4) if right else ("start", 4)
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_LINE * index + 5}" y2="{bottom}" class="ruler"/>'
        f'<text x="{x + offset:.1f}" y="{_LINE * index + 15}" text-anchor="{anchor}" class="ruler-title">'
        f"{escape(line.title)}</text>"
    )


def _axis(full: float, bottom: float, title: str) -> str:
    marks = "".join(
        f'<text x="{_x(tick, full):.1f}" y="{bottom + 17}" text-anchor="middle">{tick}</text>'
        for tick in _TICKS
        if math.log1p(tick) <= full
    )
    return f'{marks}<text x="{_WIDTH / 2:.0f}" y="{bottom + 36}" text-anchor="middle">{escape(title)}</text>'
