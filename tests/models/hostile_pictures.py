"""Files of one public-domain portrait in every format, whole and damaged in ways a fixed seed decides."""

from __future__ import annotations

import io
import random
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageCms

from tests.models.known_face import portrait

_EDGES = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\xff\xff", b"\0\0", b"\0\1", b"\x27\x10\x27\x10")
"""Values at which decoders change their mind: nothing, everything, the largest signed number, 10,000 pixels."""


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


@lru_cache(maxsize=1)
def whole_files() -> dict[str, bytes]:
    """Return the portrait by name of format and kind of pixels; each must be read."""
    face = Image.fromarray(portrait()).resize((256, 300))
    veiled = face.convert("RGBA")
    veiled.putalpha(Image.new("L", face.size, 230))
    exif = Image.Exif()
    exif[0x010F], exif[0x8769] = "camera", {0x927C: b"maker" * 50}
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    gray = np.asarray(face.convert("L"))
    return {
        "jpeg": encoded(face, "JPEG", quality=90),
        "jpeg progressive": encoded(face, "JPEG", progressive=True),
        "jpeg grey": encoded(face.convert("L"), "JPEG"),
        "jpeg CMYK, inverted": encoded(face.convert("CMYK"), "JPEG"),
        "jpeg with EXIF and ICC": encoded(face, "JPEG", exif=exif, icc_profile=profile),
        "jpeg of a phone": encoded(face, "MPO", save_all=True, append_images=[face.resize((64, 75))]),
        "png": encoded(face, "PNG"),
        "png palette": encoded(face.quantize(128), "PNG"),
        "png alpha": encoded(veiled, "PNG", exif=exif, icc_profile=profile),
        "png grey alpha": encoded(veiled.convert("LA"), "PNG"),
        "png 16 bit grey": encoded(Image.fromarray(gray.astype(np.uint16) * 257), "PNG"),
        "png 16 bit colour": cv2.imencode(".png", np.asarray(face)[:, :, ::-1].astype(np.uint16) * 257)[1].tobytes(),
        "webp": encoded(face, "WEBP", quality=85),
        "webp lossless alpha": encoded(veiled, "WEBP", lossless=True, exif=exif, icc_profile=profile),
        "jp2": encoded(face, "JPEG2000"),
        "jp2 lossy": encoded(face, "JPEG2000", irreversible=True, quality_mode="rates", quality_layers=[20]),
        "j2k tiles": encoded(face, "JPEG2000", no_jp2=True, tile_size=(64, 64)),
        "tiff CMYK": encoded(face.convert("CMYK"), "TIFF"),
        "tiff LZW": encoded(face, "TIFF", compression="tiff_lzw"),
        "gif": encoded(face.quantize(128), "GIF"),
        "bmp": encoded(face, "BMP"),
        "ppm": encoded(face, "PPM"),
    }


def damaged(number: int) -> tuple[str, bytes]:
    """Return one of the files, by its name, damaged in one of seven ways; the same for the same number."""
    chance = random.Random(number)
    name = sorted(whole_files())[number % len(whole_files())]
    data = bytearray(whole_files()[name])
    head = min(len(data), chance.choice([64, 200, 700, len(data)]))
    place = chance.randrange(head)
    length = chance.choice([1, 2, 8, 100])
    match chance.randrange(7):
        case 0 | 1:
            for _ in range(chance.choice([1, 2, 4, 16])):
                data[chance.randrange(head)] = chance.randrange(256)
        case 2:
            edge = chance.choice(_EDGES)
            data[place : place + len(edge)] = edge
        case 3:
            del data[chance.randrange(len(data)) :]
        case 4:
            data[place:place] = chance.randbytes(length)
        case 5:
            del data[place : place + length]
        case _:
            other = whole_files()[chance.choice(sorted(whole_files()))]
            data[place:] = other[chance.randrange(len(other)) :]
    return name, bytes(data)
