"""Colour cast: the colour of the light, from everything in the picture but the head, never from skin.

Two estimates must agree: the brightest surfaces show the colour of the light (white patch; Land, Scientific American
237, 1977), and so does the average of the differences between neighbours (grey edge; van de Weijer, Gevers and
Gijsenij, IEEE Transactions on Image Processing 16, 2007), which a wall of one colour does not sway. A room that is all
of one colour fools both.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from models.face.quality.surroundings import LEAST_PIXELS, Surroundings
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
    face = view.aligned[INNER_FACE].astype(np.int16)
    return bool((face.max(axis=1) - face.min(axis=1)).max() <= _GRAY_LEVELS)


def assess_colour(view: FaceView, surroundings: Surroundings) -> Component:
    """Judge the colour of the light; not evaluated for grey pictures and where little but the head is seen."""
    outside = surroundings.outside
    if outside.sum() < LEAST_PIXELS or is_gray(view):
        return not_evaluated("colour")
    copy = surroundings.copy.astype(np.float64)
    bright = _of_brightest(copy[outside])
    edges = _of_edges(copy, outside)
    if bright is None or edges is None:
        return not_evaluated("colour")
    # The weaker of the two, and only as far as both point the same way.
    lengths = np.linalg.norm(bright), np.linalg.norm(edges)
    agreement = float(bright @ edges) / max(float(lengths[0] * lengths[1]), 1e-9)
    cast = float(min(lengths)) * max(0.0, agreement)
    return judged(
        "colour", {"colour_cast": cast}, bad=((cast > _STRONG_CAST, "cast"),), improve=((cast > _CAST, "cast"),)
    )


def _of_brightest(pixels: Float64[NDArray[np.float64], "count 3"]) -> _Light | None:
    whole = pixels[pixels.max(axis=1) < _CLIPPED_LEVEL]
    if len(whole) < LEAST_PIXELS / 2:
        return None
    sums = whole.sum(axis=1)
    return _ratios(whole[sums >= np.quantile(sums, 1.0 - _BRIGHTEST_SHARE)].mean(axis=0))


def _of_edges(copy: Float64[NDArray[np.float64], "rows columns 3"], outside: NDArray[np.bool_]) -> _Light | None:
    right = np.abs(copy[:, 1:] - copy[:, :-1])[outside[:, 1:] & outside[:, :-1]]
    down = np.abs(copy[1:] - copy[:-1])[outside[1:] & outside[:-1]]
    steps = np.concatenate([right, down])
    if len(steps) == 0 or steps.mean() < _LEAST_EDGE_LEVELS:
        return None
    return _ratios(steps.mean(axis=0))


def _ratios(colour: _Colour) -> _Light:
    red, green, blue = np.log(colour + 1.0)
    return np.array([red - green, blue - green])
