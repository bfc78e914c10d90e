"""Writing WSQ files (specification, sections 4 and 5, with the parameters of its second certified encoder)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from jaxtyping import Int32, UInt8, UInt16
from numpy.typing import NDArray

from biometrics.arrays import GrayPixels
from biometrics.errors import ImageFormatError
from biometrics.interchange.wsq.decoding import stated_ppi
from biometrics.interchange.wsq.huffman import Counts, HuffmanTable, best_table
from biometrics.interchange.wsq.kernels import pack, to_symbols
from biometrics.interchange.wsq.segments import Block, Frame, Quantiser, WsqFile, compose, parse, rounded, with_comments
from biometrics.interchange.wsq.subbands import (
    CODED_SUBBANDS,
    LEAST_SIDE,
    SUBBANDS,
    Band,
    Plane,
    coded_bands,
    decompose,
)

Coefficients: TypeAlias = Int32[NDArray[np.int32], " count"]
Symbols: TypeAlias = tuple[UInt8[NDArray[np.uint8], " symbols"], UInt16[NDArray[np.uint16], " symbols"]]

BITS_PER_PIXEL = 0.75
"""What the FBI asks for: about 15 to 1 on prints that fill the picture (specification, annex C)."""

_MOST_SIDE = 65535

_FIRST_BLOCK, _SECOND_BLOCK = 19, 52
"""Subbands are coded in three blocks: below, between, and from these on."""

_LEAST_VARIANCE = 1.01
"""Subbands of less are left out; variances of 1 and less have no logarithm to divide by."""

_WEIGHTS = {52: 1.32, 53: 1.08, 54: 1.42, 55: 1.08, 56: 1.32, 57: 1.42, 58: 1.08, 59: 1.08}
"""How much finer than their variance says the outer subbands are quantised (specification, annex C); 1 elsewhere."""

_CENTRE = 0.44
_ZERO_BIN = 1.2
"""Width of the zero bin in bins."""

_MOST_COEFFICIENT = 65535
_WIDEST_BIN = 50_000.0
"""What the two bytes of either number can hold, with a zero bin 1.2 times as wide."""


def encode_wsq(pixels: GrayPixels, ppi: float | None = None, *, comments: Sequence[bytes] = ()) -> bytes:
    """Compress a grey picture as a WSQ file.

    Parameters
    ----------
    pixels
        uint8 [height, width].
    ppi
        Pixels per inch, written as a NIST comment and rounded to a whole number; the format has no field for it.
    comments
        More comments, before it.

    Raises
    ------
    ImageFormatError
        When a side is below 17 or above 65,535 pixels.
    """
    height, width = pixels.shape
    if min(pixels.shape) < LEAST_SIDE or max(pixels.shape) > _MOST_SIDE:
        raise ImageFormatError(
            f"WSQ cannot hold {width} x {height} pixels",
            remedy=f"give a picture of {LEAST_SIDE} to {_MOST_SIDE} pixels a side, or another format",
        )
    frame = _frame(pixels)
    plane = decompose((pixels.astype(np.float32) - np.float32(frame.shift)) / np.float32(frame.scale))
    bands = coded_bands(width, height)
    quantiser = _quantiser(_variances(plane, bands))
    blocks = _blocks(plane, bands, quantiser)
    said = (*comments, _nist_comment(width, height, ppi))
    return compose(WsqFile(frame=frame, quantiser=quantiser, blocks=blocks, comments=said))


def annotate_wsq(data: bytes, ppi: float | None = None, *, comments: Sequence[bytes] = ()) -> bytes:
    """Return a WSQ file that says more, its picture left as it is coded: every pass of compression loses something.

    Parameters
    ----------
    data
        A WSQ file; what it says already stays, but the first that is said counts, for NIST's software too.
    ppi
        Pixels per inch, written unless the file says the same; None leaves what it says.
    comments
        More comments, before the resolution.

    Raises
    ------
    ImageFormatError
        When it is no WSQ file.
    """
    file = parse(data)
    said = list(comments)
    if ppi is not None and round(ppi) != stated_ppi(file.comments):
        said.append(_nist_comment(file.frame.width, file.frame.height, ppi))
    return with_comments(data, said)


def _frame(pixels: GrayPixels) -> Frame:
    """Return level and scale that bring the picture to -128 to 128 around its mean; a uniform one to zero."""
    height, width = pixels.shape
    shift = rounded(float(pixels.mean()))
    scale = max(shift - float(pixels.min()), float(pixels.max()) - shift) / 128
    return Frame(width=width, height=height, shift=shift, scale=rounded(max(scale, 1 / 128)))


def _variances(plane: Plane, bands: Sequence[Band]) -> list[float]:
    """Return the subbands' variances in the middle of the picture; in all of it where little is there."""
    inner = [_variance(plane[_middle(band).window]) for band in bands]
    if sum(inner[:4]) >= 20_000:
        return inner
    return [_variance(plane[band.window]) for band in bands]


def _middle(band: Band) -> Band:
    return Band(
        x=band.x + band.width // 8,
        y=band.y + 9 * band.height // 32,
        width=3 * band.width // 4,
        height=7 * band.height // 16,
    )


def _variance(part: Plane) -> float:
    return float(part.var(ddof=1, dtype=np.float64)) if part.size > 1 else 0.0


def _quantiser(variances: Sequence[float]) -> Quantiser:
    """Return the bins that bring the picture to the wanted bits per pixel (specification, annex C).

    Relative widths come from the variances; their common factor from the bits that are left for the subbands that
    are worth any.
    """
    kept = [band for band in range(CODED_SUBBANDS) if variances[band] >= _LEAST_VARIANCE]
    relative = {band: 1.0 if band < 4 else 10 / (_WEIGHTS.get(band, 1.0) * math.log(variances[band])) for band in kept}
    share = {band: 1 / 1024 if band < 4 else (1 / 256 if band < 51 else 1 / 16) for band in kept}
    worth, factor = kept, 1.0
    while worth:
        total = sum(share[band] for band in worth)
        spread = sum(share[band] * math.log(math.sqrt(variances[band]) / relative[band]) for band in worth)
        factor = 2 ** (BITS_PER_PIXEL / total - 1) / 2.5 / math.exp(spread / total)
        still = [band for band in worth if relative[band] / factor < 5 * math.sqrt(variances[band])]
        if len(still) == len(worth):
            break
        worth = still
    bins = [rounded(min(relative[band] / factor, _WIDEST_BIN)) if band in relative else 0.0 for band in range(SUBBANDS)]
    zero_bins = tuple(rounded(_ZERO_BIN * width) for width in bins)
    return Quantiser(centre=_CENTRE, bins=tuple(bins), zero_bins=zero_bins)


def _blocks(plane: Plane, bands: Sequence[Band], quantiser: Quantiser) -> tuple[Block, ...]:
    """Return the three blocks of code; the second and third share a table."""
    nothing = np.zeros(0, dtype=np.int32)
    widths = zip(bands, quantiser.bins, quantiser.zero_bins, strict=False)
    numbers = [_quantised(plane[band.window], *bins) if bins[0] > 0 else nothing for band, *bins in widths]
    parts = (numbers[:_FIRST_BLOCK], numbers[_FIRST_BLOCK:_SECOND_BLOCK], numbers[_SECOND_BLOCK:])
    first, second, third = (_to_symbols(np.concatenate(part)) for part in parts)
    coarse, fine = best_table(_counted(first)), best_table(_counted(second) + _counted(third))
    return (coarse, _packed(first, coarse)), (fine, _packed(second, fine)), (fine, _packed(third, fine))


def _quantised(part: Plane, width: float, zero_width: float) -> Coefficients:
    size = np.floor((np.abs(part).astype(np.float64) - zero_width / 2) / width) + 1
    limited = np.clip(size, 0, _MOST_COEFFICIENT)
    return np.ravel(np.where(part < 0, -limited, limited)).astype(np.int32)


def _to_symbols(coefficients: Coefficients) -> Symbols:
    symbols = np.empty(len(coefficients) + 1, dtype=np.uint8)
    extras = np.empty(len(coefficients) + 1, dtype=np.uint16)
    count = to_symbols(coefficients, symbols, extras)
    return symbols[:count], extras[:count]


def _counted(symbols: Symbols) -> Counts:
    return np.bincount(symbols[0], minlength=256).astype(np.int64)


def _packed(symbols: Symbols, table: HuffmanTable) -> bytes:
    packed = np.empty(4 * len(symbols[0]) + 1, dtype=np.uint8)
    return packed[: pack(*symbols, *table.codes(), packed)].tobytes()


def _nist_comment(width: int, height: int, ppi: float | None) -> bytes:
    """Return the attributes that NIST's software writes, and reads the resolution from."""
    attributes = (
        f"PIX_WIDTH {width}",
        f"PIX_HEIGHT {height}",
        "PIX_DEPTH 8",
        f"PPI {-1 if ppi is None else round(ppi)}",
        "LOSSY 1",
        "COLORSPACE GRAY",
        "COMPRESSION WSQ",
        f"WSQ_BITRATE {BITS_PER_PIXEL:f}",
    )
    return "\n".join((f"NIST_COM {len(attributes) + 1}", *attributes)).encode()
