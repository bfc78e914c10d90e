"""Images read from files, carefully: every kind of bad file ends in an `ImageFormatError` before it can do harm."""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biometrics.arrays import Pixels
from biometrics.errors import ImageFormatError
from biometrics.image_writing import SIMULATED_KEYWORD
from biometrics.interchange import finger_image_reading, minutiae_reading, wsq
from biometrics.interchange.finger_image_record import Compression, FingerImage
from biometrics.pictures import FORMATS, MOST_PIXELS, DecodedPicture, decode_picture
from biometrics.positions import Modality, Position

SUFFIXES = frozenset({
    ".png", ".jpg", ".jpeg", ".jp2", ".j2k", ".tif", ".tiff", ".bmp", ".pgm", ".ppm", ".webp", ".gif", ".wsq", ".fir",
})  # fmt: skip
"""File names that a folder is searched for; `.fir` are finger image records."""

MOST_BYTES = 200_000_000
"""An uncompressed 16-bit ten-print card at 1000 ppi has 128 MB."""

_COPY_AGAIN = "copy it again from its origin"

_ENCODED_FORMATS = ("PNG", "JPEG", "JPEG2000")
"""What a finger image record may hold besides WSQ and raw pixels."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImageFile:
    """A decoded image and the file it came from.

    Parameters
    ----------
    pixels
        uint8 [height, width] grey, or [height, width, 3] RGB, upright.
    ppi
        Resolution the file states, rounded to 0.1; None when it states none, or two that differ.
    data
        The file as received.
    sha256
        Digest of `data`, lower-case hexadecimal.
    notes
        What was converted on the way (16 bit, CMYK, transparency), and what is odd about the file.
    simulated
        True when the file carries the mark that Kura writes into simulated pictures.
    modality
        Finger where the format holds nothing else (WSQ, finger image records); None where it may hold anything.
    position
        Which finger a finger image record says it shows; unknown for every other file.
    """

    pixels: Pixels
    ppi: float | None
    data: bytes
    sha256: str
    notes: tuple[str, ...] = ()
    simulated: bool = False
    modality: Modality | None = None
    position: Position = Position.UNKNOWN


def read_image(path: Path) -> ImageFile:
    """Read and decode one image file.

    Raises
    ------
    ImageFormatError
        When the file is missing, empty, not an image, truncated, animated, too large, or of an unreadable kind.
    """
    return decode_image(read_file(path), source=str(path))


def read_file(path: Path) -> bytes:
    """Read the bytes of an image file without decoding them.

    Raises
    ------
    ImageFormatError
        When the file is missing, no regular file, too large, or cannot be read.
    """
    source = str(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ImageFormatError("not a file", source=source, remedy="name an image file")
        if status.st_size > MOST_BYTES:
            raise ImageFormatError(
                f"the file has {status.st_size / 1e6:.0f} MB, more than {MOST_BYTES / 1e6:.0f}",
                source=source,
                remedy="give a single image",
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise ImageFormatError("no such file", source=source, remedy="check the path") from None
    except (OSError, ValueError) as error:  # a ValueError is a path with a NUL
        reason = error.strerror if isinstance(error, OSError) else "impossible path"
        raise ImageFormatError(
            f"the file cannot be read: {reason}", source=source, remedy="check the path and its permissions"
        ) from error


def decode_image(data: bytes, *, source: str | None = None, most_pixels: int = MOST_PIXELS) -> ImageFile:
    """Decode an image held in memory: a picture, or a finger image record that holds one.

    It may declare `most_pixels`, WSQ and JPEG 2000 no more than they may anyway.

    Raises
    ------
    ImageFormatError
        As `read_image`.
    """
    modality: Modality | None = None
    position = Position.UNKNOWN
    try:
        if not data:
            raise ImageFormatError("the file is empty", remedy=_COPY_AGAIN)
        if data.startswith(minutiae_reading.START):
            raise ImageFormatError(
                "this is a minutiae record, not an image",
                remedy="kura inspect, kura convert, and kura verify without --person take such records",
            )
        if data.startswith((finger_image_reading.START, wsq.START)):
            modality = Modality.FINGER
        if data.startswith(finger_image_reading.START):
            picture, position = _only_picture(data, most_pixels)
        else:
            picture = _decode_encoded(data, most_pixels=most_pixels)
    except ImageFormatError as error:
        error.source = error.source or source
        raise error.advising(_COPY_AGAIN) from error.__cause__
    return ImageFile(
        pixels=picture.pixels,
        ppi=picture.ppi,
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
        notes=picture.notes,
        simulated=picture.simulated,
        modality=modality,
        position=position,
    )


def decode_finger_image(image: FingerImage, *, most_pixels: int = MOST_PIXELS) -> DecodedPicture:
    """Decode a picture of a finger image record, which states the resolution.

    Raises
    ------
    ImageFormatError
        As `read_image`.
    """
    if image.compression in (Compression.RAW, Compression.RAW_PACKED):
        return _raw_picture(image, most_pixels)
    try:
        picture = _decode_encoded(image.data, _ENCODED_FORMATS, most_pixels=most_pixels)
    except ImageFormatError as error:
        raise error.advising(_COPY_AGAIN) from error.__cause__
    height, width = picture.pixels.shape[:2]
    odd = f"the record says {image.width} x {image.height} pixels, its picture has {width} x {height}"
    notes = picture.notes if (width, height) == (image.width, image.height) else (*picture.notes, odd)
    return DecodedPicture(pixels=picture.pixels, ppi=image.ppi, notes=notes, simulated=picture.simulated)


def _only_picture(data: bytes, most_pixels: int) -> tuple[DecodedPicture, Position]:
    record = finger_image_reading.read_finger_image_record(data)
    if len(record.images) > 1:
        raise ImageFormatError(
            f"the file holds {len(record.images)} images", remedy="take one out with kura convert --view"
        )
    (image,) = record.images
    picture = decode_finger_image(image, most_pixels=most_pixels)
    notes = (*record.notes, *picture.notes)
    simulated = record.simulated or picture.simulated
    return DecodedPicture(pixels=picture.pixels, ppi=picture.ppi, notes=notes, simulated=simulated), image.position


def _raw_picture(image: FingerImage, most_pixels: int) -> DecodedPicture:
    if image.width * image.height > most_pixels:
        raise ImageFormatError(
            f"the image declares more than {most_pixels / 1e6:.0f} million pixels",
            remedy="crop it to one finger or slap",
        )
    if len(image.data) != image.width * image.height:
        raise ImageFormatError(
            f"the record holds {len(image.data)} raw pixels, not {image.width} x {image.height}",
            remedy=_COPY_AGAIN,
        )
    pixels = np.frombuffer(image.data, dtype=np.uint8).reshape(image.height, image.width).copy()
    return DecodedPicture(pixels=pixels, ppi=image.ppi)


def _decode_encoded(
    data: bytes, formats: tuple[str, ...] = FORMATS, *, most_pixels: int = MOST_PIXELS
) -> DecodedPicture:
    if not data.startswith(wsq.START):
        return decode_picture(data, formats, most_pixels=most_pixels)
    image = wsq.decode_wsq(data)
    marked = any(comment.startswith(SIMULATED_KEYWORD.encode()) for comment in image.comments)
    return DecodedPicture(pixels=image.pixels, ppi=image.ppi, simulated=marked)
