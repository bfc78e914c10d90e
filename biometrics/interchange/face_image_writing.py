"""Writing face image records of ISO/IEC 19794-5:2011; what is not known about a face is written as unspecified."""

from __future__ import annotations

import struct

from biometrics.errors import ImageFormatError
from biometrics.interchange.codes import UNKNOWN_DATE
from biometrics.interchange.face_image_reading import START
from biometrics.interchange.face_image_record import FaceImage

_MOST_IMAGES = 255
_ONE_MOMENT, _MANY_MOMENTS = 0, 1
"""Temporal semantics: one representation, and several in no said relation."""


def write_face_image_record(images: tuple[FaceImage, ...]) -> bytes:
    """Return pictures as a record of the edition of 2011.

    Raises
    ------
    ImageFormatError
        When there is none, or more than 255.
    """
    if not 1 <= len(images) <= _MOST_IMAGES:
        raise ImageFormatError(f"{len(images)} pictures do not fit into a face image record")
    body = b"".join(map(_representation, images))
    semantics = _ONE_MOMENT if len(images) == 1 else _MANY_MOMENTS
    return START + b"030\x00" + struct.pack(">IHBH", 17 + len(body), len(images), 0, semantics) + body


def _representation(image: FaceImage) -> bytes:
    quality = b"\x00" if image.quality is None else struct.pack(">BBHH", 1, image.quality, 0, 0)
    facial_information = bytes(17)
    image_information = struct.pack(">BBHH5x", 0, image.encoding.value, image.width, image.height)
    body = UNKNOWN_DATE + bytes(5) + quality + facial_information + image_information
    body += struct.pack(">I", len(image.data)) + image.data
    return struct.pack(">I", 4 + len(body)) + body
