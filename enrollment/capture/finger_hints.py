"""Hints on one finger on a scanner, frame by frame."""

from __future__ import annotations

from biometrics.samples import check_ppi
from devices.contract import Frame
from enrollment.capture.finger_sight import FingerSight, fitted_picture, see_finger
from enrollment.capture.hints import Hint
from enrollment.capture.looks import Look
from enrollment.capture.movement import FingerMovement
from models.finger.advice import PrintAdvice, advise
from models.finger.flow import measure_flow

GOOD_SCORE = 70
"""Estimate from which a print is good enough to be taken by itself. Of the prints of FVC2002 set B, as captured and
spoiled, whose quality turns out below 60, where `models.finger.advice` wants another one, 13 of 158 reach it; of the
others 695 of 802 (`kura bench capture`)."""

_VERY_DRY, _VERY_WET = 0.22, 0.62
"""Share of ink outside of which even a good print is worth a word: less than one in twenty of FVC2002 set B is."""

_SMALL_CM2 = 1.0
"""As in `models.finger.advice`."""

_OFF_CENTRE_MM, _NEAR_EDGE_MM = 3.5, 2.5
"""A finger whose contact lies as far beside the middle as one in ten of FVC2002 set B, and the middle of whose pattern
is as near the edge of contact as one in ten."""

NOTHING = Hint(key="finger.hint.none", blocking=True)
MOVING = Hint(key="finger.hint.hold_still", blocking=True)
GOOD = Hint(key="finger.hint.good", blocking=False)


class FingerLooker:
    """Looks at the frames of a scanner that takes one finger; implements `enrollment.capture.looks.Looker`.

    Parameters
    ----------
    ppi
        Resolution of the frames.

    Raises
    ------
    ResolutionError
        When no scanner has such a resolution.
    """

    def __init__(self, ppi: float) -> None:
        self._ppi = check_ppi(ppi)
        self._movement = FingerMovement()

    @property
    def praise(self) -> Hint:
        """What to say where there is nothing to do."""
        return GOOD

    def look(self, frame: Frame) -> Look:
        """Look at the next frame."""
        picture = fitted_picture(frame.pixels, self._ppi)
        if picture is None:
            return Look(hints=(NOTHING,), score=None)
        flow = measure_flow(picture)
        moved = self._movement.moved(picture, flow.contact)
        sight = see_finger(picture, flow)
        if not sight.seen:
            return Look(hints=(NOTHING,), score=None)
        return Look(hints=(MOVING,) * moved + finger_hints(sight), score=float(sight.quality.value))


def finger_hints(sight: FingerSight) -> tuple[Hint, ...]:
    """Return what to do about one finger: what keeps it from being good, or else what could still be better."""
    wanted = advise(sight.quality, good_enough=GOOD_SCORE)
    if wanted:
        return tuple(_hint(advice, blocking=True) for advice in wanted)
    measured = sight.quality.components
    off_centre = sight.off_centre_mm > _OFF_CENTRE_MM and measured["centre_to_edge_mm"] < _NEAR_EDGE_MM
    better = {
        PrintAdvice.SHOW_MORE: measured["contact_area_cm2"] < _SMALL_CM2,
        PrintAdvice.MOISTEN: measured["ridge_share"] < _VERY_DRY,
        PrintAdvice.DRY: measured["ridge_share"] > _VERY_WET,
        PrintAdvice.CENTRE: off_centre,
    }
    return tuple(_hint(advice, blocking=False) for advice, applies in better.items() if applies)


def _hint(advice: PrintAdvice, *, blocking: bool) -> Hint:
    return Hint(key=f"finger.hint.{advice.value}", blocking=blocking)
