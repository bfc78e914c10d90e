"""What a simulated person does in front of the device when asked for fingers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from biometrics.errors import ConfigurationError
from biometrics.positions import FINGERS, Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """How the person answers to a request.

    Parameters
    ----------
    instead
        Which finger is pressed in the place of the one asked for. The device cannot tell, and calls it what was asked.
    lifted
        Fingers that do not touch the glass, by what was asked for.
    nothing
        True when the person does not come at all.
    after_s
        Seconds from the request until fingers touch.
    poor_for_s
        Seconds from the touch during which they are pressed badly: dry, in part, creased.
    again
        True when the very same touch is repeated, pixel for pixel, as no living finger does.

    Raises
    ------
    ConfigurationError
        When a time is negative or no number.
    """

    instead: Mapping[Position, Position] = field(default_factory=dict)
    lifted: frozenset[Position] = frozenset()
    nothing: bool = False
    after_s: float = 0.0
    poor_for_s: float = 0.0
    again: bool = False

    def __post_init__(self) -> None:
        if not (0 <= self.after_s < math.inf and self.poor_for_s >= 0):
            raise ConfigurationError(
                "a finger cannot be pressed before it is asked for", remedy="give seconds, 0 or more"
            )

    def pressed(self, asked: tuple[Position, ...]) -> dict[Position, Position]:
        """Return for each finger that touches what it was asked for as, and which it is."""
        if self.nothing:
            return {}
        return {one: self.instead.get(one, one) for one in asked if one not in self.lifted}


def named(name: str) -> Presentation:
    """Return one of `PRESENTATIONS`.

    Raises
    ------
    ConfigurationError
        When there is none of that name.
    """
    if name not in PRESENTATIONS:
        raise ConfigurationError(
            f"no presentation is called {name[:40]!r}", remedy=f"use one of {', '.join(PRESENTATIONS)}"
        )
    return PRESENTATIONS[name]


def _neighbours() -> dict[Position, Position]:
    right, left = FINGERS[:5], FINGERS[5:]
    return {hand[index]: hand[(index + 1) % 5] for hand in (right, left) for index in range(5)}


def _mirrored() -> dict[Position, Position]:
    right, left = FINGERS[:5], FINGERS[5:]
    return dict(zip(right + left, left + right, strict=True))


PRESENTATIONS: Mapping[str, Presentation] = {
    "as-asked": Presentation(),
    "wrong-finger": Presentation(instead=_neighbours()),
    "same-finger": Presentation(instead=dict.fromkeys(FINGERS, Position.RIGHT_INDEX)),
    "same-touch": Presentation(again=True),
    "other-hand": Presentation(instead=_mirrored()),
    "lifted-finger": Presentation(lifted=frozenset({Position.RIGHT_RING, Position.LEFT_RING, Position.LEFT_THUMB})),
    "late": Presentation(after_s=2.0),
    "poor": Presentation(poor_for_s=math.inf),
    "poor-then-better": Presentation(poor_for_s=2.0),
    "nothing": Presentation(nothing=True),
}
"""By name: as asked; the next finger of the hand instead; the right index whatever is asked for; the same touch again
and again; the other hand; both ring fingers and the left thumb in the air; two seconds late; pressed badly; badly for
two seconds, then well; nobody there."""
