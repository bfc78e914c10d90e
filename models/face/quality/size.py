"""Size of the face in pixels: what the camera resolved."""

from __future__ import annotations

import numpy as np

from models.face.detect import DetectedFace
from models.face.quality.view import Component, FaceView, judged

FULL_EYE_DISTANCE_PX = 35.0
"""Distance of the eyes in the embedder's input: below, a face is enlarged, and holds less than the embedder can see."""

TOO_SMALL_EYE_DISTANCE_PX = 17.0
"""Half of it. The smallest hundredth of the faces of LFW View 1 (150 px pictures) is below."""

_EYES_TO_MOUTH = 0.98
"""From midway between the eyes to midway between the mouth corners, in eye distances (see `pose`)."""


def frontal_eye_distance(face: DetectedFace) -> float:
    """Return the distance of the eyes that the face would have from the front, pixels.

    Turning the head draws the eyes together, nodding draws eyes and mouth together; the longer of the two tells.
    """
    points = face.points.astype(np.float64)
    across, down = (points[0] + points[1]) / 2 - (points[3] + points[4]) / 2
    return max(face.eye_distance, float(np.hypot(across, down)) / _EYES_TO_MOUTH)


def assess_size(view: FaceView) -> Component:
    """Judge the distance between the eyes; of a turned face, what it would be from the front (from eyes to mouth)."""
    face = view.face
    eyes_px = frontal_eye_distance(face)
    return judged(
        "size",
        {"face_px": face.size, "eye_distance_px": face.eye_distance},
        bad=((eyes_px < TOO_SMALL_EYE_DISTANCE_PX, "too_small"),),
        improve=((eyes_px < FULL_EYE_DISTANCE_PX, "small"),),
    )
