"""Which parts of the body OSIA's subtypes name."""

from __future__ import annotations

from biometrics.positions import FINGERS, Position

FACE_SUBTYPES = frozenset({None, "UNKNOWN", "PORTRAIT"})
PROFILE_SUBTYPES = frozenset({"LEFT_PROFILE", "RIGHT_PROFILE"})

FINGER_POSITIONS: dict[str | None, Position] = {
    None: Position.UNKNOWN,
    "UNKNOWN": Position.UNKNOWN,
    **{finger.name: finger for finger in FINGERS},
}
"""Single fingers by subtype."""

SLAP_FINGERS: dict[str, tuple[Position, ...]] = {
    "PLAIN_RIGHT_FOUR_FINGERS": FINGERS[1:5],
    "PLAIN_LEFT_FOUR_FINGERS": FINGERS[6:10],
    "PLAIN_THUMBS": (Position.LEFT_THUMB, Position.RIGHT_THUMB),
}
"""Pictures of several fingers that Kura takes apart."""


def is_finger_group(subtype: str) -> bool:
    """Return whether a subtype is two or three fingers in one picture, which Kura cannot take apart."""
    return "_AND_" in subtype


def positions_of(biometric_type: str, subtype: str | None) -> tuple[Position, ...]:
    """Return the named fingers, or the face, that a type and subtype stand for; none for all others."""
    if biometric_type == "FACE":
        return (Position.FACE,) if subtype in FACE_SUBTYPES else ()
    if subtype in SLAP_FINGERS:
        return SLAP_FINGERS[subtype]
    finger = FINGER_POSITIONS.get(subtype, Position.UNKNOWN)
    return () if finger is Position.UNKNOWN else (finger,)


def stated_as(position: Position) -> tuple[str, str]:
    """Return OSIA's type and subtype of a position."""
    return ("FACE", "PORTRAIT") if position is Position.FACE else ("FINGER", position.name)
