"""How ridges run and where the finger touched, in cells of 8 pixels.

The direction of ridges is that of the averaged squared gradients (Kass and Witkin, "Analyzing oriented patterns",
CVGIP 37, 1987; Bazen and Gerez, "Systematic methods for the computation of the directional fields", IEEE PAMI 24,
2002): gradients on both flanks of a ridge are opposite, their squares as complex numbers are equal and add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Bool, Complex64, Float32
from numpy.typing import NDArray

from biometrics.arrays import GrayPixels

SquaredDirections: TypeAlias = Complex64[NDArray[np.complex64], "rows columns"]
ContactCells: TypeAlias = Bool[NDArray[np.bool_], "rows columns"]
CellValues: TypeAlias = Float32[NDArray[np.float32], "rows columns"]

PixelValues: TypeAlias = Float32[NDArray[np.float32], "height width"]
PixelFlags: TypeAlias = Bool[NDArray[np.bool_], "height width"]

CELL_PX = 8
"""About one ridge: fine enough for cores, coarse enough that a cell sees both flanks."""

_BLUR_PX = 1.0
_SMOOTHING_CELLS = 1.0

_LEAST_SHARE = 0.10
"""Of the strength that the strongest tenth of the cells reaches: fainter cells are ground. Of 60 prints looked at, as
captured or degraded, of all databases of FVC2002 set B, it outlines all but those whose ridges half vanish."""

_LEAST_STRENGTH = 8.0
"""Squared grey levels a pixel; noise of 10 grey levels on empty ground stays below."""

_GAP_CELLS = 5
"""Wide enough to bridge creases, and to lose specks beside the finger."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RidgeFlow:
    """Ridge directions in cells of 8 x 8 pixels.

    Parameters
    ----------
    across
        complex64 [rows, columns]: direction across the ridges, its angle doubled (y down), of length 0 where the
        cell has none to 1 where all its gradients agree.
    strength
        float32 [rows, columns]: how strong the gradients across are, in squared grey levels a pixel.
    contact
        bool [rows, columns]: the finger touched here; one piece without holes, or nowhere. Its outline lies about a
        cell outside the last ridge.
    """

    across: SquaredDirections
    strength: CellValues
    contact: ContactCells

    def contact_pixels(self, height: int, width: int) -> PixelFlags:
        """Return the contact at the size of the picture it was measured in, bool [height, width]."""
        cells = self.contact.astype(np.uint8)
        return np.asarray(cv2.resize(cells, (width, height), interpolation=cv2.INTER_NEAREST), np.bool_)


def measure_flow(picture: GrayPixels) -> RidgeFlow:
    """Measure a picture at 500 ppi; the result does not change when its grey levels are inverted."""
    smooth = cv2.GaussianBlur(picture, (0, 0), _BLUR_PX)
    right, down = (cv2.Scharr(smooth, cv2.CV_32F, *axis, scale=1 / 32) for axis in ((1, 0), (0, 1)))
    across, along, both = (_per_cell(product) for product in (right * right, down * down, right * down))
    squared = (across - along) + 2j * both
    energy = np.maximum(across + along, np.float32(1e-3))
    strength = np.abs(squared).astype(np.float32)
    return RidgeFlow(
        across=(squared / energy).astype(np.complex64), strength=strength, contact=_largest(ridged_cells(strength))
    )


def ridged_cells(strength: CellValues, gap_cells: int = _GAP_CELLS) -> ContactCells:
    """Return which cells show ridges, of one finger or several; gaps and specks narrower than `gap_cells` vanish."""
    least = max(_LEAST_STRENGTH, _LEAST_SHARE * float(np.quantile(strength, 0.9)))
    cells = np.pad((strength > least).astype(np.uint8), gap_cells)
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (gap_cells, gap_cells))
    for operation in (cv2.MORPH_CLOSE, cv2.MORPH_OPEN):
        cells = np.asarray(cv2.morphologyEx(cells, operation, disk), np.uint8)
    return cells[gap_cells:-gap_cells, gap_cells:-gap_cells].astype(np.bool_)


def _per_cell(product: PixelValues) -> CellValues:
    height, width = product.shape
    size = (max(1, round(width / CELL_PX)), max(1, round(height / CELL_PX)))
    cells = cv2.resize(product, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(cells, (0, 0), _SMOOTHING_CELLS), np.float32)


def _largest(cells: ContactCells) -> ContactCells:
    """Return the largest piece, its holes filled."""
    outlines, _ = cv2.findContours(cells.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(cells.shape, np.uint8)
    if outlines:
        cv2.drawContours(filled, [max(outlines, key=cv2.contourArea)], -1, (1,), cv2.FILLED)
    return filled.astype(np.bool_)
