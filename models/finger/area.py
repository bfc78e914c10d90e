"""Which part of a picture the minutia network needs to see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.finger.ridges import WINDOW_PX, RidgeMap

_MARGIN_PX = 48
"""The network judges a pixel by its surroundings; nearer borders cost more minutiae."""

_LEAST_SAVING = 0.33
"""A cut changes about one minutia in a hundred (FVC2002 set B), so it is made only where it saves much time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintArea:
    """A rectangle of pixels; `right` and `bottom` are the first ones outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def pixels(self) -> int:
        """How many it holds."""
        return (self.right - self.left) * (self.bottom - self.top)


def find_print_area(ridges: RidgeMap, *, width: int, height: int) -> PrintArea:
    """Return the rectangle around all windows with ridges, or the whole picture where that saves little."""
    whole = PrintArea(left=0, top=0, right=width, bottom=height)
    rows, columns = np.nonzero(ridges.clear)
    if rows.size == 0:
        return whole
    down_px, right_px = ridges.stride_px
    around = PrintArea(
        left=max(0, int(columns.min()) * right_px - _MARGIN_PX),
        top=max(0, int(rows.min()) * down_px - _MARGIN_PX),
        right=min(width, int(columns.max()) * right_px + WINDOW_PX + _MARGIN_PX),
        bottom=min(height, int(rows.max()) * down_px + WINDOW_PX + _MARGIN_PX),
    )
    return around if around.pixels <= (1.0 - _LEAST_SAVING) * whole.pixels else whole
