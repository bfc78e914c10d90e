"""How useful a print will be for comparison, and what an operator can see and change.

The value predicts utility, as ISO/IEC 29794-1 and 29794-4 have it: prints of low value fail to match their mates more
often. It says nothing about the person, and nothing is refused because of it.
"""

from __future__ import annotations

import math

import numpy as np

from biometrics.arrays import GrayPixels
from biometrics.quality import QualityScore
from biometrics.templates import TEMPLATE_PPI, MinutiaSet
from models.finger.centring import measure_centring
from models.finger.flow import CELL_PX, RidgeFlow
from models.finger.ridges import RidgeMap
from models.finger.wetness import measure_ridge_share

ALGORITHM = "kura-print/2"

_DOUBTFUL, _SURE = 0.45, 0.90
"""Probabilities of a minutia between which its weight grows from 0 to 1. Counting those above 0.7 or above 0.8 ranks
prints as well; counting all does worse, since poor pictures are full of doubtful ones."""

_CLEAR_MINUTIAE_SCALE = 12.0
"""Clear minutiae that make 63 of 100. On degraded FVC2002 set B and worn simulated prints, of the pairs whose worse
print has 5 of them (34 of 100) four in ten score below the threshold of FMR 1e-3, with 10 (57) one in twelve, with 30
(92) one in a hundred."""

_CM2 = (2.54 / TEMPLATE_PPI) ** 2


def count_clear_minutiae(minutiae: MinutiaSet) -> float:
    """Return how many minutiae the network is sure of, doubtful ones in part: what a mate can be expected to repeat."""
    probability = minutiae.quality.astype(np.float64) / 100.0
    return float(np.clip((probability - _DOUBTFUL) / (_SURE - _DOUBTFUL), 0.0, 1.0).sum())


def assess_print(
    picture: GrayPixels, ridges: RidgeMap, flow: RidgeFlow, minutiae: MinutiaSet | None = None
) -> QualityScore:
    """Return quality 0-100, which grows with the clear minutiae alone, and the components of a print.

    The network is less sure where ridges are faint, smeared, broken or noisy, and a small print has few minutiae: all
    that makes a print poor shows in this one number. Area, clarity, centring and wetness, tried as further factors,
    predicted nothing more; they are there to tell an operator why.

    Parameters
    ----------
    picture
        At 500 ppi, ridges dark.
    ridges, flow
        Measured on it.
    minutiae
        Found in it; None when it was not worth looking.

    Returns
    -------
    QualityScore
        Components: `minutiae` found and `clear_minutiae` (expected number), `contact_area_cm2` where the finger
        touched and `print_area_cm2` where its ridges are seen, `ridge_clarity` (0-1, share of energy in the ridges),
        `ridge_period_px` (at 500 ppi, 0 unknown), `ridge_share` (0 dry to 1 wet), `off_centre_mm` (contact from the
        picture's middle), `centre_to_edge_mm` (the pattern's middle from the edge of contact, 0 when outside).
    """
    clear = 0.0 if minutiae is None else count_clear_minutiae(minutiae)
    centring = measure_centring(flow)
    down_px, right_px = ridges.stride_px
    return QualityScore(
        value=round(100 * (1.0 - math.exp(-clear / _CLEAR_MINUTIAE_SCALE))),
        algorithm=ALGORITHM,
        components={
            "minutiae": 0.0 if minutiae is None else float(len(minutiae)),
            "clear_minutiae": clear,
            "contact_area_cm2": float(flow.contact.sum()) * CELL_PX**2 * _CM2,
            "print_area_cm2": ridges.clear_count * down_px * right_px * _CM2,
            "ridge_clarity": ridges.typical_clarity,
            "ridge_period_px": ridges.typical_period_px or 0.0,
            "ridge_share": measure_ridge_share(picture, flow),
            "off_centre_mm": centring.off_centre_mm,
            "centre_to_edge_mm": centring.centre_to_edge_mm,
        },
    )
