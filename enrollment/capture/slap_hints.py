"""Hints on fingers pressed together, frame by frame: how many are seen, whose they may be, and which is poor."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from biometrics.arrays import GrayPixels
from biometrics.errors import CaptureError
from biometrics.positions import Position
from biometrics.samples import check_ppi
from biometrics.slaps import Slap
from devices.contract import Frame
from enrollment.capture.finger_hints import GOOD, MOVING, NOTHING
from enrollment.capture.finger_sight import FingerSight, fitted_picture, is_light_on_dark, see_finger
from enrollment.capture.hints import Hint
from enrollment.capture.looks import Look
from enrollment.capture.movement import FingerMovement
from models.finger.advice import PrintAdvice, advise
from models.finger.flow import CELL_PX, ContactCells, RidgeFlow, measure_flow, ridged_cells
from models.finger.slap import find_hand_fault
from models.finger.slap_fingers import FingertipBox, find_fingers

GOOD_SCORE = 60
"""Estimate from which each finger of a slap is good enough; `models.finger.advice` asks for as much. It is less than of
a finger alone, since the little finger of a small hand is small however well it lies."""

_GAP_CELLS = 3
"""As in `models.finger.slap_fingers`: 1.2 mm keep fingers apart."""


class SlapLooker:
    """Looks at the frames of a scanner on which fingers are pressed together; implements `Looker`.

    Parameters
    ----------
    ppi
        Resolution of the frames.
    slap
        Which fingers are pressed.
    positions
        Those of them that are to be there, from left to right.

    Raises
    ------
    ResolutionError
        When no scanner has such a resolution.
    CaptureError
        When the positions are none, or not the slap's.
    """

    def __init__(self, ppi: float, slap: Slap, positions: Sequence[Position] | None = None) -> None:
        self._ppi = check_ppi(ppi)
        wanted = slap.fingers if positions is None else positions
        self._expected = tuple(finger for finger in slap.fingers if finger in wanted)
        if not wanted or len(self._expected) != len(wanted):
            raise CaptureError(
                "these are no fingers of this slap",
                remedy=f"name some of {', '.join(finger.value for finger in slap.fingers)}",
            )
        self._slap = slap
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
        touched = ridged_cells(flow.strength, _GAP_CELLS)
        moved = self._movement.moved(picture, touched)
        found = find_fingers(flow)
        sights = see_fingers(picture, flow, touched, found.boxes)
        seen = [sight for sight in sights if sight.seen]
        if not seen:
            return Look(hints=(NOTHING,), score=None)
        complete = len(found.boxes) == len(self._expected)
        hints = (*self._of_the_hand(found.boxes), *self._of_the_fingers(sights if complete else seen, named=complete))
        score = sum(sight.quality.value for sight in seen) / max(len(found.boxes), len(self._expected))
        return Look(hints=(MOVING,) * moved + hints, score=float(score))

    def _of_the_hand(self, boxes: Sequence[FingertipBox]) -> tuple[Hint, ...]:
        found, expected = len(boxes), len(self._expected)
        if found != expected:
            # One may be missing for good; several are on their way to the glass.
            fewer = "fewer" if found == expected - 1 else "fewer_several"
            key = f"finger.hint.{fewer if found < expected else 'more'}"
            return (Hint(key=key, blocking=True, numbers={"found": found, "expected": expected}),)
        fault = None if self._slap is Slap.THUMBS else find_hand_fault(boxes, right=self._slap is Slap.RIGHT)
        return () if fault is None else (Hint(key=f"finger.hint.{fault.value}", blocking=True),)

    def _of_the_fingers(self, sights: Sequence[FingerSight], *, named: bool) -> tuple[Hint, ...]:
        """Return one hint for each thing to do, with the fingers it is about where they can be named."""
        about: dict[PrintAdvice, list[Position]] = {}
        for place, sight in enumerate(sights):
            for advice in _advice_in_a_slap(sight):
                about.setdefault(advice, []).extend(self._expected[place : place + 1] if named else ())
        return tuple(
            # What all fingers need is said once, of none of them.
            Hint(
                key=f"finger.hint.{advice.value}",
                blocking=True,
                positions=tuple(positions) if len(positions) < len(sights) else (),
            )
            for advice, positions in about.items()
        )


def _advice_in_a_slap(sight: FingerSight) -> tuple[PrintAdvice, ...]:
    """Return what to do about one finger among others, which is not moved to the middle by itself."""
    wanted = advise(sight.quality, good_enough=GOOD_SCORE)
    return tuple(advice for advice in wanted if advice is not PrintAdvice.CENTRE) or (PrintAdvice.CLEAN,) * bool(wanted)


def see_fingers(
    picture: GrayPixels, flow: RidgeFlow, touched: ContactCells, boxes: Sequence[FingertipBox]
) -> tuple[FingerSight, ...]:
    """Return what a picture at 500 ppi shows of each fingertip, in the order of the boxes.

    Parameters
    ----------
    flow
        Of the whole picture.
    touched
        Where any finger touches, in its cells.
    """
    inverted = is_light_on_dark(picture, flow)
    return tuple(_see_one(picture, flow, touched, box, inverted=inverted) for box in boxes)


def _see_one(
    picture: GrayPixels, flow: RidgeFlow, touched: ContactCells, box: FingertipBox, *, inverted: bool
) -> FingerSight:
    corners = cv2.boxPoints(((box.x, box.y), (box.width, box.height), -box.angle_deg)) / CELL_PX
    inside = np.zeros(touched.shape, np.uint8)
    cv2.fillConvexPoly(inside, np.rint(corners).astype(np.int32), (1,))
    rows, columns = touched.shape
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, (columns - 1, rows - 1))
    right, bottom = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 1, (left + 1, top + 1), (columns, rows))
    cells = (slice(top, bottom), slice(left, right))
    own = RidgeFlow(across=flow.across[cells], strength=flow.strength[cells], contact=(touched & (inside > 0))[cells])
    cut = picture[top * CELL_PX : bottom * CELL_PX, left * CELL_PX : right * CELL_PX]
    return see_finger(np.ascontiguousarray(cut), own, inverted=inverted)
