"""Centring: whether the whole face is in the picture, and in the middle of it."""

from __future__ import annotations

import cv2
import numpy as np

from models.face.align import TARGET_POINTS, similarity_transform
from models.face.quality.view import INNER_FACE, Component, FaceView, judged

_CUT_OFF_SHARE = 0.12
"""Share of the box, or of forehead to chin and cheek to cheek, beyond the edges: three in a hundred faces of the
FairFace sample, which are tight cuts, and none of LFW View 1."""

_OFF_CENTRE_SHARE = 0.15
"""Of the width, or of the height, between the face's middle and the picture's (a portrait's face is a little above
it)."""

_GRID_PX = 4
"""Every fourth pixel of the aligned face is looked for in the picture."""


def _face_grid() -> np.ndarray:
    rows, columns = np.nonzero(INNER_FACE)
    return np.stack([columns, rows], axis=1)[:: _GRID_PX**2].astype(np.float64)


_FACE_GRID = _face_grid()


def measure_cut_off(view: FaceView) -> float:
    """Return the share of the face beyond the picture's edges, 0-1: by its box, or by its points, whichever is more.

    The detector squeezes the box of a face that is cut off into the picture, its points less so.
    """
    face = view.face
    seen_width = min(face.left + face.width, view.width) - max(face.left, 0.0)
    seen_height = min(face.top + face.height, view.height) - max(face.top, 0.0)
    box = 1.0 - max(0.0, seen_width) * max(0.0, seen_height) / (face.width * face.height)
    back = cv2.invertAffineTransform(similarity_transform(face.points, TARGET_POINTS))
    x, y = (_FACE_GRID @ back[:, :2].T + back[:, 2]).T
    outside = (x < -0.5) | (x > view.width - 0.5) | (y < -0.5) | (y > view.height - 0.5)
    return max(box, float(outside.mean()))


def assess_centring(view: FaceView) -> Component:
    """Judge where the face is in the picture."""
    x, y = view.face.centre
    right, down = x / view.width - 0.5, y / view.height - 0.5
    cut_off = measure_cut_off(view)
    return judged(
        "centring",
        {"off_centre_right_share": right, "off_centre_down_share": down, "cut_off_share": cut_off},
        bad=((cut_off > _CUT_OFF_SHARE, "cut_off"),),
        improve=((max(abs(right), abs(down)) > _OFF_CENTRE_SHARE, "off_centre"),),
    )
