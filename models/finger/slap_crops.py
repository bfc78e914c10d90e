"""Each fingertip of a slap as a picture of its own: upright, and without its neighbours."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from biometrics.arrays import GrayPixels
from biometrics.templates import TEMPLATE_PPI
from models.finger.flow import RidgeFlow, ridged_cells
from models.finger.resample import ResampledPixels
from models.finger.slap_fingers import Affine, FingertipBox

_MARGIN_PX = round(2.0 / 25.4 * TEMPLATE_PPI)
"""2 mm of ground around the fingertip: what extraction needs to judge the outermost minutiae."""


def crop_fingertips(picture: GrayPixels, flow: RidgeFlow, boxes: Sequence[FingertipBox]) -> tuple[ResampledPixels, ...]:
    """Return the fingertips, turned upright, with what belongs to others or lies below the crease left blank.

    Parameters
    ----------
    picture
        At 500 ppi.
    flow
        Measured on it.
    boxes
        Of all its fingertips.
    """
    ground = _ground_level(picture, flow)
    return tuple(_crop(picture, box, [other for other in boxes if other is not box], ground) for box in boxes)


def _ground_level(picture: GrayPixels, flow: RidgeFlow) -> int:
    height, width = picture.shape
    ridged = cv2.resize(ridged_cells(flow.strength).astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    beside = picture[ridged == 0]
    return int(np.median(beside if beside.size else picture))


def _crop(picture: GrayPixels, box: FingertipBox, others: Sequence[FingertipBox], ground: int) -> ResampledPixels:
    width, height = round(box.width) + 2 * _MARGIN_PX, round(box.height) + 2 * _MARGIN_PX
    way = _way(box, width, height)
    size, inverse = (width, height), cv2.WARP_INVERSE_MAP
    crop = np.asarray(
        cv2.warpAffine(picture, way, size, flags=cv2.INTER_CUBIC | inverse, borderValue=(ground,)), np.uint8
    )
    taken = np.zeros(picture.shape, np.uint8)
    for other in others:
        corners = cv2.boxPoints(((other.x, other.y), (other.width, other.height), -other.angle_deg))
        cv2.fillConvexPoly(taken, np.rint(corners).astype(np.int32), (1,))
    blank = np.asarray(cv2.warpAffine(taken, way, size, flags=cv2.INTER_NEAREST | inverse), np.bool_)
    blank[:-_MARGIN_PX, _MARGIN_PX:-_MARGIN_PX] = False
    blank[-_MARGIN_PX:] = True
    crop[blank] = ground
    return crop


def _way(box: FingertipBox, width: int, height: int) -> Affine:
    """Return the way from pixels of the crop to those of the picture."""
    cos, sin = math.cos(math.radians(box.angle_deg)), math.sin(math.radians(box.angle_deg))
    turn = np.array(((cos, sin), (-sin, cos)))
    start = np.array((box.x, box.y)) - turn @ np.array(((width - 1) / 2, (height - 1) / 2))
    return np.column_stack((turn, start))
