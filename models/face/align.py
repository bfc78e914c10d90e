"""Turn, shift and scale a face so that its five points lie where the embedder saw them in training."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from biometrics.arrays import ColorPixels, Pixels
from biometrics.errors import ProcessingError
from models.face.detect import ColorCopy, FivePoints

ALIGNED_SIDE_PX = 112

TARGET_POINTS: FivePoints = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float32
)
"""The five points in a 112x112 face (ArcFace: Deng et al., CVPR 2019)."""

SMALLEST_WARP_SCALE = 0.5
"""Bilinear sampling looks at four pixels: below half size it skips some, so the picture is averaged down before."""

_Transform: TypeAlias = Float64[NDArray[np.float64], "2 3"]


def to_color(pixels: Pixels) -> ColorPixels:
    """Return RGB pixels; grey levels are repeated in all three channels."""
    return np.repeat(pixels[:, :, None], 3, axis=2) if pixels.ndim == 2 else pixels


def similarity_transform(source: FivePoints, target: FivePoints) -> _Transform:
    """Return the rotation, scale and shift without reflection that takes source to target with least squared error.

    With points as complex numbers relative to their mean, target = factor * source has the least-squares solution
    factor = sum(conj(source) * target) / sum(|source|^2) (the planar case of Umeyama, IEEE TPAMI 13, 1991).

    Raises
    ------
    ProcessingError
        When all source points coincide or one is not finite.
    """
    start = source.astype(np.float64) @ np.array([1, 1j])
    goal = target.astype(np.float64) @ np.array([1, 1j])
    start_mean, goal_mean = start.mean(), goal.mean()
    spread = float(np.sum(np.abs(start - start_mean) ** 2))
    if not np.isfinite(spread) or spread == 0.0:
        raise ProcessingError("five facial points at one place or at infinity fix no alignment")
    factor = np.sum(np.conj(start - start_mean) * (goal - goal_mean)) / spread
    shift = goal_mean - factor * start_mean
    return np.array([[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]])


def align(pixels: ColorPixels, points: FivePoints) -> ColorCopy:
    """Return the face as RGB [112, 112, 3], black where the image ends."""
    transform = similarity_transform(points, TARGET_POINTS)
    scale = float(np.hypot(transform[0, 0], transform[1, 0]))
    if scale < SMALLEST_WARP_SCALE:
        pixels, points = _shrunk(pixels, points, scale / SMALLEST_WARP_SCALE)
        transform = similarity_transform(points, TARGET_POINTS)
    side = (ALIGNED_SIDE_PX, ALIGNED_SIDE_PX)
    return np.asarray(cv2.warpAffine(pixels, transform, side, flags=cv2.INTER_LINEAR), np.uint8)


def _shrunk(pixels: ColorPixels, points: FivePoints, factor: float) -> tuple[ColorCopy, FivePoints]:
    """Average the image down by a factor below 1, and move the points along (pixel centres lie at whole numbers)."""
    height, width = pixels.shape[:2]
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    ratio = np.array([size[0] / width, size[1] / height], np.float32)
    return small, (points + np.float32(0.5)) * ratio - np.float32(0.5)
