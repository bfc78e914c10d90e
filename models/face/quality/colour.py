"""Colour cast: the colour of the light, from everything in the picture but the head, never from skin.

Two estimates must agree: the brightest surfaces show the colour of the light (white patch; Land, Scientific American
237, 1977), and so does the average of the differences between neighbours (grey edge; van de Weijer, Gevers and
Gijsenij, IEEE Transactions on Image Processing 16, 2007), which a wall of one colour does not sway. A room that is all
of one colour fools both.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from models.face.detect import ColorCopy
from models.face.quality.surroundings import LEAST_PIXELS, Mask, Surroundings
from models.face.quality.view import INNER_FACE, Component, FaceView, judged, not_evaluated

_GRAY_LEVELS = 3
"""A picture whose channels differ by no more anywhere on the face has no colour to judge."""

_BRIGHTEST_SHARE = 0.1
_CLIPPED_LEVEL = 250

_LEAST_EDGE_LEVELS = 0.8
"""Mean difference between neighbours; a plainer picture has no edges to ask."""

_STRONG_CAST, _CAST = 0.6, 0.35
"""Distance of the light from grey: length of (ln R/G, ln B/G) in stored levels."""

_Colour: TypeAlias = Float64[NDArray[np.float64], " channels"]
"""Red, green, blue."""

_Light: TypeAlias = Float64[NDArray[np.float64], " ratios"]
"""ln R/G and ln B/G."""


def is_gray(view: FaceView) -> bool:
    """Say whether the face has no colours, so that the picture is grey."""
    red, green, blue = cv2.split(view.aligned)
    spread = cv2.max(cv2.max(cv2.absdiff(red, green), cv2.absdiff(green, blue)), cv2.absdiff(blue, red))
    return bool(spread[INNER_FACE].max() <= _GRAY_LEVELS)


def assess_colour(view: FaceView, surroundings: Surroundings) -> Component:
    """Judge the colour of the light; not evaluated for grey pictures and where little but the head is seen."""
    outside = surroundings.outside
    if outside.sum() < LEAST_PIXELS or is_gray(view):
        return not_evaluated("colour")
    bright = _of_brightest(surroundings.copy, outside)
    edges = _of_edges(surroundings.copy, outside)
    if bright is None or edges is None:
        return not_evaluated("colour")
    # The weaker of the two, and only as far as both point the same way.
    lengths = np.linalg.norm(bright), np.linalg.norm(edges)
    agreement = float(bright @ edges) / max(float(lengths[0] * lengths[1]), 1e-9)
    cast = float(min(lengths)) * max(0.0, agreement)
    return judged(
        "colour", {"colour_cast": cast}, bad=((cast > _STRONG_CAST, "cast"),), improve=((cast > _CAST, "cast"),)
    )


def _of_brightest(copy: ColorCopy, outside: Mask) -> _Light | None:
    red, green, blue = cv2.split(copy)
    whole = outside & (cv2.max(cv2.max(red, green), blue) < _CLIPPED_LEVEL)
    if whole.sum() < LEAST_PIXELS / 2:
        return None
    grays = cv2.cvtColor(copy, cv2.COLOR_RGB2GRAY)
    least = np.quantile(grays[whole], 1.0 - _BRIGHTEST_SHARE)
    return _ratios(_mean(copy, whole & (grays >= least)))


def _of_edges(copy: ColorCopy, outside: Mask) -> _Light | None:
    right = _mean(cv2.absdiff(copy[:, 1:], copy[:, :-1]), outside[:, 1:] & outside[:, :-1])
    down = _mean(cv2.absdiff(copy[1:], copy[:-1]), outside[1:] & outside[:-1])
    steps = (right + down) / 2.0
    return None if steps.mean() < _LEAST_EDGE_LEVELS else _ratios(steps)


def _mean(levels: NDArray[Any], where: Mask) -> _Colour:
    return np.array(cv2.mean(np.ascontiguousarray(levels), where.astype(np.uint8))[:3])


def _ratios(colour: _Colour) -> _Light:
    red, green, blue = np.log(colour + 1.0)
    return np.array([red - green, blue - green])
