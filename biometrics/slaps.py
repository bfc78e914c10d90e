"""Fingers that are pressed together."""

from __future__ import annotations

from enum import Enum

from biometrics.positions import Position


class Slap(Enum):
    """Fingers pressed together, as a command names them."""

    RIGHT = "right"
    LEFT = "left"
    THUMBS = "thumbs"

    @property
    def iso_code(self) -> int:
        """ISO/IEC 19794-4 position: 13 right four fingers, 14 left four, 15 both thumbs."""
        return {Slap.RIGHT: 13, Slap.LEFT: 14, Slap.THUMBS: 15}[self]

    @property
    def fingers(self) -> tuple[Position, ...]:
        """The fingers as they lie in the picture, from left to right."""
        return _FINGERS[self]


_FINGERS = {
    Slap.RIGHT: (Position.RIGHT_INDEX, Position.RIGHT_MIDDLE, Position.RIGHT_RING, Position.RIGHT_LITTLE),
    Slap.LEFT: (Position.LEFT_LITTLE, Position.LEFT_RING, Position.LEFT_MIDDLE, Position.LEFT_INDEX),
    Slap.THUMBS: (Position.LEFT_THUMB, Position.RIGHT_THUMB),
}
