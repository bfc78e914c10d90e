"""From a picture to the numbers a described model takes: cut or warped to size, in its colours, order and scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from biometrics.arrays import ColorPixels
from models.face.align import SMALLEST_WARP_SCALE, similarity_transform
from models.face.detect import ColorCopy, DetectedFace, FivePoints
from models.own.description import InputDescription

Batch: TypeAlias = Float32[NDArray[np.float32], "batch a b c"]
"""Pictures as a model takes them, in its own layout."""

LARGEST_CUT = 4
"""Side of what is cut out, in sides of the input; of larger faces the picture is averaged down before: eight times a
face of 3,000 pixels would take 1.7 GB."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R BT.601, as OpenCV and Pillow make grey."""


def to_batch(pictures: Sequence[ColorPixels], taken: InputDescription) -> Batch:
    """Return RGB pictures of the input's size as the numbers the model takes."""
    colored = np.stack(pictures).astype(np.float32)
    if taken.colors == "gray":
        colored = (colored @ _LUMA)[..., None]
    elif taken.colors == "BGR":
        colored = colored[..., ::-1]
    scaled = (colored * np.float32(taken.scale) - np.array(taken.mean, np.float32)) / np.array(taken.std, np.float32)
    ordered = scaled.transpose(0, 3, 1, 2) if taken.layout == "NCHW" else scaled
    return np.ascontiguousarray(ordered, dtype=np.float32)


def warp(pixels: ColorPixels, points: FivePoints, target: FivePoints, size: tuple[int, int]) -> ColorCopy:
    """Return the face turned, shifted and scaled so that its points lie at `target`, black where the picture ends.

    Parameters
    ----------
    pixels
        RGB.
    points, target
        Where the five points are, and where they shall be.
    size
        Width and height of the result, pixels.

    Raises
    ------
    ProcessingError
        When the points fix no alignment.
    """
    transform = similarity_transform(points, target)
    scale = float(np.hypot(transform[0, 0], transform[1, 0]))
    if scale < SMALLEST_WARP_SCALE:
        # Bilinear sampling would skip pixels, so the picture is averaged down before.
        height, width = pixels.shape[:2]
        factor = scale / SMALLEST_WARP_SCALE
        smaller = (max(1, round(width * factor)), max(1, round(height * factor)))
        ratio = np.array([smaller[0] / width, smaller[1] / height], np.float32)
        pixels = np.asarray(cv2.resize(pixels, smaller, interpolation=cv2.INTER_AREA), np.uint8)
        transform = similarity_transform((points + np.float32(0.5)) * ratio - np.float32(0.5), target)
    return np.asarray(cv2.warpAffine(pixels, transform, size, flags=cv2.INTER_LINEAR), np.uint8)


def cut_out(pixels: ColorPixels, face: DetectedFace, crop: float, size: tuple[int, int]) -> ColorCopy:
    """Return the square around a face, `crop` times the longer side of its box, scaled to `size` (width, height).

    Where the picture ends its last row or column is repeated: black would be an edge that no attack made.
    """
    side, (x, y) = max(2, round(crop * max(face.width, face.height))), face.centre
    shrink = LARGEST_CUT * max(size) / side
    if shrink < 1.0:
        height, width = pixels.shape[:2]
        smaller = (max(1, round(width * shrink)), max(1, round(height * shrink)))
        pixels = np.asarray(cv2.resize(pixels, smaller, interpolation=cv2.INTER_AREA), np.uint8)
        side, x, y = round(side * shrink), x * smaller[0] / width, y * smaller[1] / height
    left, top = round(x - side / 2), round(y - side / 2)
    height, width = pixels.shape[:2]
    columns = np.clip(np.arange(left, left + side), 0, width - 1)
    rows = np.clip(np.arange(top, top + side), 0, height - 1)
    square = pixels[rows[:, None], columns[None, :]]
    method = cv2.INTER_AREA if side > max(size) else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(square, size, interpolation=method), np.uint8)
