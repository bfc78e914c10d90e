"""What surrounds the head: a small copy of the picture around the face, and which of its pixels are no head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Bool
from numpy.typing import NDArray

from models.face.detect import ColorCopy
from models.face.quality.size import frontal_eye_distance
from models.face.quality.view import FaceView

Mask: TypeAlias = Bool[NDArray[np.bool_], "mask_height mask_width"]

COPY_EYE_DISTANCE_PX = 10.0
"""Scale of the copy: noise and compression are averaged out, an object behind the head is still seen."""

_REACH_ASIDE, _REACH_UP, _REACH_DOWN = 3.2, 2.6, 3.0
"""How far the copy reaches from midway between the eyes, in eye distances."""

_HEAD_MIDDLE_DOWN, _HEAD_ACROSS, _HEAD_DOWN = 0.1, 1.6, 2.2
"""Ellipse that holds head and hair, in eye distances. A head of 3.6 by 2.4 (see `models.face.portrait`) fits well."""

_SHOULDERS_DOWN = 1.2
"""From here down shoulders are expected, which are no background."""

LEAST_PIXELS = 150
"""Fewer pixels of the copy tell nothing: 1.5 square eye distances."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surroundings:
    """The small copy, in which the eyes are `COPY_EYE_DISTANCE_PX` apart.

    Parameters
    ----------
    copy
        RGB, of the picture around the head.
    outside
        Pixels that are not the head: background, shoulders, clothes.
    behind
        Those of them that are above the shoulders: background.
    """

    copy: ColorCopy
    outside: Mask
    behind: Mask


def see_surroundings(view: FaceView) -> Surroundings:
    """Return what is around the head, as far as the picture shows it."""
    face = view.face
    eyes = frontal_eye_distance(face)
    x, y = (float(number) for number in face.points[:2].mean(axis=0))
    left, right = max(0, int(x - _REACH_ASIDE * eyes)), min(view.width, int(x + _REACH_ASIDE * eyes) + 1)
    top, bottom = max(0, int(y - _REACH_UP * eyes)), min(view.height, int(y + _REACH_DOWN * eyes) + 1)
    # Large pictures are thinned out first: the average of some pixels is as good.
    stride = max(1, int(eyes / COPY_EYE_DISTANCE_PX / 2))
    cut = np.ascontiguousarray(view.pixels[top : max(bottom, top + 1) : stride, left : max(right, left + 1) : stride])
    scale = COPY_EYE_DISTANCE_PX / eyes
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    copy = np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), np.uint8)
    rows, columns = np.mgrid[: size[1], : size[0]]
    across = (columns / COPY_EYE_DISTANCE_PX) - (x - left) / eyes
    down = (rows / COPY_EYE_DISTANCE_PX) - (y - top) / eyes
    outside = (across / _HEAD_ACROSS) ** 2 + ((down - _HEAD_MIDDLE_DOWN) / _HEAD_DOWN) ** 2 > 1.0
    return Surroundings(copy=copy, outside=outside, behind=outside & (down < _SHOULDERS_DOWN))
