"""Grey pictures as files, in every format that fingerprints are exchanged in."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable

from PIL import Image

from biometrics.arrays import GrayPixels
from biometrics.image_writing import SIMULATED_KEYWORD, encode_jpeg, encode_png
from biometrics.interchange.finger_image_record import Compression
from biometrics.interchange.wsq import annotate_wsq, encode_wsq

LOSSY_RATIO = 10
"""Compression of lossy JPEG 2000, as NIST's profile for 1000 ppi prints asks for (Special Publication 500-289)."""

_JPEG_QUALITY = 95
"""Of 100; at 90 and below, blocks of 8 pixels, as wide as a ridge, begin to show."""

_MARK = f"{SIMULATED_KEYWORD}: shows no person's finger"


def encode_finger(
    pixels: GrayPixels, compression: Compression, ppi: float | None = None, *, simulated: bool = False
) -> bytes:
    """Return a grey picture as bytes that begin as its compression asks for.

    The resolution is written where the format has a place for it: PNG, WSQ (as a NIST comment), and JPEG 2000. The
    mark of simulated pictures is written into everything but raw pixels.

    Parameters
    ----------
    pixels
        uint8 [height, width].
    compression
        Raw pixels, or an encoding; lossy JPEG 2000 is compressed 10 to 1, WSQ about 15 to 1.
    ppi
        Pixels per inch.
    simulated
        Whether nobody is shown.

    Raises
    ------
    ImageFormatError
        When the format cannot hold a picture of this size.
    """
    return _ENCODERS[compression](pixels, ppi, simulated)


def relabel_wsq(data: bytes, ppi: float | None = None, *, simulated: bool = False) -> bytes:
    """Return a WSQ file with resolution and mark as `encode_finger` writes them, without coding its picture again.

    Parameters
    ----------
    data
        A WSQ file.
    ppi
        Pixels per inch; None leaves what the file says.
    simulated
        Add the mark; False leaves what the file says.

    Raises
    ------
    ImageFormatError
        When it is no WSQ file.
    """
    return annotate_wsq(data, ppi, comments=_marks(simulated=simulated))


def _raw(pixels: GrayPixels, ppi: float | None, simulated: bool) -> bytes:
    return pixels.tobytes()


def _wsq(pixels: GrayPixels, ppi: float | None, simulated: bool) -> bytes:
    return encode_wsq(pixels, ppi, comments=_marks(simulated=simulated))


def _marks(*, simulated: bool) -> tuple[bytes, ...]:
    return (_MARK.encode(),) if simulated else ()


def _jpeg(pixels: GrayPixels, ppi: float | None, simulated: bool) -> bytes:
    return encode_jpeg(Image.fromarray(pixels), quality=_JPEG_QUALITY, simulated=simulated)


def _png(pixels: GrayPixels, ppi: float | None, simulated: bool) -> bytes:
    return encode_png(pixels, ppi, simulated=simulated)


def _jpeg2000(pixels: GrayPixels, ppi: float | None, simulated: bool, *, ratio: int = 1) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(
        buffer,
        "JPEG2000",
        irreversible=ratio > 1,
        quality_mode="rates",
        quality_layers=[ratio],
        comment=_MARK if simulated else None,
    )
    data = buffer.getvalue()
    return data if ppi is None else _with_resolution(data, ppi)


def _jpeg2000_lossy(pixels: GrayPixels, ppi: float | None, simulated: bool) -> bytes:
    return _jpeg2000(pixels, ppi, simulated, ratio=LOSSY_RATIO)


_ENCODERS: dict[Compression, Callable[[GrayPixels, float | None, bool], bytes]] = {
    Compression.RAW: _raw,
    Compression.RAW_PACKED: _raw,
    Compression.WSQ: _wsq,
    Compression.JPEG: _jpeg,
    Compression.JPEG2000_LOSSY: _jpeg2000_lossy,
    Compression.JPEG2000_LOSSLESS: _jpeg2000,
    Compression.PNG: _png,
}


def _with_resolution(data: bytes, ppi: float) -> bytes:
    """Put a capture resolution into the header box of a JP2 file (ISO/IEC 15444-1, I.5.3.7), which Pillow cannot."""
    pixels, exponent = round(100 * ppi), 2  # a metre has 100 * ppi / 254 * 10**2 pixels
    while pixels > 0xFFFF:
        pixels, exponent = round(pixels / 10), exponent + 1
    capture = struct.pack(">I4s4H2B", 18, b"resc", pixels, 254, pixels, 254, exponent, exponent)
    resolution = struct.pack(">I4s", 8 + len(capture), b"res ") + capture
    start = data.index(b"jp2h") - 4
    length = int.from_bytes(data[start : start + 4], "big")
    header = (length + len(resolution)).to_bytes(4, "big") + data[start + 4 : start + length] + resolution
    return data[:start] + header + data[start + length :]
