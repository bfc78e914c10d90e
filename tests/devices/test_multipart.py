from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from biometrics.errors import CaptureError, DeviceLostError, DeviceProtocolError
from devices.multipart import MOST_PREAMBLE_BYTES, boundary_of, jpeg_parts

URI = "mjpeg:http://127.0.0.1/"


def jpeg(level: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (16, 8), level).save(buffer, "JPEG")
    return buffer.getvalue()


ONE, TWO = jpeg(20), jpeg(220)


def part(picture: bytes, *, length: int | None = None, line: bytes = b"\r\n", mark: bytes = b"--frame") -> bytes:
    headers = [mark, b"Content-Type: image/jpeg", b"Content-Length: %d" % (len(picture) if length is None else length)]
    return line.join((*headers, b"", b"")) + picture + line


def read(data: bytes, *, size: int = 7, boundary: bytes = b"frame", most: int = 100_000) -> list[bytes]:
    pieces = (data[at : at + size] for at in range(0, len(data), size))
    return list(jpeg_parts(pieces, boundary, source=URI, most_bytes=most))


@pytest.mark.parametrize("size", [1, 2, 13, 1_000, 1_000_000])
@pytest.mark.parametrize("line", [b"\r\n", b"\n"])
def test_pictures_come_whole_however_the_bytes_are_cut(size: int, line: bytes) -> None:
    data = b"preamble" + line + part(ONE, line=line) + part(TWO, line=line) + b"--frame--"
    assert read(data, size=size) == [ONE, TWO]


def test_a_picture_is_there_before_anything_follows_it() -> None:
    def pieces() -> Iterator[bytes]:
        yield part(ONE)[:-2]
        pytest.fail("asked for more than the picture")

    assert next(jpeg_parts(pieces(), b"frame", source=URI)) == ONE


def test_parts_without_a_length_end_at_the_boundary() -> None:
    data = b"--frame\r\n\r\n" + ONE + b"\r\n--frame\r\nContent-Type: image/jpeg\r\n\r\n" + TWO + b"\r\n--frame--"
    assert read(data) == [ONE, TWO]


def test_liberties_that_cameras_take() -> None:
    dashes_declared = part(ONE) + part(TWO) + b"--frame--"
    padded = part(ONE + b"\0\0\0") + b"\r\n\r\n" + part(TWO) + b"--frame--"
    assert read(dashes_declared, boundary=b"--frame") == [ONE, TWO]
    assert read(padded) == [ONE + b"\0\0\0", TWO]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (part(ONE, length=len(ONE) - 20) + part(TWO), "cut short"),
        (part(ONE, length=len(ONE) + 90) + part(TWO) + part(TWO), "shorter than its announced"),
        (part(ONE) + b"garbage" + part(TWO), "longer than its announced"),
        (part(ONE[:200]) + part(TWO), "cut short"),
        (part(b"GIF89a" + b"\0" * 90) + part(TWO), "no JPEG"),
        (part(ONE, length=10**9), "is announced"),
        (part(ONE, length=10**30), "no number"),
        (part(ONE).replace(b"Length: ", b"Length: -"), "no number"),
        (part(ONE).replace(b"image/jpeg", b"text/html"), "not JPEG pictures"),
        (part(ONE).replace(b"Content-Type: ", b"nonsense "), "cannot be read"),
        (b"x" * (MOST_PREAMBLE_BYTES + 10_000), "no boundary came"),
        (b"--frame\r\n" + b"a: b\r\n" * 2_000 + b"\r\n" + ONE, "headers of a picture"),
        (b"--frame\r\n\r\n" + ONE + b"\0" * 200_000, "more than 100000 bytes"),
    ],
)
def test_what_breaks_the_protocol_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(DeviceProtocolError, match=told) as failure:
        read(data + b"--frame--", size=999)
    assert failure.value.source == URI and failure.value.remedy


@pytest.mark.parametrize("end", [0, 3, 20, 60, 200, len(part(ONE)) - 3, len(part(ONE)), len(part(ONE)) + 8])
def test_a_stream_that_ends_early_is_a_lost_device(end: int) -> None:
    with pytest.raises(DeviceLostError, match="ended in the middle"):
        read((part(ONE) + part(TWO))[:end])


@given(st.binary(max_size=300), st.integers(0, 700), st.integers(1, 64))
def test_damage_anywhere_is_a_typed_error_or_does_no_harm(damage: bytes, at: int, size: int) -> None:
    data = part(ONE) + part(TWO) + b"--frame--"
    try:
        read(data[:at] + damage + data[at + len(damage) // 2 :], size=size)
    except CaptureError as error:
        assert error.source == URI


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/x-mixed-replace; boundary=frame", b"frame"),
        ('multipart/x-mixed-replace;boundary="--my boundary"', b"--my boundary"),
        ("Multipart/X-Mixed-Replace; charset=x; Boundary=--BoundaryString", b"--BoundaryString"),
    ],
)
def test_boundaries_as_cameras_declare_them(content_type: str, boundary: bytes) -> None:
    assert boundary_of(content_type, source=URI) == boundary


@pytest.mark.parametrize(
    "content_type",
    ["", "text/html", "image/jpeg", "multipart/x-mixed-replace", "multipart/x-mixed-replace; boundary=",
     "multipart/x-mixed-replace; boundary=--", "multipart/x-mixed-replace; boundary=" + "b" * 500,
     "multipart/x; boundary*" + "9" * 5_000 + "=a", 'multipart/x; a="' + ";" * 60_000,
     "multi\x1b[31mpart/x; boundary=b"],
)  # fmt: skip
def test_an_answer_that_is_no_stream_is_refused(content_type: str) -> None:
    with pytest.raises(DeviceProtocolError):
        boundary_of(content_type, source=URI)
