"""Other pictures of one portrait: cropped, darker, brighter, rotated, compressed, blurred."""

from __future__ import annotations

import io
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import UInt8
from numpy.typing import NDArray
from PIL import Image

from biometrics.arrays import Pixels

Rendering: TypeAlias = UInt8[NDArray[np.uint8], "_ _ ..."]
"""Grey levels or RGB as what was given, possibly of another size."""

RENDERINGS = ("crop", "darker", "brighter", "rotated", "jpeg", "blurred")

_ROTATION_DEG = 12.0
_DARKER, _BRIGHTER = 0.55, 1.35
_JPEG_QUALITY = 30
_BLUR_PX = 2.0


def rendering(pixels: Pixels, kind: str) -> Rendering:
    """Return another photograph of the same scene, so to speak; `kind` is one of `RENDERINGS`."""
    height, width = pixels.shape[:2]
    match kind:
        case "crop":
            return pixels[height // 20 : -height // 10, width // 12 : -width // 16].copy()
        case "darker" | "brighter":
            gain = _DARKER if kind == "darker" else _BRIGHTER
            return np.asarray(np.clip(pixels * gain, 0, 255), np.uint8)
        case "rotated":
            turn = cv2.getRotationMatrix2D((width / 2, height / 2), _ROTATION_DEG, 1.0)
            return np.asarray(cv2.warpAffine(pixels, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)
        case "jpeg":
            return _compressed(pixels)
        case "blurred":
            return np.asarray(cv2.GaussianBlur(pixels, (0, 0), _BLUR_PX), np.uint8)
    raise ValueError(f"unknown rendering {kind}")


def _compressed(pixels: Pixels) -> Rendering:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=_JPEG_QUALITY)
    with Image.open(buffer) as picture:
        return np.asarray(picture, dtype=np.uint8)
