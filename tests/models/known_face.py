"""One public-domain portrait (Grace Hopper, U.S. Navy, from matplotlib's sample data) in many renderings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np

from biometrics.arrays import ColorPixels, Pixels
from biometrics.images import decode_image, read_image
from biometrics.positions import Position
from biometrics.samples import BiometricSample


def portrait() -> ColorPixels:
    """The portrait as published, RGB [600, 512, 3]; its face is about 170 x 210 pixels, above the middle."""
    return read_image(Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg").pixels


def face_sample(pixels: Pixels) -> BiometricSample:
    return BiometricSample(position=Position.FACE, pixels=pixels, captured_at=datetime(2026, 1, 1, tzinfo=UTC))


def turned(pixels: ColorPixels, clockwise_deg: float) -> ColorPixels:
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -clockwise_deg, 1.0)
    return np.asarray(cv2.warpAffine(pixels, turn, (width, height)), np.uint8)


def scaled(pixels: ColorPixels, factor: float) -> ColorPixels:
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=method), np.uint8)


def as_jpeg(pixels: ColorPixels, quality: int) -> ColorPixels:
    _, data = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return decode_image(data.tobytes()).pixels


def gray(pixels: ColorPixels) -> Pixels:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def noise(height: int, width: int) -> ColorPixels:
    return np.random.default_rng(7).integers(0, 256, (height, width, 3), np.uint8)
