"""What one frame shows of one finger, measured in milliseconds, and the quality that extraction would find in it.

The network that finds minutiae takes ten times as long as a frame may. What it is sure of follows from how much clear
ridge there is: the area over which gradients agree, and how many ridges, clearly seen, that area holds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Bool
from numpy.typing import NDArray

from biometrics.arrays import GrayPixels, Pixels
from biometrics.quality import QualityScore
from biometrics.templates import TEMPLATE_PPI
from models.finger.centring import measure_centring
from models.finger.flow import CELL_PX, RidgeFlow
from models.finger.resample import ResampledPixels, to_gray
from models.finger.ridges import WINDOW_PX, RidgeMap, WindowFlags, measure_ridges
from models.finger.wetness import is_inverted, measure_ridge_share

ContactOfWindows: TypeAlias = Bool[NDArray[np.bool_], "cell_rows cell_columns"]
"""Cells in which the finger touches, in a function that has a grid of windows too."""

ALGORITHM = "kura-live-print/1"

_SCALE, _STEEPNESS = 1930.0, 1.25
"""Ridge amounts (pixels at 500 ppi, see `_ridge_amount`) that stand for 63 of 100, and the power with which the number
of clear minutiae grows with them: medians over the prints of FVC2002 set B, as captured and spoiled, and simulated
ones. Ranks agree with `kura-print/2` as `kura bench capture` prints."""

_LEAST_CONTACT_CM2 = 0.15
"""Half of what the smallest usable prints show (7 mm square, `models.finger.extractor`): less is a stain."""

_LEAST_SIDE_PX = 80
"""4 mm at 500 ppi, the smallest sensors there are."""

_LARGEST_SIDE_PX = 1700
"""3.4 inches at 500 ppi, more than a hand: what is larger is shown at a wrong resolution, and made smaller."""

_INVERSION_STRIDE = 2
"""Levels need no neighbours: every other pixel tells whether they are inverted."""

_CM2 = (2.54 / TEMPLATE_PPI) ** 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerSight:
    """One finger in one frame.

    Parameters
    ----------
    quality
        Estimated, with the components that `models.finger.advice.advise` asks for, measured.
    off_centre_mm
        From the middle of the picture to that of the contact.
    """

    quality: QualityScore
    off_centre_mm: float

    @property
    def seen(self) -> bool:
        """Whether there is a finger at all."""
        return self.quality.components["contact_area_cm2"] >= _LEAST_CONTACT_CM2 and self.quality.value > 0


def fitted_picture(pixels: Pixels, ppi: float) -> ResampledPixels | None:
    """Return a frame in grey levels at 500 ppi, or smaller where that is more than a hand; None when it is too small.

    Parameters
    ----------
    pixels
        uint8 [height, width] or [height, width, 3].
    ppi
        Its resolution.
    """
    gray = to_gray(pixels)
    scale = min(TEMPLATE_PPI / ppi, _LARGEST_SIDE_PX / max(gray.shape))
    height, width = (round(side * scale) for side in gray.shape)
    if min(height, width) < _LEAST_SIDE_PX:
        return None
    if abs(scale - 1.0) < 0.005:
        return gray
    method = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(gray, (width, height), interpolation=method), np.uint8)


def see_finger(picture: GrayPixels, flow: RidgeFlow, *, inverted: bool | None = None) -> FingerSight:
    """Return what a picture at 500 ppi shows of the finger that touches where the flow has contact.

    Parameters
    ----------
    inverted
        Whether ridges are light; None to find out.
    """
    ridges = measure_ridges(picture)
    clear = ridges.clear & _touched(ridges, flow.contact)
    if inverted is None:
        inverted = is_light_on_dark(picture, flow)
    share = measure_ridge_share(picture, flow)
    centring = measure_centring(flow)
    amount = _ridge_amount(ridges, clear, flow)
    quality = QualityScore(
        value=round(100 * (1.0 - math.exp(-((amount / _SCALE) ** _STEEPNESS)))),
        algorithm=ALGORITHM,
        components={
            "contact_area_cm2": float(flow.contact.sum()) * CELL_PX**2 * _CM2,
            "ridge_share": 1.0 - share if inverted else share,
            "centre_to_edge_mm": centring.centre_to_edge_mm,
        },
    )
    return FingerSight(quality=quality, off_centre_mm=centring.off_centre_mm)


def is_light_on_dark(picture: GrayPixels, flow: RidgeFlow) -> bool:
    """Return whether ridges are light, looked at in fewer pixels than `models.finger.wetness.is_inverted` is given."""
    return is_inverted(np.ascontiguousarray(picture[::_INVERSION_STRIDE, ::_INVERSION_STRIDE]), flow)


def _ridge_amount(ridges: RidgeMap, clear: WindowFlags, flow: RidgeFlow) -> float:
    """Return the geometric mean of the area over which gradients agree, and of the squares of one ridge seen clearly.

    The first is less sure of small pictures' periods, the second of noise; together they rank better than either.
    """
    if not clear.any():
        return 0.0
    agreeing = float((np.abs(flow.across) * flow.contact).sum()) * CELL_PX**2
    down, right = ridges.stride_px
    squares = float((ridges.clarity[clear] / ridges.period_px[clear] ** 2).sum()) * down * right
    return math.sqrt(agreeing * squares)


def _touched(ridges: RidgeMap, contact: ContactOfWindows) -> WindowFlags:
    """Return which windows have their middle in the contact."""
    (rows, columns), (down, right) = ridges.clear.shape, ridges.stride_px
    middle = WINDOW_PX // 2
    row = np.minimum((np.arange(rows) * down + middle) // CELL_PX, contact.shape[0] - 1)
    column = np.minimum((np.arange(columns) * right + middle) // CELL_PX, contact.shape[1] - 1)
    return np.asarray(contact[np.ix_(row, column)], np.bool_)
