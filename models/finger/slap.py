"""A picture of several fingers pressed together, taken apart into single fingers with their names.

Fingers are named by their order alone: what a slap shows, less those that the person lacks, from left to right. Where
another number is found than expected, naming would be a guess, and no finger is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import Enum

from biometrics.errors import SampleError
from biometrics.positions import Modality, Position
from biometrics.samples import BiometricSample, check_ppi
from biometrics.slaps import Slap
from biometrics.templates import TEMPLATE_PPI
from models.finger.flow import measure_flow
from models.finger.resample import to_gray, to_template_resolution
from models.finger.resolution import check_size
from models.finger.slap_crops import crop_fingertips
from models.finger.slap_fingers import LONGEST_TIP_MM, FingertipBox, find_fingers

_OTHER_HAND_MM = 8.0
"""By how much the heights of four tips must speak for the other hand. On hands, and composed slaps, they speak for the
right one by 14 and more (index above little finger, middle above ring finger)."""


_UPSIDE_DOWN_MM = 8.0
"""By how much the two outer tips together must reach above the two inner ones. On 24 composed slaps they stay 19 and
more below; with the pictures upside down they, or the phalanges taken for them, reach 18 and more above."""


class HandFault(Enum):
    """How a hand lies wrong; the value is a code for programs and translations."""

    UPSIDE_DOWN = "upside_down"
    OTHER_HAND = "other_hand"

    @property
    def text(self) -> str:
        """What an operator should know, in English."""
        return _FAULT_TEXTS[self]


_FAULT_TEXTS = {
    HandFault.UPSIDE_DOWN: "the fingertips lie as in a picture upside down; turn it, so that the fingers point up",
    HandFault.OTHER_HAND: "the fingertips lie as those of the other hand; check which hand was pressed",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SegmentedFinger:
    """One fingertip: where it lies in the picture at 500 ppi, and a sample of it alone, upright and at 500 ppi."""

    box: FingertipBox
    sample: BiometricSample


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SlapSegmentation:
    """What a slap was taken apart into.

    Parameters
    ----------
    expected
        The fingers that should be there, from left to right.
    fingers
        Those found, from left to right; of unknown position where their number is not as expected.
    rotation_deg
        By how much the hand is turned, counter-clockwise.
    warnings
        What an operator should know.
    """

    expected: tuple[Position, ...]
    fingers: tuple[SegmentedFinger, ...]
    rotation_deg: float
    warnings: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether as many fingers were found as expected, so that they have names."""
        return len(self.fingers) == len(self.expected)


def segment_slap(sample: BiometricSample, slap: Slap, missing: AbstractSet[Position] = frozenset()) -> SlapSegmentation:
    """Find the fingertips of a slap, name them, and cut each out upright, without its neighbours and phalanges.

    Parameters
    ----------
    sample
        The whole picture; its position is not looked at.
    slap
        Which fingers were pressed.
    missing
        Those of them that the person lacks, or that were not pressed.

    Raises
    ------
    SampleError
        When the sample is a face, a missing finger is none of the slap's, or all are missing.
    ResolutionError
        When the picture is larger than a hand's at its resolution.
    """
    expected = _expected(slap, missing)
    if sample.modality is not Modality.FINGER:
        raise SampleError("fingers are expected, not a face", remedy="correct the modality")
    ppi = check_ppi(sample.ppi)
    check_size(sample.width, sample.height, ppi)
    picture = to_template_resolution(to_gray(sample.pixels), ppi)
    flow = measure_flow(picture)
    found = find_fingers(flow)
    complete = len(found.boxes) == len(expected)
    names = expected if complete else (Position.UNKNOWN,) * len(found.boxes)
    crops = crop_fingertips(picture, flow, found.boxes)
    fingers = tuple(
        SegmentedFinger(box=box, sample=replace(sample, position=name, pixels=crop, ppi=TEMPLATE_PPI))
        for box, name, crop in zip(found.boxes, names, crops, strict=True)
    )
    warnings = _misplaced(fingers) if complete else (_shortfall(len(fingers), len(expected)),)
    return SlapSegmentation(
        expected=expected,
        fingers=fingers,
        rotation_deg=found.rotation_deg,
        warnings=warnings + _overlong(fingers),
    )


def _expected(slap: Slap, missing: AbstractSet[Position]) -> tuple[Position, ...]:
    strange = [finger.value for finger in missing if finger not in slap.fingers]
    if strange:
        names = ", ".join(finger.value for finger in slap.fingers)
        raise SampleError(f"{strange[0]} is no finger of this slap", remedy=f"name one of {names}")
    expected = tuple(finger for finger in slap.fingers if finger not in missing)
    if not expected:
        raise SampleError("all fingers of the slap are missing", remedy="leave the slap out")
    return expected


def _shortfall(found: int, expected: int) -> str:
    if not found:
        return "no finger was found; check that the picture shows fingers, and its resolution"
    if found < expected:
        return (
            f"{found} of {expected} fingers were found, so none could be named; spread the fingers, press them all, "
            "or state which are missing"
        )
    return f"{found} fingers were found where {expected} were expected, so none could be named; check what was pressed"


def _overlong(fingers: tuple[SegmentedFinger, ...]) -> tuple[str, ...]:
    """Warn of fingers that no crease ends."""
    longest_px = LONGEST_TIP_MM / 25.4 * TEMPLATE_PPI
    places = [str(place) for place, finger in enumerate(fingers, start=1) if finger.box.height >= longest_px]
    if not places:
        return ()
    return (f"no crease was found below finger {', '.join(places)} from the left; look at what was cut out",)


def _misplaced(fingers: tuple[SegmentedFinger, ...]) -> tuple[str, ...]:
    """Warn where four tips lie as those of a hand upside down, or of the other hand."""
    fault = find_hand_fault(
        [finger.box for finger in fingers], right=bool(fingers) and fingers[0].sample.position in Slap.RIGHT.fingers
    )
    return () if fault is None else (fault.text,)


def find_hand_fault(boxes: Sequence[FingertipBox], *, right: bool) -> HandFault | None:
    """Return how four fingertips contradict the hand they should be of; None where nothing does, or they are not four.

    Parameters
    ----------
    boxes
        From left to right.
    right
        Whether the right hand is expected.
    """
    if len(boxes) != 4:
        return None
    first, second, third, fourth = (box.tip_mm for box in boxes)
    if first + fourth - second - third > _UPSIDE_DOWN_MM:
        return HandFault.UPSIDE_DOWN
    right_mm = first - fourth + second - third
    stated_mm = right_mm if right else -right_mm
    return HandFault.OTHER_HAND if stated_mm < -_OTHER_HAND_MM else None
