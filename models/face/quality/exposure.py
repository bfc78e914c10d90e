"""Exposure, judged by what the face lost to it, not by how bright the face is.

Dark skin in good light is dark in the picture and loses nothing; so does light skin in dim light, within reason. What
counts is how many grey levels are left to draw the face with, how much of it is crushed to black or blown out to white,
and how differently its halves are lit. The levels come from embedding 450 faces of both development sets again after
changes of gain and gamma, and from the cosine with the unchanged face.
"""

from __future__ import annotations

import cv2
import numpy as np

from models.face.quality.pose import measure_pose
from models.face.quality.view import INNER_FACE, Component, FaceView, GrayFace, judged

_BLACK_LEVEL, _WHITE_LEVEL = 12.0, 247.0
"""Levels of 0-255 at and beyond which cameras draw no detail."""

_LEAST_LEVELS, _FEW_LEVELS = 20.0, 40.0
"""Between the 2nd and 98th percentile of the face: cosines' lower quartile is 0.83 below the first, 0.84-0.93 between
the two, 0.95 and more above 50. One face in three hundred of the development sets has fewer than 40."""

_MUCH_BLACK, _SOME_BLACK = 0.75, 0.5
"""Share of the face: lower quartiles of 0.75 and 0.83 above, 0.89 below the second."""

_MUCH_WHITE, _SOME_WHITE = 0.4, 0.2
"""Share of the face: lower quartiles of 0.79 above the first, 0.86 between, 0.89 below."""

_DIM_LEVEL = 90.0
"""A face of few levels whose brightest parts stay below is too dark, others are veiled (fog, a dirty lens, glass)."""

_UNEVEN, _VERY_UNEVEN = 0.75, 1.2
"""Natural logarithm of the ratio between the halves, in stored levels: 2.1 and 3.3 times, light of about 5 and 14 times
(gamma 2.2). Being a ratio it is the same on every skin."""

_MOST_YAW_DEG = 40.0
"""Of a face turned further the halves are not the same part of it, nor all face: evenness is not judged."""

_SMOOTHING_PX = 4.0
"""Features of the face must not count as light and shadow."""


def measure_unevenness(gray: GrayFace) -> float:
    """Return the mean logarithm of the ratio of left to right, mirrored at the middle of the face; 0 is even light."""
    smooth = np.log(cv2.GaussianBlur(gray, (0, 0), _SMOOTHING_PX) + 4.0)  # 4 levels: noise of black is no ratio
    half = gray.shape[1] // 2
    difference = smooth[:, :half] - smooth[:, ::-1][:, :half]
    return float(abs(difference[INNER_FACE[:, :half]].mean()))


def assess_exposure(view: FaceView) -> Component:
    """Judge the light on the face."""
    levels = view.gray[INNER_FACE]
    darkest, brightest = np.percentile(levels, [2, 98])
    span = float(brightest - darkest)
    black = float((levels <= _BLACK_LEVEL).mean())
    white = float((levels >= _WHITE_LEVEL).mean())
    turned = abs(measure_pose(view.face).yaw_deg) > _MOST_YAW_DEG
    uneven = 0.0 if turned else measure_unevenness(view.gray)
    dim = bool(brightest < _DIM_LEVEL)
    measured = {"levels": span, "black_share": black, "white_share": white}
    if not turned:
        measured["light_ratio_log"] = uneven
    return judged(
        "exposure",
        measured,
        bad=(
            (black > _MUCH_BLACK or (span < _LEAST_LEVELS and dim), "too_dark"),
            (white > _MUCH_WHITE, "too_bright"),
            (span < _LEAST_LEVELS, "flat"),
            (uneven > _VERY_UNEVEN, "uneven"),
        ),
        improve=(
            (black > _SOME_BLACK or (span < _FEW_LEVELS and dim), "too_dark"),
            (white > _SOME_WHITE, "too_bright"),
            (span < _FEW_LEVELS, "flat"),
            (uneven > _UNEVEN, "uneven"),
        ),
    )
