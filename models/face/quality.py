"""How useful a portrait is for comparison: one number from the embedder, and parts an operator can act on."""

from __future__ import annotations

import cv2
import numpy as np

from biometrics.arrays import ColorPixels
from biometrics.quality import QualityScore
from models.face.detect import DetectedFace
from models.face.subject import PortraitFaces, distance_from_middle

ALGORITHM = "sface-norm/1"

NORM_RANGE = (7.0, 15.0)
"""Raw norms of SFace that stand for 0 and 100; LFW View 1 lies between 7.9 and 15.7, half of it above 12.3."""

FULL_RESOLUTION_FACE_PX = 80.0
"""Smaller faces are enlarged to be embedded, so that they hold less than the embedder can see."""

TURNED_ASYMMETRY = 0.5
"""At this `yaw_asymmetry` the nose tip lies straight above or below one eye: half way to a profile."""

_WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)
_DARKEST, _BRIGHTEST = 10.0, 245.0


def assess_face(
    subject: PortraitFaces, aligned: ColorPixels, raw_norm: float, *, width: int, height: int
) -> QualityScore:
    """Return the quality of an embedded face.

    The value follows the embedder's raw norm, the best predictor of false non-matches measured, and is lowered in
    proportion where the face is smaller than the embedder's input shows it. The other parts explain, they don't count.

    Parameters
    ----------
    subject
        The faces of the picture, the one to assess first.
    aligned
        That face as the embedder saw it.
    raw_norm
        Length of the embedding before it was normalised.
    width, height
        Size of the whole picture, pixels.
    """
    face = subject.faces[0]
    low, high = NORM_RANGE
    usefulness = float(np.clip((raw_norm - low) / (high - low), 0.0, 1.0))
    resolution = min(1.0, face.size / FULL_RESOLUTION_FACE_PX)
    components = {
        "raw_norm": raw_norm,
        "face_px": face.size,
        "eye_distance_px": face.eye_distance,
        "roll_deg": roll_deg(face),
        "yaw_asymmetry": yaw_asymmetry(face),
        "off_centre_share": distance_from_middle(face, width=width, height=height),
        "detection_score": face.score,
        "faces": float(len(subject.faces)),
        **light_and_sharpness(aligned),
    }
    return QualityScore(value=round(100 * usefulness * resolution), algorithm=ALGORITHM, components=components)


def no_face_quality(faces: int = 0) -> QualityScore:
    """Return the quality of a picture without a face that can be used."""
    return QualityScore(value=0, algorithm=ALGORITHM, components={"faces": float(faces)})


def roll_deg(face: DetectedFace) -> float:
    """Return the tilt of the line through the eyes, degrees; positive is clockwise as one sees the picture."""
    across, down = (face.points[1] - face.points[0]).astype(float)
    return float(np.degrees(np.arctan2(down, across)))


def yaw_asymmetry(face: DetectedFace) -> float:
    """Return how far the nose is from midway between the eyes, along the line through them, in eye distances.

    0 is a face that looks into the camera; positive when the nose points to the image's right. The eyes of a profile
    coincide, so the value is held within -2 to 2.
    """
    first, second, nose = face.points[:3].astype(float)
    line = second - first
    squared = float(line @ line)
    if squared == 0.0:
        return 0.0
    return float(np.clip((nose - (first + second) / 2) @ line / squared, -2.0, 2.0))


def light_and_sharpness(aligned: ColorPixels) -> dict[str, float]:
    """Return mean brightness, contrast, the shares of lost shadows and lights, and the sharpness of an aligned face.

    Sharpness is the variance of the Laplacian of the grey levels (Pech-Pacheco et al., ICPR 2000).
    """
    gray = aligned.astype(np.float32) @ _WEIGHTS
    return {
        "brightness": float(gray.mean()),
        "contrast": float(gray.std()),
        "dark_share": float((gray < _DARKEST).mean()),
        "bright_share": float((gray > _BRIGHTEST).mean()),
        "sharpness": float(cv2.Laplacian(gray, cv2.CV_32F).var()),
    }
