"""Whose portrait is it: the face nearest the middle is the subject's, the others are bystanders or rivals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.face.detect import DetectedFace

BYSTANDER_SHARE = 0.5
"""A face smaller than this share of the largest one stands behind the subject, and is not the subject wherever it is.

In LFW View 1, whose pictures are centred on the named person, 323 of 1,548 pictures show several faces, and every share
from 0.3 to 0.8 chooses the same ones.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortraitFaces:
    """The faces of a picture, the subject's first.

    Parameters
    ----------
    faces
        The subject, then the others by descending size; at least one.
    rivals
        How many of the others are large enough to have been the subject.
    """

    faces: tuple[DetectedFace, ...]
    rivals: int


def choose_subject(faces: Sequence[DetectedFace], *, width: int, height: int) -> PortraitFaces:
    """Choose the face nearest the middle of a picture of the given size, among those that are no bystanders.

    The camera was pointed at the subject. Where others are about as large the choice may be wrong, and `rivals` says
    so.
    """
    sizes = np.array([face.size for face in faces])
    large = sizes >= BYSTANDER_SHARE * sizes.max()
    away = [distance_from_middle(face, width=width, height=height) for face in faces]
    chosen = int(np.argmin(np.where(large, away, np.inf)))
    others = [i for i in np.argsort(-sizes, kind="stable") if i != chosen]
    ordered = (faces[chosen], *(faces[i] for i in others))
    return PortraitFaces(faces=ordered, rivals=int(large.sum()) - 1)


def distance_from_middle(face: DetectedFace, *, width: int, height: int) -> float:
    """Return how far the face's middle is from the picture's: 0 in the middle, 1 at a corner."""
    x, y = face.centre
    return float(np.hypot(x - width / 2, y - height / 2) / np.hypot(width / 2, height / 2))
