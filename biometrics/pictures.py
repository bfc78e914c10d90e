"""Pictures that Pillow decodes, carefully: a bad file ends in an `ImageFormatError` before it can do harm."""

from __future__ import annotations

import io
import logging
import struct
import warnings
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from biometrics.arrays import Pixels
from biometrics.errors import ImageFormatError
from biometrics.image_writing import is_marked
from biometrics.jpeg_walk import START as JPEG_START
from biometrics.jpeg_walk import require_modest_jpeg

FORMATS = ("PNG", "JPEG", "JPEG2000", "TIFF", "BMP", "PPM", "WEBP", "GIF")

MOST_PIXELS = 100_000_000
"""A ten-print card at 1000 ppi has 64 million; a declared 30,000 x 30,000 is refused before decoding."""

_JPEG2000_SAMPLES = 100_000_000
"""Levels of all colours together: the decoder keeps each as 32 bits, so a picture of so many takes 400 MB."""

_MOST_SCANNER_BITS = 14
"""Sensors deliver up to so many bits; a picture that fills no more of 16 is theirs."""

# What a damaged file makes Pillow's decoders raise, found by fuzzing them; all of it means one thing here.
_DECODER_FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)

# Pillow logs what it reads in files (names and dates in tags too) and prints its complaints where nobody configured
# logging. Every failure of its becomes an error here; the rest must not be told.
logging.getLogger("PIL").setLevel(logging.CRITICAL)

_SIXTEEN_BIT_MODES = ("I;16", "I;16B", "I;16L", "I;16N")
_GRAY_MODES = ("1", "L", "LA")
_COLOR_MODES = ("RGB", "RGBA", "RGBX", "P", "PA", "CMYK", "YCbCr", "La", "RGBa", "LAB", "HSV")

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture upright, by the value of EXIF's orientation tag."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DecodedPicture:
    """A decoded picture and what its file says about it.

    Parameters
    ----------
    pixels
        uint8 [height, width] grey, or [height, width, 3] RGB, upright.
    ppi
        Resolution the file states, rounded to 0.1; None when it states none, or two that differ.
    notes
        What was converted on the way (16 bit, CMYK, transparency), and what could not be read.
    simulated
        True when the file carries the mark that Kura writes into simulated pictures.
    """

    pixels: Pixels
    ppi: float | None
    notes: tuple[str, ...] = ()
    simulated: bool = False


def decode_picture(
    data: bytes, formats: tuple[str, ...] = FORMATS, *, most_pixels: int = MOST_PIXELS
) -> DecodedPicture:
    """Decode a picture of one of Pillow's formats that declares no more than so many pixels.

    Raises
    ------
    ImageFormatError
        When it is not an image of these formats, truncated, animated, too large, or of an unreadable kind.
    """
    if data.startswith(JPEG_START):
        require_modest_jpeg(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own size warning; the check is ours, and refuses
            image = Image.open(io.BytesIO(data), formats=formats)
            _refuse_unsuitable(image, most_pixels)
            ppi = _stated_ppi(image)
            pixels, notes = _decode(image)
            # Looked for once all is read: whoever saved the file again may have moved the mark behind the pixels.
            return DecodedPicture(pixels=pixels, ppi=ppi, notes=notes, simulated=is_marked(image))
    except Image.DecompressionBombError as error:
        raise _too_large(most_pixels) from error
    except UnidentifiedImageError as error:
        raise ImageFormatError(
            "this is not an image Kura reads", remedy=f"give one of {', '.join((*formats, 'WSQ'))}"
        ) from error
    except MemoryError as error:
        raise ImageFormatError(
            "there is not enough memory to decode the image", remedy="give a smaller image"
        ) from error
    except _DECODER_FAILURES as error:
        raise ImageFormatError("the image is truncated or damaged", remedy="copy it again from its origin") from error


def _refuse_unsuitable(image: Image.Image, most_pixels: int) -> None:
    width, height = image.size
    most = most_pixels if image.format != "JPEG2000" else min(most_pixels, _JPEG2000_SAMPLES // len(image.getbands()))
    if width * height > most:
        raise _too_large(most)
    # A phone's multi-picture JPEG carries previews behind its picture; every other sequence is ambiguous.
    # They are not counted: that would mean to read a file of a million pages to its end.
    if getattr(image, "is_animated", False) and image.format != "MPO":
        raise ImageFormatError(
            "the file holds several images", remedy="give one still image, not an animation or pages"
        )


def _too_large(most: int) -> ImageFormatError:
    return ImageFormatError(
        f"the image declares more than {most / 1e6:.0f} million pixels",
        remedy="crop it to one finger, slap or portrait",
    )


def _stated_ppi(image: Image.Image) -> float | None:
    stated = image.info.get("dpi")
    if stated is None:
        return None
    horizontal, vertical = float(stated[0]), float(stated[1])
    if not (np.isfinite([horizontal, vertical]).all() and min(horizontal, vertical) > 1):  # 1 is TIFF's "no unit"
        return None
    square = abs(horizontal - vertical) <= 0.01 * horizontal
    return round(horizontal, 1) if square else None


def _decode(image: Image.Image) -> tuple[Pixels, tuple[str, ...]]:
    image.load()
    mode = image.mode
    # A PGM file of more than 8 bits opens as 32 bits, scaled by Pillow to 0-65535. In other formats "I" has no known
    # white.
    sixteen_bits = mode in _SIXTEEN_BIT_MODES or (mode == "I" and image.format == "PPM")
    if not sixteen_bits and mode not in _GRAY_MODES + _COLOR_MODES:
        raise ImageFormatError(f"pixels of kind {mode!r} are not supported", remedy="convert it to 8-bit grey or RGB")
    upright, notes = _turned_upright(image)
    if sixteen_bits:
        pixels, how = _eight_bits(np.asarray(upright, dtype=np.uint16))
        return pixels, (*notes, how)
    if upright.has_transparency_data:
        notes.append("transparency laid over white")
        upright = _over_white(upright)
    if mode == "CMYK":
        notes.append("CMYK converted to RGB without a colour profile")
    flat = upright.convert("L" if mode in _GRAY_MODES else "RGB")
    return np.array(flat, dtype=np.uint8), tuple(notes)


def _over_white(image: Image.Image) -> Image.Image:
    layer = image if image.mode == "RGBA" else image.convert("RGBA")
    white = Image.new("RGB", layer.size, "white")
    white.paste(layer, mask=layer)
    return white


def _turned_upright(image: Image.Image) -> tuple[Image.Image, list[str]]:
    # Pillow's own function also writes the other tags anew, and fails on good pictures whose cameras wrote odd ones.
    try:
        turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    except _DECODER_FAILURES:
        return image, ["what the camera wrote (EXIF) cannot be read; the picture is taken as it lies"]
    return (image if turn is None else image.transpose(turn)), []


def _eight_bits(levels: NDArray[np.uint16]) -> tuple[Pixels, str]:
    # Some scanners' software stores 8 to 14 bits in a 16-bit file; read as 16 bits they would be a black page.
    bits = max(8, int(levels.max()).bit_length())
    if bits <= _MOST_SCANNER_BITS:
        return (levels >> (bits - 8)).astype(np.uint8), f"16-bit file holding {bits}-bit levels"
    return ((levels.astype(np.uint32) + 128) // 257).astype(np.uint8), "16-bit grey reduced to 8 bits"
