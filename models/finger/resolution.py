"""Is the stated resolution possible? At a wrong one the ridges are closer or farther apart than any finger's."""

from __future__ import annotations

import math

from biometrics.errors import ResolutionError
from biometrics.templates import TEMPLATE_PPI
from models.finger.ridges import RidgeMap

SHORTEST_PERIOD_PX, LONGEST_PERIOD_PX = 5.5, 13.0
"""Typical distance between ridges at 500 ppi, 0.28 to 0.66 mm. The 320 prints of FVC2002 set B measure 6.3 to 11.3
px; stated as 1000 or 250 ppi, half or twice that."""

_USUAL_PERIOD_PX = 9.0
_LEAST_WINDOWS = 4
"""Fewer clear windows than this are no evidence."""

_LARGEST_PRINT_IN = 3.2
"""What ten-print cards give to four fingers together."""

_USUAL_PPI = (250, 500, 1000, 2000)
"""What fingerprint scanners are made for; the estimate is too coarse to tell 500 from 569."""


def check_size(width: int, height: int, ppi: float) -> None:
    """Refuse a picture larger than any hand's print.

    Raises
    ------
    ResolutionError
        When a side is longer than 3.2 inches.
    """
    longest_in = max(width, height) / ppi
    if longest_in > _LARGEST_PRINT_IN:
        raise ResolutionError(
            f"at {ppi:g} pixels per inch the picture is {longest_in:.1f} inches long, more than four fingers",
            remedy="give the true resolution with --ppi or a ppi column, or crop the picture to the print",
        )


def check_resolution(ridges: RidgeMap, ppi: float, scale: float = 1.0) -> None:
    """Refuse a resolution at which the ridges would not be a human finger's.

    Parameters
    ----------
    ridges
        Measured on the picture as captured, or little smaller: fine ridges must not have been lost by resampling to a
        wrong scale.
    ppi
        The stated resolution of the picture as captured.
    scale
        Sides of the measured picture relative to the captured one.

    Raises
    ------
    ResolutionError
        When the typical distance between ridges is impossible; names a resolution that would fit.
    """
    measured_px = ridges.typical_period_px
    if measured_px is None or ridges.clear_count < _LEAST_WINDOWS:
        return
    period_px = measured_px * TEMPLATE_PPI / (ppi * scale)
    if not SHORTEST_PERIOD_PX <= period_px <= LONGEST_PERIOD_PX:
        fitting = ppi * period_px / _USUAL_PERIOD_PX
        nearest = min(_USUAL_PPI, key=lambda usual: abs(math.log(usual / fitting)))
        raise ResolutionError(
            f"{ppi:g} pixels per inch cannot be true: the ridges would be {25.4 * period_px / TEMPLATE_PPI:.2f} mm "
            "apart, and no finger's are",
            remedy=f"give the true resolution, probably about {nearest}, with --ppi or a ppi column; if {ppi:g} is "
            "true, the picture shows no finger or a very wet one: capture it again",
        )
