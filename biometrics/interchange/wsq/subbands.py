"""Where the 64 subbands of a WSQ picture lie, and the filters that take it apart and put it together.

The picture is split into low and high frequencies along x and y, and most parts are split again. What high-pass
filtering and dropping every second sample leaves is upside down in frequency: when such a part is split, its high half
comes first (specification, 5.1 and figure 6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

Plane: TypeAlias = Float32[NDArray[np.float32], "height width"]
Lines: TypeAlias = Float32[NDArray[np.float32], "count length"]

_STRIP = 256
"""Rows; with four copies of as many floats a strip of a finger fits into a second-level cache."""

SUBBANDS = 64
CODED_SUBBANDS = 60
"""The last four, of the highest frequencies, are always zero."""

LEAST_SIDE = 17
"""Pixels; below, subbands are one sample wide, and what was split cannot be joined again."""

LOWPASS = (0.85269867900940344, 0.37740285561265380, -0.11062440441842342, -0.02384946501938000, 0.03782845550699546)
HIGHPASS = (0.78848561640566439, -0.41809227322221221, -0.04068941760955844, 0.06453888262893845)
"""Analysis filters from their centre outwards, both symmetric: the biorthogonal 9/7 pair that the specification's
certified encoders use (A. Cohen, I. Daubechies, J.-C. Feauveau, Comm. Pure Appl. Math. 45, 1992)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A rectangle of the coefficient plane, and whether its frequencies run backwards along x and y."""

    x: int
    y: int
    width: int
    height: int
    backwards_x: bool = False
    backwards_y: bool = False

    @property
    def area(self) -> int:
        """Number of coefficients."""
        return self.width * self.height

    @property
    def window(self) -> tuple[slice, slice]:
        """The rows and columns it occupies."""
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)

    def split(self) -> tuple[Band, Band, Band, Band]:
        """Return its quarters: top left, top right, bottom left, bottom right."""
        left = self.width // 2 if self.backwards_x else (self.width + 1) // 2
        top = self.height // 2 if self.backwards_y else (self.height + 1) // 2
        columns = ((self.x, left, False), (self.x + left, self.width - left, True))
        rows = ((self.y, top, False), (self.y + top, self.height - top, True))
        first, second, third, fourth = (
            Band(x=x, y=y, width=width, height=height, backwards_x=back_x, backwards_y=back_y)
            for y, height, back_y in rows
            for x, width, back_x in columns
        )
        return first, second, third, fourth


def coded_bands(width: int, height: int) -> tuple[Band, ...]:
    """Return the 60 subbands that are coded, in the order in which they are."""
    coarse, right, below, _ = Band(x=0, y=0, width=width, height=height).split()
    inner, inner_right, inner_below, inner_corner = coarse.split()
    sixteen = [band for quarter in inner.split() for band in quarter.split()]
    return (
        *sixteen[0].split(),
        *sixteen[1:],
        *(band for quarter in inner_right.split() for band in quarter.split()),
        *(band for quarter in inner_below.split() for band in quarter.split()),
        inner_corner,
        *right.split(),
        *below.split(),
    )


def _splits(width: int, height: int) -> Iterator[Band]:
    """Yield the parts that are split, the whole picture first."""
    whole = Band(x=0, y=0, width=width, height=height)
    coarse, right, below, _ = whole.split()
    inner, inner_right, inner_below, _ = coarse.split()
    yield from (whole, coarse, right, below, inner, inner_right, inner_below)
    for part in (inner, inner_right, inner_below):
        yield from part.split()
    yield inner.split()[0].split()[0]


def decompose(plane: Plane) -> Plane:
    """Return the subbands of a picture, each where `coded_bands` says.

    Parameters
    ----------
    plane
        float32 [height, width].
    """
    result = plane.copy()
    for band in _splits(plane.shape[1], plane.shape[0]):
        part = _in_strips(_analyse, result[band.window], backwards=band.backwards_x)
        result[band.window] = _in_strips(_analyse, part.T, backwards=band.backwards_y).T
    return result


def recompose(plane: Plane) -> Plane:
    """Return the picture that `decompose` took apart."""
    result = plane.copy()
    for band in reversed(tuple(_splits(plane.shape[1], plane.shape[0]))):
        part = _in_strips(_synthesise, result[band.window].T, backwards=band.backwards_y).T
        result[band.window] = _in_strips(_synthesise, part, backwards=band.backwards_x)
    return result


def _in_strips(transform: Callable[..., Lines], lines: Lines, *, backwards: bool) -> Lines:
    """Transform some rows at a time, so that what is needed in between stays small."""
    strips = range(0, len(lines), _STRIP)
    return np.concatenate([transform(lines[start : start + _STRIP], backwards=backwards) for start in strips])


def _analyse(lines: Lines, *, backwards: bool) -> Lines:
    """Split every row into low frequencies and high ones."""
    low = _filtered(lines, LOWPASS)[:, 0::2]
    high = _filtered(lines, HIGHPASS)[:, 1::2]
    return np.concatenate((high, low) if backwards else (low, high), axis=1)


def _synthesise(lines: Lines, *, backwards: bool) -> Lines:
    """Join the halves of every row; each filter is the other's analysis filter with every second sign changed."""
    length = lines.shape[1]
    count = length // 2 if backwards else (length + 1) // 2
    first, second = lines[:, :count], lines[:, count:]
    low, high = np.zeros_like(lines), np.zeros_like(lines)
    low[:, 0::2], high[:, 1::2] = (second, first) if backwards else (first, second)
    return _filtered(low, _alternating(HIGHPASS)) + _filtered(high, _alternating(LOWPASS))


def _alternating(taps: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(-tap if distance % 2 else tap for distance, tap in enumerate(taps))


def _filtered(lines: Lines, taps: tuple[float, ...]) -> Lines:
    """Filter every row symmetrically, mirrored at its first and last sample."""
    length, reach = lines.shape[1], len(taps) - 1
    if lines.size == 0:
        return lines.copy()
    wide = np.pad(lines, ((0, 0), (reach, reach)), mode="reflect")
    total = wide[:, reach : reach + length] * np.float32(taps[0])
    for distance in range(1, reach + 1):
        before = wide[:, reach - distance : reach - distance + length]
        total += (before + wide[:, reach + distance : reach + distance + length]) * np.float32(taps[distance])
    return total
