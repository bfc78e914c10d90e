"""What is captured of a person, step by step: slaps, single fingers, the face, less what the person lacks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from biometrics.errors import ConfigurationError
from biometrics.positions import FINGERS, FOUR_FINGERS, Modality, Position
from biometrics.slaps import Slap
from devices.contract import DeviceInfo


class PlanKind(Enum):
    """What can be asked for, as a command names it."""

    TEN = "ten"
    """Right slap, left slap, thumbs, and the face."""

    SLAPS = "slaps"
    SINGLES = "singles"
    """Ten fingers, one touch each."""

    FOUR = "four"
    """Thumbs and index fingers."""

    FACE = "face"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureStep:
    """One thing that is presented at once.

    Parameters
    ----------
    positions
        One finger, the fingers of a slap from left to right as they lie in its picture, or the face.
    slap
        Set when fingers are pressed together.

    Raises
    ------
    ConfigurationError
        When the positions are none, or not those of one step.
    """

    positions: tuple[Position, ...]
    slap: Slap | None = None

    def __post_init__(self) -> None:
        ordered = tuple(finger for finger in self.slap.fingers if finger in self.positions) if self.slap else ()
        single = len(self.positions) == 1 and self.positions[0] in (*FINGERS, Position.FACE)
        if not self.positions or (self.positions != ordered and (self.slap is not None or not single)):
            raise ConfigurationError(
                "a step is one finger, fingers of one slap from left to right, or the face",
                remedy="take one of the plans, or correct the positions",
            )

    @property
    def name(self) -> str:
        """Names the step in its plan: `right`, `thumbs`, `right_index`, `face`."""
        return self.slap.value if self.slap else self.positions[0].value

    @property
    def modality(self) -> Modality:
        """Finger or face."""
        return self.positions[0].modality

    def without(self, excepted: Collection[Position]) -> CaptureStep | None:
        """Return the step without some positions; None when nothing is left of it."""
        left = tuple(position for position in self.positions if position not in excepted)
        return CaptureStep(positions=left, slap=self.slap) if left else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturePlan:
    """The steps in their order; none where exceptions excuse all of them.

    Raises
    ------
    ConfigurationError
        When two steps are the same.
    """

    steps: tuple[CaptureStep, ...]

    def __post_init__(self) -> None:
        names = [step.name for step in self.steps]
        if len(set(names)) < len(names):
            raise ConfigurationError("a plan asks twice for the same", remedy="name each part of a plan once")

    @classmethod
    def of(cls, *kinds: PlanKind, scanner: DeviceInfo | None = None) -> CapturePlan:
        """Return the plan of one kind, or of several after each other.

        Parameters
        ----------
        kinds
            At least one.
        scanner
            What the fingers are captured with: where it does not take a slap, its fingers are asked for one by one.
            Without it, slaps are slaps.

        Raises
        ------
        ConfigurationError
            When nothing is asked for, or something twice.
        """
        if not kinds:
            raise ConfigurationError("the plan asks for nothing", remedy="name what is captured, such as ten")
        slaps = frozenset(Slap) if scanner is None else scanner.slaps
        return cls(steps=tuple(step for kind in kinds for step in _steps(kind, slaps)))

    @property
    def positions(self) -> tuple[Position, ...]:
        """Everything that is asked for, each once."""
        return tuple(dict.fromkeys(position for step in self.steps for position in step.positions))

    def without(self, excepted: Collection[Position]) -> CapturePlan:
        """Return the plan without some positions: slaps shrink, and what is empty is left out."""
        shrunk = (step.without(excepted) for step in self.steps)
        return CapturePlan(steps=tuple(step for step in shrunk if step is not None))


def single_steps(positions: Sequence[Position]) -> tuple[CaptureStep, ...]:
    """Return a step for each position."""
    return tuple(CaptureStep(positions=(position,)) for position in positions)


def _steps(kind: PlanKind, slaps: Collection[Slap]) -> Iterator[CaptureStep]:
    if kind is PlanKind.SINGLES:
        yield from single_steps(FINGERS)
    elif kind is PlanKind.FOUR:
        yield from _pressed(Slap.THUMBS, slaps)
        # An index finger is asked for alone: nobody presses a whole hand for one of its fingers.
        yield from single_steps([finger for finger in FOUR_FINGERS if finger not in Slap.THUMBS.fingers])
    elif kind is not PlanKind.FACE:
        for slap in Slap:
            yield from _pressed(slap, slaps)
    if kind in (PlanKind.FACE, PlanKind.TEN):
        yield from single_steps([Position.FACE])


def _pressed(slap: Slap, taken: Collection[Slap]) -> tuple[CaptureStep, ...]:
    if slap in taken:
        return (CaptureStep(positions=slap.fingers, slap=slap),)
    return single_steps([finger for finger in FINGERS if finger in slap.fingers])
