"""Drawn faces that show nobody, to try models on where no picture of anybody may lie."""

from __future__ import annotations

import cv2
import numpy as np

from biometrics.arrays import ColorPixels, Vector
from models.face.align import TARGET_POINTS
from models.face.detect import DetectedFace

SIDE_PX = 224
_ORIGIN = np.float32(56.0)
_BROW = np.array([[10, 11], [10, -10]], np.float32)


def synthetic_face(seed: int) -> tuple[ColorPixels, DetectedFace]:
    """Return a drawing of a face, RGB [224, 224, 3], and where the detector would find it; the same for a seed."""
    chance = np.random.default_rng(seed)
    points = TARGET_POINTS + _ORIGIN + chance.normal(0, 2.5, (5, 2)).astype(np.float32)
    ground, skin, dark = (
        tuple(map(int, chance.integers(low, high, 3))) for low, high in ((90, 255), (60, 230), (0, 90))
    )
    pixels = np.full((SIDE_PX, SIDE_PX, 3), ground, np.uint8)
    middle = _place(points.mean(axis=0))
    cv2.ellipse(pixels, middle, tuple(map(int, chance.integers((38, 52), (50, 68)))), 0, 0, 360, skin, -1)
    for eye in points[:2]:
        cv2.ellipse(pixels, _place(eye), (8, 4), 0, 0, 360, (245, 245, 245), -1)
        cv2.circle(pixels, _place(eye), 3, dark, -1)
        cv2.line(pixels, _place(eye - _BROW[0]), _place(eye + _BROW[1]), dark, 3)
    cv2.line(pixels, middle, _place(points[2]), dark, 2)
    cv2.line(pixels, _place(points[3]), _place(points[4]), dark, int(chance.integers(2, 6)))
    grain = cv2.GaussianBlur(chance.normal(0, 18, pixels.shape), (0, 0), 1.5)
    drawn = np.clip(cv2.GaussianBlur(pixels, (0, 0), 1.0) + grain, 0, 255).astype(np.uint8)
    left, top = float(middle[0] - 45), float(middle[1] - 60)
    return drawn, DetectedFace(left=left, top=top, width=90.0, height=120.0, points=points, score=1.0)


def _place(point: Vector) -> tuple[int, int]:
    return int(point[0]), int(point[1])
