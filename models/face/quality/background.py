"""Background: plain, evenly lit, and unlike the face. It hardly matters for comparison, but does for a document."""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import UInt8
from numpy.typing import NDArray

from models.face.quality.surroundings import LEAST_PIXELS, Surroundings
from models.face.quality.view import INNER_FACE, Component, FaceView, judged, not_evaluated

_BUSY_GRADIENT = 6.0
"""Mean step between neighbours of the copy, levels. Plain walls stay below 3, streets and crowds are above 10."""

_SHADOW_LEVELS = 40.0
"""Between the median of the left and of the right side, in a background that is otherwise plain."""

_LIKE_FACE_DISTANCE = 12.0
"""CIE 1976 colour difference between the medians of background and face; neither is better for being lighter."""


def assess_background(view: FaceView, surroundings: Surroundings) -> Component:
    """Judge what is behind the head; not evaluated where the picture shows hardly anything of it."""
    behind = surroundings.behind
    if behind.sum() < LEAST_PIXELS:
        return not_evaluated("background")
    gray = np.asarray(cv2.cvtColor(surroundings.copy, cv2.COLOR_RGB2GRAY), np.float32)
    gradient = np.hypot(cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1)) / 8.0
    inner = cv2.erode(behind.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0).astype(bool)
    busy = float(gradient[inner].mean()) if inner.any() else 0.0
    middle = behind.shape[1] // 2
    left, right = gray[:, :middle][behind[:, :middle]], gray[:, middle:][behind[:, middle:]]
    shadow = float(abs(np.median(left) - np.median(right))) if len(left) and len(right) else 0.0
    difference = _distance(surroundings.copy[behind], view.aligned[INNER_FACE])
    return judged(
        "background",
        {"background_gradient": busy, "background_shadow": shadow, "background_distance": difference},
        improve=(
            (busy > _BUSY_GRADIENT, "busy"),
            (shadow > _SHADOW_LEVELS, "shadow"),
            (difference < _LIKE_FACE_DISTANCE, "like_face"),
        ),
    )


def _distance(one: UInt8[NDArray[np.uint8], "count 3"], other: UInt8[NDArray[np.uint8], "other_count 3"]) -> float:
    colours = np.stack([np.median(part, axis=0) for part in (one, other)])[None].astype(np.float32) / 255.0
    lab = cv2.cvtColor(np.ascontiguousarray(colours), cv2.COLOR_RGB2Lab)[0]
    return float(np.linalg.norm(lab[0] - lab[1]))
