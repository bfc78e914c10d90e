"""Reading WSQ files: every field is checked before anything is built on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from biometrics.arrays import GrayPixels
from biometrics.errors import ImageFormatError
from biometrics.interchange.wsq.kernels import BROKEN, TOO_MANY, decode_symbols
from biometrics.interchange.wsq.segments import WsqFile, parse
from biometrics.interchange.wsq.subbands import Plane, coded_bands, recompose

MOST_PIXELS = 25_000_000
"""A ten-print card at the 500 ppi that WSQ is made for has 16 million."""

_MOST_STATED_PPI = 10_000  # NIST's software writes -1 where it does not know


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WsqImage:
    """A decoded WSQ file.

    Parameters
    ----------
    pixels
        uint8 [height, width] grey levels.
    ppi
        Pixels per inch that a NIST comment states; None without one. The format itself has no field for it.
    comments
        All comments, as received.
    """

    pixels: GrayPixels
    ppi: float | None
    comments: tuple[bytes, ...]


def decode_wsq(data: bytes) -> WsqImage:
    """Decode a WSQ file.

    Raises
    ------
    ImageFormatError
        When it is no WSQ file, truncated, damaged, too large, or uses filters other than the specification's.
    """
    file = parse(data)
    if file.frame.width * file.frame.height > MOST_PIXELS:
        raise ImageFormatError(
            f"the WSQ file declares more than {MOST_PIXELS / 1e6:.0f} million pixels",
            remedy="crop it to one finger or slap",
        )
    levels = recompose(_coefficients(file))
    levels *= np.float32(file.frame.scale)
    levels += np.float32(file.frame.shift)
    pixels = np.rint(np.clip(levels, 0, 255, out=levels), out=levels).astype(np.uint8)
    return WsqImage(pixels=pixels, ppi=stated_ppi(file.comments), comments=file.comments)


def _coefficients(file: WsqFile) -> Plane:
    """Return the wavelet coefficients, each in its subband's place (specification, 5.3)."""
    frame, quantiser = file.frame, file.quantiser
    bands = [
        (band, bin_width, zero_width)
        for band, bin_width, zero_width in zip(
            coded_bands(frame.width, frame.height), quantiser.bins, quantiser.zero_bins, strict=False
        )
        if bin_width > 0
    ]
    numbers = np.zeros(sum(band.area for band, _, _ in bands), dtype=np.int32)
    filled = 0
    for table, code in file.blocks:
        filled, ended = decode_symbols(np.frombuffer(bytearray(code), dtype=np.uint8), *table.lookup(), numbers, filled)
        if ended == BROKEN:
            raise ImageFormatError("the WSQ file is damaged: its bits are no code")
        if ended == TOO_MANY:
            raise ImageFormatError("the WSQ file is damaged: it holds more than its size")
    if filled < len(numbers):
        raise ImageFormatError("the WSQ file is truncated")
    plane = np.zeros((frame.height, frame.width), dtype=np.float32)
    start = 0
    for band, bin_width, zero_width in bands:
        part = numbers[start : start + band.area].reshape(band.height, band.width)
        size = (np.abs(part) - quantiser.centre) * bin_width + zero_width / 2
        plane[band.window] = np.where(part == 0, 0.0, np.sign(part) * size)
        start += band.area
    return plane


def stated_ppi(comments: tuple[bytes, ...]) -> float | None:
    """Return what a comment says that lists attributes as NIST's software does: a word and its value a line."""
    for comment in comments:
        lines = comment.split(b"\n") if comment.startswith(b"NIST_COM") else []
        values = [line.split()[1] for line in lines if line.startswith(b"PPI ") and len(line.split()) == 2]
        stated = [int(value) for value in values if value.isdigit() and len(value) <= 5]
        if stated and 1 < stated[0] <= _MOST_STATED_PPI:
            return float(stated[0])
    return None
