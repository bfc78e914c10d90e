"""Every kind of bad file ends in one typed error that names the file; every readable kind ends in uint8 grey or RGB."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from biometrics.errors import ImageFormatError, StorageError
from biometrics.images import decode_image, encode_png, read_image, write_png, write_whole


def encoded(mode: str, kind: str, *, size: tuple[int, int] = (8, 6), color: Any = 0, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, color).save(buffer, kind, **options)
    return buffer.getvalue()


def png_declaring(width: int, height: int) -> bytes:
    def chunk(tag: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "channels", "first"),
    [
        (encoded("L", "PNG", color=7), 1, 7),
        (encoded("1", "PNG", color=1), 1, 255),
        (encoded("L", "BMP", color=7), 1, 7),
        (encoded("RGB", "PNG", color=(1, 2, 3)), 3, (1, 2, 3)),
        (encoded("RGB", "TIFF", color=(1, 2, 3)), 3, (1, 2, 3)),
        (encoded("RGBA", "PNG", color=(9, 9, 9, 0)), 3, (255, 255, 255)),
        (encoded("LA", "PNG", color=(9, 255)), 1, 9),
        (encoded("CMYK", "TIFF", color=(255, 0, 0, 0)), 3, (0, 255, 255)),
        (encoded("I;16", "PNG", color=65535), 1, 255),
        (encoded("I;16", "PNG", color=200), 1, 200),
        (encoded("L", "JPEG2000", color=7), 1, 7),
    ],
)
def test_readable_kinds_become_grey_or_rgb(data: bytes, channels: int, first: Any) -> None:
    image = decode_image(data)
    assert image.pixels.dtype == np.uint8
    assert image.pixels.shape == ((6, 8) if channels == 1 else (6, 8, 3))
    assert np.array_equal(image.pixels[0, 0], np.array(first))
    assert image.sha256 == hashlib.sha256(data).hexdigest()
    assert image.data == data


def test_conversions_are_noted() -> None:
    assert decode_image(encoded("CMYK", "TIFF")).notes == ("CMYK converted to RGB without a colour profile",)
    assert decode_image(encoded("RGBA", "PNG")).notes == ("transparency laid over white",)
    assert decode_image(encoded("I;16", "PNG", color=65535)).notes == ("16-bit grey reduced to 8 bits",)
    assert decode_image(encoded("L", "PNG")).notes == ()


def test_camera_orientation_is_undone() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned; the viewer must rotate by 90 degrees
    image = decode_image(encoded("RGB", "JPEG", exif=exif))
    assert image.pixels.shape == (8, 6, 3)


@pytest.mark.parametrize(
    ("data", "ppi"),
    [
        (encoded("L", "PNG", dpi=(500, 500)), 500.0),
        (encoded("L", "TIFF", dpi=(500, 500)), 500.0),
        (encoded("L", "BMP", dpi=(1000, 1000)), 1000.0),
        (encoded("L", "JPEG", dpi=(500, 500)), 500.0),
        (encoded("L", "PNG", dpi=(500, 300)), None),
        (encoded("L", "TIFF"), None),
        (encoded("L", "PNG"), None),
    ],
)
def test_stated_resolution(data: bytes, ppi: float | None) -> None:
    assert decode_image(data).ppi == ppi


NOISE = np.random.default_rng(1).integers(0, 256, (99, 99, 3), dtype=np.uint8)


def noise_file(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(NOISE).save(buffer, kind)
    return buffer.getvalue()


def animation() -> bytes:
    return encoded("L", "GIF", save_all=True, append_images=[Image.new("L", (8, 6), 200)])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"<html>not an image</html>", "not an image"),
        (noise_file("PNG")[:5000], "truncated"),
        (noise_file("JPEG")[:2000], "truncated"),
        (noise_file("BMP")[:2000], "truncated"),
        (animation(), "holds 2 images"),
        (png_declaring(30_000, 30_000), "more than 100 million"),
        (png_declaring(11_000, 11_000), "more than 100 million"),
        (png_declaring(0, 5), "image"),
        (encoded("F", "TIFF", color=0.5), "kind 'F'"),
    ],
)
def test_bad_files_are_refused_by_name(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "bad.png"
    path.write_bytes(data)
    with pytest.raises(ImageFormatError, match=message) as caught:
        read_image(path)
    assert caught.value.source == str(path)
    assert caught.value.remedy


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(ImageFormatError, match="no such file"):
        read_image(tmp_path / "absent.png")
    with pytest.raises(ImageFormatError, match="not a file"):
        read_image(tmp_path)


@given(position=st.integers(0, 2000), value=st.integers(0, 255))
def test_a_damaged_byte_reads_or_is_refused_but_never_crashes(position: int, value: int) -> None:
    data = bytearray(noise_file("JPEG")[:2400])
    data[position] = value
    try:
        decode_image(bytes(data))
    except ImageFormatError as error:
        assert error.message


def test_png_round_trip_keeps_pixels_and_resolution(tmp_path: Path) -> None:
    write_png(tmp_path / "out.png", NOISE, ppi=500)
    image = read_image(tmp_path / "out.png")
    assert np.array_equal(image.pixels, NOISE)
    assert image.ppi == 500.0
    assert decode_image(encode_png(NOISE)).ppi is None


def test_failed_write_leaves_the_old_file_and_no_rubbish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    write_whole(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [item.name for item in tmp_path.iterdir()] == ["report.html"]
