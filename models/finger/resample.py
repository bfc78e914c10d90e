"""Any fingerprint picture as grey levels, and at 500 pixels per inch."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import UInt8
from numpy.typing import NDArray

from biometrics.arrays import GrayPixels, Pixels
from biometrics.samples import check_ppi
from biometrics.templates import TEMPLATE_PPI

ResampledPixels: TypeAlias = UInt8[NDArray[np.uint8], "new_height new_width"]

_CLOSE_ENOUGH = 0.005
"""Relative deviation of the resolution left alone: half of what certified scanners may deviate (FBI EBTS, appendix F:
1 %), two pixels over a finger, and too little to be worth the loss of a second sampling."""

_STRONG_SHRINKING = 0.67
"""Below this scale neighbouring pixels are averaged, because cubic interpolation would skip some."""


def to_gray(pixels: Pixels) -> GrayPixels:
    """Return grey levels: the luma of RGB pixels (ITU-R BT.601), grey pixels as they are."""
    gray = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.ascontiguousarray(gray, dtype=np.uint8)


def to_template_resolution(picture: GrayPixels, ppi: float) -> ResampledPixels:
    """Return the picture at 500 ppi.

    Parameters
    ----------
    picture
        uint8 [height, width].
    ppi
        Resolution of `picture`.

    Returns
    -------
    ResampledPixels
        uint8 [height', width'], sides scaled by 500 / ppi and rounded, at least 1; `picture` itself where the
        resolution is close enough.

    Raises
    ------
    ResolutionError
        When the resolution is impossible.
    """
    scale = TEMPLATE_PPI / check_ppi(ppi)
    if abs(scale - 1.0) <= _CLOSE_ENOUGH:
        return picture
    height, width = (max(1, round(side * scale)) for side in picture.shape)
    method = cv2.INTER_AREA if scale < _STRONG_SHRINKING else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (width, height), interpolation=method), dtype=np.uint8)
