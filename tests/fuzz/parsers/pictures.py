"""Pictures as anybody sends them: PNG, JPEG, TIFF, BMP, JPEG 2000, GIF, WebP, and records that hold them."""

from __future__ import annotations

import io
import struct
import zlib
from functools import partial

from PIL import Image

from biometrics.errors import ImageFormatError
from biometrics.images import decode_image
from biometrics.interchange.wsq.encoding import encode_wsq
from tests.biometrics.interchange.pictures import ridges
from tests.fuzz.target import Target

_KINDS = ("PNG", "JPEG", "TIFF", "BMP", "JPEG2000", "GIF", "WEBP")
_MOST_PIXELS = 4_000_000
"""Declared; the limit itself is tested elsewhere, and smaller ones are tried faster."""


def targets() -> tuple[Target, ...]:
    """Return a target for each kind of picture."""
    made = [
        Target(
            name=f"picture-{kind.lower()}",
            seeds=partial(_seeds, kind),
            parse=_read,
            refused=(ImageFormatError,),
            repair=_with_checksums if kind == "PNG" else None,
            words=(b"eXIf", b"iCCP", b"acTL", b"Exif\x00\x00", b"\xff\xc0", b"\xff\xda", b"II*\x00", b"MM\x00*"),
        )
        for kind in _KINDS
    ]
    other = Target(name="picture-any", seeds=_others, parse=_read, refused=(ImageFormatError,))
    return (*made, other)


def _read(data: bytes) -> None:
    decode_image(data, source="fuzz", most_pixels=_MOST_PIXELS)


def _seeds(kind: str) -> tuple[bytes, ...]:
    gray = Image.fromarray(ridges(32, 24))
    pictures = [gray, gray.convert("RGB")] + ([gray.convert("P"), gray.convert("LA")] if kind == "PNG" else [])
    return tuple(_saved(one, kind) for one in pictures)


def _saved(picture: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    more = {"exif": _turned()} if kind in ("JPEG", "PNG", "WEBP", "TIFF") else {}
    picture.save(file, kind, **more)
    return file.getvalue()


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def _others() -> tuple[bytes, ...]:
    """Return what only looks like a picture: kinds that are not read, and beginnings of those that are."""
    small = Image.fromarray(ridges(8, 8))
    unread = tuple(_saved(small, kind) for kind in ("ICO", "PPM", "TGA", "PCX"))
    return (
        *unread,
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"<svg xmlns='x'/>",
        encode_wsq(ridges(20, 20)),
    )


def _with_checksums(data: bytes) -> bytes:
    """Return a PNG whose chunks have fitting checksums, as far as chunks can be told."""
    at, parts = 8, [data[:8]]
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if at + 12 + length > len(data):
            break
        body = data[at + 4 : at + 8 + length]
        parts += [data[at : at + 4], body, struct.pack(">I", zlib.crc32(body))]
        at += 12 + length
    return b"".join(parts) + data[at:]
