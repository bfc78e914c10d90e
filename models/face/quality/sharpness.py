"""Sharpness: defocus and motion blur, measured at the size the embedder sees, and blocks of strong JPEG compression."""

from __future__ import annotations

import math

import cv2
import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from biometrics.arrays import ColorPixels
from models.face.quality.size import FULL_EYE_DISTANCE_PX, frontal_eye_distance
from models.face.quality.view import INNER_FACE, Component, FaceView, judged

_STEP_PX = 4
"""Distance over which fine and coarse changes are compared."""

_ROUNDING_VARIANCE = 1.0 / 6.0
"""Of the difference of two levels that were each rounded to a whole number: no detail."""

_BLURRED, _SOFT = 0.05, 0.10
"""Sharp faces of the development sets have a median of 0.30, of 0.14 when blurred by 1 pixel (standard deviation, at
the embedder's size), 0.09 by 1.5, 0.06 by 2, 0.04 by 3, 0.10 when moved by 5 pixels and 0.06 by 9."""

_MUCH_SMEARED, _SMEARED = (0.20, 0.12), (0.35, 0.20)
"""Lower over higher of both directions, and the lower, below which a face moved: 1 and 2 % of the faces of LFW View 1
and of the FairFace sample as they are, 65 to 80 % of those moved sideways by 5 or 9 pixels at the embedder's size. Up
and down (45 %) and aslant (12 to 18 %) it is seen less often."""

_BLOCK_PX = 8
_MUCH_BLOCKS, _SOME_BLOCKS = 1.4, 0.9
"""JPEG quality 15 and 30 to 40 on the FairFace sample (medians of 1.4, 0.8); as published its 95th percentile is 0.5.
A picture made smaller after it was compressed shows no blocks any more, nor much of the harm."""

_MOST_BLOCK_SIDE_PX = 512
"""The middle of a larger face is enough."""

_Plane = Float32[NDArray[np.float32], "rows columns"]


def measure_sharpness(view: FaceView) -> tuple[float, float]:
    """Return how much faster neighbours differ than a straight ramp over four pixels would have it, 0 and more.

    There is a number along rows and one along columns, the lower first.

    The root mean square difference over one pixel is divided by that over four. Gain and contrast cancel out. A face
    smaller than the embedder's input is measured at its own size: that it is small is for `size` to say.
    """
    gray = view.gray
    inside = INNER_FACE
    scale = frontal_eye_distance(view.face) / FULL_EYE_DISTANCE_PX
    if scale < 1.0:
        side = max(16, round(scale * gray.shape[0]))
        gray = np.asarray(cv2.resize(gray, (side, side), interpolation=cv2.INTER_AREA))
        inside = cv2.resize(inside.astype(np.uint8), (side, side), interpolation=cv2.INTER_NEAREST).astype(bool)
    ratios = []
    for plane, mask in ((gray, inside), (gray.T, inside.T)):
        fine = _spread((plane[:, 1:] - plane[:, :-1])[mask[:, 1:]])
        coarse = _spread((plane[:, _STEP_PX:] - plane[:, :-_STEP_PX])[mask[:, _STEP_PX:]])
        ratios.append(max(0.0, _STEP_PX * fine / max(coarse, 1e-3) - 1.0))
    return min(ratios), max(ratios)


def _spread(differences: Float32[NDArray[np.float32], " pixels"]) -> float:
    return math.sqrt(max(0.0, float(differences.var()) - _ROUNDING_VARIANCE))


def measure_blocks(pixels: ColorPixels, view: FaceView) -> float:
    """Return how much the steps at one phase of an 8-pixel grid exceed the others, in mean differences, 0 and more."""
    face = view.face
    x, y = face.centre
    reach_x, reach_y = (min(side, _MOST_BLOCK_SIDE_PX) / 2 for side in (face.width, face.height))
    rows = slice(max(0, int(y - reach_y)), max(0, int(y + reach_y)))
    columns = slice(max(0, int(x - reach_x)), max(0, int(x + reach_x)))
    cut = pixels[rows, columns]
    if min(cut.shape[:2]) < 3 * _BLOCK_PX:
        return 0.0
    gray = np.asarray(cv2.cvtColor(np.ascontiguousarray(cut), cv2.COLOR_RGB2GRAY), np.float32)
    return max(0.0, min(_excess(gray), _excess(gray.T)))


def _excess(gray: _Plane) -> float:
    steps = np.abs(gray[:, 1:] - gray[:, :-1]).mean(axis=0)
    sharper = steps[1:-1] - (steps[:-2] + steps[2:]) / 2
    whole = sharper[: len(sharper) // _BLOCK_PX * _BLOCK_PX].reshape(-1, _BLOCK_PX).mean(axis=0)
    return float((whole.max() - np.median(whole)) / (steps.mean() + 0.5))


def assess_sharpness(view: FaceView) -> Component:
    """Judge focus, motion and compression."""
    sharpness, across = measure_sharpness(view)
    blocks = measure_blocks(view.pixels, view)
    ratio = sharpness / max(across, _BLURRED)

    def smeared(limits: tuple[float, float]) -> bool:
        return ratio < limits[0] and sharpness < limits[1]

    return judged(
        "sharpness",
        {"sharpness": sharpness, "smear_ratio": ratio, "blocks": blocks},
        bad=(
            (sharpness < _BLURRED, "blurred"),
            (smeared(_MUCH_SMEARED), "moved"),
            (blocks > _MUCH_BLOCKS, "compressed"),
        ),
        improve=((smeared(_SMEARED), "moved"), (sharpness < _SOFT, "soft"), (blocks > _SOME_BLOCKS, "compressed")),
    )
