"""Whose portrait is it: one face is the subject's, others are bystanders, and sometimes choosing would be a guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.face.detect import DetectedFace

RIVAL_SHARE = 0.75
"""A second face with this share of the first one's prominence is a rival, not a bystander.

In LFW View 1, whose pictures are centred on the named person and often show others, the second face reaches half of
the first one's prominence in 1.5 % of the pictures and three quarters in 0.1 %; of two people side by side both have
about the same.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortraitFaces:
    """The faces of a picture, the subject's first, and whether that choice is safe.

    Parameters
    ----------
    faces
        By descending prominence; at least one.
    ambiguous
        True when a second face is about as prominent as the first.
    """

    faces: tuple[DetectedFace, ...]
    ambiguous: bool


def choose_subject(faces: Sequence[DetectedFace], *, width: int, height: int) -> PortraitFaces:
    """Order faces by prominence in a picture of the given size, and say whether the first stands out.

    An enrollment must never record a bystander under the subject's name. The subject stands nearest to the camera and
    is what it was pointed at, so prominence is size times nearness to the middle; people behind are smaller and aside.
    Two people cheek to cheek, or a parent who holds a child, are left to the operator.
    """
    ranks = np.array([prominence(face, width=width, height=height) for face in faces])
    order = np.argsort(-ranks, kind="stable")
    ambiguous = len(faces) > 1 and bool(ranks[order[1]] >= RIVAL_SHARE * ranks[order[0]])
    return PortraitFaces(faces=tuple(faces[i] for i in order), ambiguous=ambiguous)


def prominence(face: DetectedFace, *, width: int, height: int) -> float:
    """Return the face's size in pixels, reduced in proportion to its distance from the middle, to nothing at a corner.

    Nothing is below 5 % of the size, so that two faces in opposite corners are still told apart by size.
    """
    return face.size * max(0.05, 1.0 - distance_from_middle(face, width=width, height=height))


def distance_from_middle(face: DetectedFace, *, width: int, height: int) -> float:
    """Return how far the face's middle is from the picture's: 0 in the middle, 1 at a corner."""
    x, y = face.centre
    return float(np.hypot(x - width / 2, y - height / 2) / np.hypot(width / 2, height / 2))
