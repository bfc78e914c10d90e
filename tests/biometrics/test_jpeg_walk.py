"""JPEG files that are small and cost hours are refused before they are decoded; ordinary ones never are."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from biometrics.errors import ImageFormatError
from biometrics.images import decode_image
from biometrics.jpeg_walk import MOST_FILL, MOST_SCANS, MOST_SEGMENTS, require_modest_jpeg

PIXELS = np.random.default_rng(3).integers(0, 256, (80, 64, 3), dtype=np.uint8)
COMMENT = b"\xff\xfe\x00\x04no"


def jpeg(**options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def last_scan(data: bytes) -> bytes:
    return data[data.rindex(b"\xff\xda") : -2]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"progressive": True},
        {"restart_marker_blocks": 1, "subsampling": 0},
        {"icc_profile": bytes(range(256)) * 3_000},
        {"comment": b"\xff\xda" * 5_000},
        {"exif": b"Exif\0\0" + b"\xff\xda\xff\xd9" * 8_000},
    ],
)
def test_ordinary_files_are_read(options: dict[str, Any]) -> None:
    assert decode_image(jpeg(**options)).pixels.shape == PIXELS.shape


def test_previews_and_what_follows_the_picture_do_not_count() -> None:
    assert decode_image(jpeg() + last_scan(jpeg(progressive=True)) * 500).pixels.shape == PIXELS.shape


@pytest.mark.parametrize("extra", [0, 1])
def test_a_file_may_have_so_many_scans(extra: int) -> None:
    data = jpeg(progressive=True)
    scans = data.count(b"\xff\xda")
    many = data[:-2] + last_scan(data) * (MOST_SCANS - scans + extra) + data[-2:]
    if extra:
        with pytest.raises(ImageFormatError, match="too many scans"):
            decode_image(many)
    else:
        assert decode_image(many).pixels.shape == PIXELS.shape


@pytest.mark.parametrize("fill", [b"\xff", b"\x00", b"\xff\x00"])
def test_fill_bytes_are_few(fill: bytes) -> None:
    data = jpeg()
    assert decode_image(data[:2] + b"\xff" * (MOST_FILL - 2) + data[2:]).pixels.shape == PIXELS.shape
    with pytest.raises(ImageFormatError, match="too many fill bytes"):
        require_modest_jpeg(data[:3] + fill * MOST_FILL + data[2:])


def test_segments_are_few() -> None:
    data = jpeg()
    assert decode_image(data[:2] + COMMENT * (MOST_SEGMENTS - 50) + data[2:]).pixels.shape == PIXELS.shape
    with pytest.raises(ImageFormatError, match="too many segments"):
        decode_image(data[:2] + COMMENT * MOST_SEGMENTS + data[2:])


@pytest.mark.parametrize("kept", [3, 4, 5, 20, 300])
def test_what_cannot_be_followed_is_left_to_the_decoder(kept: int) -> None:
    require_modest_jpeg(jpeg()[:kept])
    with pytest.raises(ImageFormatError):
        decode_image(jpeg()[:kept])
