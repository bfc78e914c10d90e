"""How much of each ridge period prints dark, and whether dark is what ridges are.

Dry skin leaves thin ridges, wet skin fills the valleys between them. And since valleys do not touch the glass, they
look like the ground beside the finger, in every sensor: where the ground looks like ridges, the picture is inverted.
"""

from __future__ import annotations

import cv2
import numpy as np

from biometrics.arrays import GrayPixels
from models.finger.flow import CELL_PX, RidgeFlow

_NEIGHBOURHOOD_PX = 17
"""Almost two ridges: everywhere in it is a ridge and a valley."""

_RIM_CELLS = 3
"""What the edge of contact blurs is neither ground nor finger."""

_LEAST_GROUND = 0.02
"""Share of the picture from which ground is judged."""

_INVERTED_BELOW = 0.5
"""Where the lightest tenth of the ground begins, between a print's darkest (0) and lightest (1) levels: what is light
anywhere beside the finger was not inverted. On FVC2002 set B it is 0.69 and more. Inverted, all prints of DB1 and DB3
are recognised and half of DB2's and DB4's, whose ground is uneven; the others match as they are, since the network
finds nine tenths of the minutiae in either polarity."""


def is_inverted(picture: GrayPixels, flow: RidgeFlow) -> bool:
    """Tell whether ridges are light on dark ground; False where too little ground is seen to judge."""
    contact = flow.contact_pixels(*picture.shape)
    rim = np.ones((_RIM_CELLS * CELL_PX, _RIM_CELLS * CELL_PX), np.uint8)
    ground = cv2.dilate(contact.astype(np.uint8), rim) == 0
    if not contact.any() or ground.mean() < _LEAST_GROUND:
        return False
    dark, light = np.quantile(picture[contact], (0.05, 0.95))
    return bool(np.quantile(picture[ground], 0.9) < dark + _INVERTED_BELOW * (light - dark))


def measure_ridge_share(picture: GrayPixels, flow: RidgeFlow) -> float:
    """Return the typical share of ink over the contact: 0 all valley, 0.5 balanced, 1 all ridge; 0.5 without contact.

    A pixel counts by where it lies between the darkest and the lightest level near it, whatever the contrast.
    """
    if not flow.contact.any():
        return 0.5
    smooth = cv2.GaussianBlur(picture, (0, 0), 0.8)
    near = np.ones((_NEIGHBOURHOOD_PX, _NEIGHBOURHOOD_PX), np.uint8)
    size = (_NEIGHBOURHOOD_PX, _NEIGHBOURHOOD_PX)
    dark, light = (cv2.blur(extreme(smooth, near), size).astype(np.float32) for extreme in (cv2.erode, cv2.dilate))
    ink = (light - smooth) / np.maximum(light - dark, np.float32(1.0))
    rows, columns = flow.contact.shape
    cells = cv2.resize(ink, (columns, rows), interpolation=cv2.INTER_AREA)
    return float(np.clip(np.median(cells[flow.contact]), 0.0, 1.0))
