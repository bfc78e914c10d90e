"""Every kind of bad file ends in one typed error that names the file; every readable kind ends in uint8 grey or RGB."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from biometrics.errors import ImageFormatError, StorageError
from biometrics.files import write_whole
from biometrics.image_writing import SIMULATED_KEYWORD, encode_jpeg, encode_png, write_png
from biometrics.images import decode_image, read_image

NOISE = np.random.default_rng(1).integers(0, 256, (99, 99, 3), dtype=np.uint8)


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


def jpeg2000_declaring(width: int, height: int) -> bytes:
    data = bytearray(encoded("RGB", "JPEG2000", no_jp2=True))
    place = data.index(b"\xff\x51") + 6  # the marker SIZ, its length and capabilities
    data[place : place + 8] = struct.pack(">II", width, height)
    return bytes(data)


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
        (encoded("I;16", "PNG", color=4095), 1, 255),
        (encoded("I;16", "PNG", color=16_383), 1, 255),
        (encoded("L", "JPEG2000", color=7), 1, 7),
        (encoded("RGB", "WEBP", color=(200, 9, 9), lossless=True), 3, (200, 9, 9)),
        (b"P5 8 6 65535\n" + b"\xff\xff" * 48, 1, 255),
        (b"P5 8 6 65535\n" + b"\x80\x80" * 48, 1, 128),
        (b"P5 8 6 1000\n" + b"\x01\xf4" * 48, 1, 128),
    ],
)
def test_readable_kinds_become_grey_or_rgb(data: bytes, channels: int, first: Any) -> None:
    image = decode_image(data)
    assert image.pixels.dtype == np.uint8
    assert image.pixels.shape == ((6, 8) if channels == 1 else (6, 8, 3))
    assert np.array_equal(image.pixels[0, 0], np.array(first))
    assert image.sha256 == hashlib.sha256(data).hexdigest()
    assert image.data == data


def test_the_transparent_entry_of_a_palette_is_laid_over_white() -> None:
    palette = Image.new("P", (8, 6), 0)
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.putpixel((1, 0), 1)
    buffer = io.BytesIO()
    palette.save(buffer, "PNG", transparency=0)
    image = decode_image(buffer.getvalue())
    assert image.pixels[0, :2].tolist() == [[255, 255, 255], [40, 50, 60]]
    assert image.notes == ("transparency laid over white",)


def test_conversions_are_noted() -> None:
    assert decode_image(encoded("CMYK", "TIFF")).notes == ("CMYK converted to RGB without a colour profile",)
    assert decode_image(encoded("RGBA", "PNG")).notes == ("transparency laid over white",)
    assert decode_image(encoded("I;16", "PNG", color=65535)).notes == ("16-bit grey reduced to 8 bits",)
    assert decode_image(b"P5 1 1 65535\n\xff\xff").notes == ("16-bit grey reduced to 8 bits",)
    assert decode_image(encoded("L", "PNG")).notes == ()


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "hello"
    buffer = io.BytesIO()
    Image.fromarray(NOISE[:6, :8]).save(buffer, "PNG", exif=exif)
    return buffer.getvalue()


@pytest.mark.parametrize("orientation", range(10))
def test_camera_orientation_is_undone(orientation: int) -> None:
    # EXIF says where the stored row 0 and column 0 belong: 6 is the right side and the top, 8 the left and the bottom.
    known = {1: NOISE[:6, :8], 3: NOISE[5::-1, 7::-1], 6: np.rot90(NOISE[:6, :8], -1), 8: np.rot90(NOISE[:6, :8])}
    pixels = decode_image(turned(orientation)).pixels
    with Image.open(io.BytesIO(turned(orientation))) as image:
        assert np.array_equal(pixels, np.asarray(ImageOps.exif_transpose(image)))
    assert orientation not in known or np.array_equal(pixels, known[orientation])


def test_an_odd_tag_besides_the_orientation_is_no_damage() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "hello"
    odd = (
        exif.tobytes()
        .replace(b"\x0e\x01\x02\x00", b"\x03\x01\x02\x00")
        .replace(b"\x01\x0e\x00\x02", b"\x01\x03\x00\x02")
    )
    assert odd != exif.tobytes()
    assert decode_image(encoded("RGB", "JPEG", exif=odd)).pixels.shape == (8, 6, 3)


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


def test_a_32_bit_image_is_refused_where_its_white_is_unknown() -> None:
    with pytest.raises(ImageFormatError, match="kind 'I'"):
        decode_image(encoded("I", "TIFF", color=70_000))


def noise_file(kind: str, size: int = 99) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(NOISE[:size, :size]).save(buffer, kind)
    return buffer.getvalue()


def animation(kind: str) -> bytes:
    return encoded("L", kind, save_all=True, append_images=[Image.new("L", (8, 6), 200)])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"<html>not an image</html>", "not an image"),
        (noise_file("PNG")[:5000], "truncated"),
        (noise_file("JPEG")[:2000], "truncated"),
        (noise_file("BMP")[:2000], "truncated"),
        (animation("GIF"), "holds several images"),
        (animation("PNG"), "holds several images"),
        (animation("WEBP"), "holds several images"),
        (animation("TIFF"), "holds several images"),
        (png_declaring(30_000, 30_000), "more than 100 million"),
        (png_declaring(11_000, 11_000), "more than 100 million"),
        (jpeg2000_declaring(7_000, 5_000), "more than 33 million"),
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


def test_paths_that_cannot_be_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / ("x" * 5000), tmp_path / "a\0.png", tmp_path / "a.png" / "b.png"):
        with pytest.raises(ImageFormatError):
            read_image(path)


def test_a_pipe_is_no_image_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(ImageFormatError, match="not a file"):
        read_image(tmp_path / "a.png")


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(ImageFormatError, match="no such file"):
        read_image(tmp_path / "absent.png")
    with pytest.raises(ImageFormatError, match="not a file"):
        read_image(tmp_path)


KINDS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP", "JPEG2000", "PPM")
SMALL_FILES = {kind: noise_file(kind, 12) for kind in KINDS}


@given(
    kind=st.sampled_from(KINDS),
    damage=st.lists(st.tuples(st.integers(0, 600), st.binary(min_size=1, max_size=4)), min_size=1, max_size=4),
    kept=st.integers(1, 2000),
)
def test_a_damaged_file_reads_or_is_refused_but_never_crashes(
    kind: str, damage: list[tuple[int, bytes]], kept: int
) -> None:
    data = bytearray(SMALL_FILES[kind])
    for position, replacement in damage:
        data[position : position + len(replacement)] = replacement
    try:
        decode_image(bytes(data[:kept]))
    except ImageFormatError as error:
        assert error.message


@pytest.mark.parametrize("kind", [struct.error, zlib.error, KeyError, RuntimeError, OverflowError, RecursionError])
def test_no_failure_of_a_decoder_comes_out_as_itself(monkeypatch: pytest.MonkeyPatch, kind: type[Exception]) -> None:
    def fail(image: Image.Image, turn: Image.Transpose) -> None:
        raise kind("within a decoder")

    monkeypatch.setattr(Image.Image, "transpose", fail)
    with pytest.raises(ImageFormatError, match="truncated or damaged"):
        decode_image(turned(6))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_read_whatever_its_camera_wrote(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    Image.fromarray(NOISE[:6, :8]).save(buffer, kind, exif=exif)
    assert decode_image(buffer.getvalue()).pixels.shape == (8, 6, 3)
    broken = buffer.getvalue().replace(exif.tobytes()[-20:], b"\0" * 20).replace(b"MM\0*", b"XX\0*")
    if kind == "PNG":  # the chunk's checksum must hold, or the chunk is not looked at
        start = broken.index(b"eXIf")
        end = start + 4 + int.from_bytes(broken[start - 4 : start], "big")
        broken = broken[:end] + struct.pack(">I", zlib.crc32(broken[start:end])) + broken[end + 4 :]
    image = decode_image(broken)
    assert image.pixels.shape == (6, 8, 3)
    assert kind == "JPEG" or "EXIF" in image.notes[0]


def test_want_of_memory_is_not_called_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(image: Image.Image, turn: Image.Transpose) -> None:
        raise MemoryError

    monkeypatch.setattr(Image.Image, "transpose", fail)
    with pytest.raises(ImageFormatError, match="memory"):
        decode_image(turned(6))


def test_what_pillow_says_about_a_file_is_not_printed() -> None:
    # Without a handler anywhere, Python prints warnings and errors of loggers on standard error.
    assert not logging.getLogger("PIL.TiffImagePlugin").isEnabledFor(logging.ERROR)


def test_png_round_trip_keeps_pixels_and_resolution(tmp_path: Path) -> None:
    write_png(tmp_path / "out.png", NOISE, ppi=500)
    image = read_image(tmp_path / "out.png")
    assert np.array_equal(image.pixels, NOISE)
    assert image.ppi == 500.0
    assert decode_image(encode_png(NOISE)).ppi is None


def test_a_file_is_its_owners_only_unless_said_otherwise(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_whole(tmp_path / "private", b"people")
        write_png(tmp_path / "private.png", NOISE)
        write_whole(tmp_path / "public", b"weights", mode=0o644)
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"private": 0o600, "private.png": 0o600, "public": 0o644}


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


def test_a_file_in_the_place_of_a_folder_is_called_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    for path in (tmp_path / "file" / "new", tmp_path / "file" / "deep" / "new"):
        with pytest.raises(StorageError, match=r"stands where its folder would be \(name another folder\)") as refused:
            write_whole(path, b"new")
        assert refused.value.source == str(path)


def test_simulated_pictures_say_so_in_the_file(tmp_path: Path) -> None:
    write_png(tmp_path / "nobody.png", NOISE, ppi=500, simulated=True)
    image = read_image(tmp_path / "nobody.png")
    assert image.simulated
    assert image.ppi == 500.0
    assert np.array_equal(image.pixels, NOISE)
    assert b"shows no person's finger" in image.data


def test_an_unmarked_picture_is_not_simulated() -> None:
    assert not decode_image(encode_png(NOISE, 500)).simulated
    assert not decode_image(encoded("RGB", "JPEG")).simulated
    assert b"Kura" not in encode_png(NOISE, 500)


@pytest.mark.parametrize("value", ["yes", "", "no"])
def test_the_mark_holds_whatever_its_value_and_wherever_it_stands(value: str) -> None:
    whole = encode_png(NOISE)
    body = b"tEXt" + f"{SIMULATED_KEYWORD}\0{value}".encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    assert decode_image(whole[:-12] + chunk + whole[-12:]).simulated  # behind the pixels, before the end


@pytest.mark.parametrize("simulated", [True, False])
def test_simulated_pictures_say_so_in_jpeg_files_too(simulated: bool) -> None:
    image = Image.new("RGB", (40, 30), "white")
    assert decode_image(encode_jpeg(image, quality=80, simulated=simulated)).simulated is simulated


@pytest.mark.parametrize("comment", [b"", b"\xff\xfe holiday", b"not Kura-Simulated"])
def test_another_comment_is_no_mark(comment: bytes) -> None:
    buffer = io.BytesIO()
    Image.new("L", (40, 30)).save(buffer, "JPEG", comment=comment)
    assert not decode_image(buffer.getvalue()).simulated
