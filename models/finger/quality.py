"""How useful a print is, from three things an operator can see: its size, how clear its ridges are, its minutiae."""

from __future__ import annotations

from biometrics.quality import QualityScore
from biometrics.templates import TEMPLATE_PPI
from models.finger.ridges import RidgeMap

ALGORITHM = "kura-print/1"

_GOOD_AREA_CM2 = 2.0
"""A flat finger on a one-inch sensor shows at least this."""

_POOR_CLARITY, _GOOD_CLARITY = 0.15, 0.60
"""From hardly a ridge to what the clearest quarter of FVC2002 set B shows."""

_GOOD_COUNT = 40
"""Minutiae of an ordinary plain impression."""


def assess_print(ridges: RidgeMap, minutiae: int) -> QualityScore:
    """Return quality 0-100: the geometric mean of area, clarity and minutiae, each as a share of a good print's.

    A print that lacks any of the three is of little use however good the others are, hence no arithmetic mean.

    Parameters
    ----------
    ridges
        Measured at 500 ppi.
    minutiae
        How many were found.
    """
    down_px, right_px = ridges.stride_px
    area_cm2 = ridges.clear_count * down_px * right_px * (2.54 / TEMPLATE_PPI) ** 2
    parts = (
        area_cm2 / _GOOD_AREA_CM2,
        (ridges.typical_clarity - _POOR_CLARITY) / (_GOOD_CLARITY - _POOR_CLARITY),
        minutiae / _GOOD_COUNT,
    )
    product = 1.0
    for part in parts:
        product *= min(max(part, 0.0), 1.0)
    return QualityScore(
        value=round(100 * product ** (1 / len(parts))),
        algorithm=ALGORITHM,
        components={
            "minutiae": float(minutiae),
            "print_area_share": ridges.clear_share,
            "print_area_cm2": area_cm2,
            "ridge_clarity": ridges.typical_clarity,
            "ridge_period_px": ridges.typical_period_px or 0.0,
        },
    )
