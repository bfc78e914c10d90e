"""Writing finger image records strictly: what a standard cannot say is refused, not bent."""

from __future__ import annotations

import struct
from collections import Counter

from biometrics.errors import ImageFormatError
from biometrics.interchange.codes import SIMULATED_MARK, UNKNOWN_DATE
from biometrics.interchange.extended import extended_block
from biometrics.interchange.finger_image_record import (
    Compression,
    FingerImage,
    FingerImageRecord,
    FingerImageStandard,
)

_PER_INCH = 1
_DEPTH = 8
_NOT_REPORTED = 254
_COMMENT_TYPE = 0x0003
"""Type of extended data that hold a comment (ISO/IEC 19794-4:2011, 8.4)."""

_MOST_IMAGES = 255
_MOST_OF_A_FINGER = 16

_ACQUISITION_LEVELS = ((1000, 40), (500, 30), (250, 20), (0, 10))
"""Levels of ISO/IEC 19794-4:2005, table 1, by the least ppi they ask for; none that asks for a certified scanner."""


def write_finger_image_record(record: FingerImageRecord) -> bytes:
    """Return a record as bytes, resolutions as whole pixels per inch.

    Raises
    ------
    ImageFormatError
        When its standard cannot say it: a picture without a resolution, more than 16 of a finger or 255 in all, raw
        pixels of another number than the size says, and in the edition of 2005 pictures that differ in resolution or
        compression, or raw pixels of a simulated finger, which have no place for the mark.
    """
    _check(record.images)
    if record.standard is FingerImageStandard.ISO_2005:
        return _iso_2005(record)
    return _iso_2011(record)


def _check(images: tuple[FingerImage, ...]) -> None:
    most = max(Counter(image.position for image in images).values())
    if len(images) > _MOST_IMAGES or most > _MOST_OF_A_FINGER:
        raise ImageFormatError(
            f"{len(images)} pictures, {most} of one finger, do not fit into a finger image record",
            remedy="write several records",
        )
    for image in images:
        raw = image.compression in (Compression.RAW, Compression.RAW_PACKED)
        if raw and len(image.data) != image.width * image.height:
            raise ImageFormatError(f"{len(image.data)} raw pixels are not {image.width} x {image.height}")
        if image.ppi is None or not 1 <= round(image.ppi) <= 0xFFFF:
            raise ImageFormatError("a finger image record must say its resolution", remedy="give it with --ppi")


def _iso_2005(record: FingerImageRecord) -> bytes:
    first = record.images[0]
    if len({(image.ppi, image.compression) for image in record.images}) > 1:
        raise ImageFormatError(
            "pictures of a record of 2005 share one resolution and compression", remedy="write the edition of 2011"
        )
    if record.simulated and first.compression in (Compression.RAW, Compression.RAW_PACKED):
        raise ImageFormatError(
            "raw pixels in a record of 2005 cannot say that they are simulated", remedy="compress them as png"
        )
    counts = Counter(image.position for image in record.images)
    parts = []
    for number, image in _numbered(record.images):
        quality = _NOT_REPORTED if image.quality is None else image.quality
        place = (image.position.iso_code, counts[image.position], number + 1, quality, image.impression.value)
        head = struct.pack(">5BHHB", *place, image.width, image.height, 0)
        parts.append(struct.pack(">I", 4 + len(head) + len(image.data)) + head + image.data)
    body = b"".join(parts)
    ppi = round(first.ppi or 0)
    level = next(level for least, level in _ACQUISITION_LEVELS if ppi >= least)
    head = struct.pack(">HHBB4H", 0, level, len(counts), _PER_INCH, *[ppi] * 4)
    head += struct.pack(">BBH", _DEPTH, first.compression.value, 0)
    return b"FIR\x00010\x00" + (14 + len(head) + len(body)).to_bytes(6, "big") + head + body


def _iso_2011(record: FingerImageRecord) -> bytes:
    mark = extended_block(_COMMENT_TYPE, SIMULATED_MARK) if record.simulated else b""
    parts = []
    for number, image in _numbered(record.images):
        ppi = round(image.ppi or 0)
        quality = b"\x00" if image.quality is None else struct.pack(">BBHH", 1, image.quality, 0, 0)
        place = struct.pack(">3B4H", image.position.iso_code, number, _PER_INCH, *[ppi] * 4)
        kind = struct.pack(">3B", _DEPTH, image.compression.value, image.impression.value)
        size = struct.pack(">HHI", image.width, image.height, len(image.data))
        body = UNKNOWN_DATE + bytes(5) + quality + place + kind + size + image.data + mark
        parts.append(struct.pack(">I", 4 + len(body)) + body)
    body = b"".join(parts)
    fingers = len({image.position for image in record.images})
    return b"FIR\x00020\x00" + struct.pack(">IHBB", 16 + len(body), len(parts), 0, fingers) + body


def _numbered(images: tuple[FingerImage, ...]) -> list[tuple[int, FingerImage]]:
    """Return the pictures with their numbers: 0 for the first of a finger, 1 for the second."""
    return [
        (sum(earlier.position is image.position for earlier in images[:index]), image)
        for index, image in enumerate(images)
    ]
