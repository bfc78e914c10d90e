"""Modalities and the places on the body that Kura captures."""

from __future__ import annotations

from enum import Enum

from biometrics.errors import SampleError


class Modality(Enum):
    """A kind of biometric characteristic."""

    FINGER = "finger"
    FACE = "face"

    @classmethod
    def parse(cls, text: str) -> Modality:
        """Read `finger`, `fingerprint` or `face`, in any case.

        Raises
        ------
        SampleError
            For any other word.
        """
        word = text.strip().lower()
        aliases = {"finger": cls.FINGER, "fingerprint": cls.FINGER, "face": cls.FACE, "portrait": cls.FACE}
        if word not in aliases:
            raise SampleError(f"unknown modality {text!r}", remedy="use finger or face")
        return aliases[word]


class Position(Enum):
    """A finger by its ISO/IEC 19794-2 position, or the face.

    `UNKNOWN` is a finger nobody labelled (ISO code 0). It is compared with every finger of the other side.
    """

    UNKNOWN = "unknown"
    RIGHT_THUMB = "right_thumb"
    RIGHT_INDEX = "right_index"
    RIGHT_MIDDLE = "right_middle"
    RIGHT_RING = "right_ring"
    RIGHT_LITTLE = "right_little"
    LEFT_THUMB = "left_thumb"
    LEFT_INDEX = "left_index"
    LEFT_MIDDLE = "left_middle"
    LEFT_RING = "left_ring"
    LEFT_LITTLE = "left_little"
    FACE = "face"

    @property
    def modality(self) -> Modality:
        """The modality this position belongs to."""
        return Modality.FACE if self is Position.FACE else Modality.FINGER

    @property
    def iso_code(self) -> int | None:
        """ISO/IEC 19794-2 finger position 0-10; None for the face, which has none."""
        return None if self is Position.FACE else _FINGERS.index(self)

    @classmethod
    def from_iso_code(cls, code: int) -> Position:
        """Return the finger with ISO code 0-10.

        Raises
        ------
        SampleError
            For any other number.
        """
        if not 0 <= code < len(_FINGERS):
            raise SampleError(f"finger position {code} does not exist", remedy="use an ISO code from 0 (unknown) to 10")
        return _FINGERS[code]

    @classmethod
    def parse(cls, text: str) -> Position:
        """Read a position name (`right_index`, `right index`) or ISO code (`2`); empty text is `UNKNOWN`.

        Raises
        ------
        SampleError
            For any other text.
        """
        text = text.strip()
        if not text:
            return cls.UNKNOWN
        if text.isascii() and text.isdigit() and len(text) <= 2:
            return cls.from_iso_code(int(text))
        try:
            return cls("_".join(text.lower().replace("-", " ").split()))
        except ValueError:
            names = ", ".join(position.value for position in cls)
            raise SampleError(f"unknown position {text!r}", remedy=f"use an ISO code 0-10 or one of {names}") from None


_FINGERS: tuple[Position, ...] = tuple(position for position in Position if position is not Position.FACE)

FINGERS: tuple[Position, ...] = _FINGERS[1:]
"""The ten named fingers in ISO order."""

FOUR_FINGERS: tuple[Position, ...] = (
    Position.RIGHT_THUMB,
    Position.RIGHT_INDEX,
    Position.LEFT_THUMB,
    Position.LEFT_INDEX,
)
"""Both thumbs and index fingers: what is captured where ten would take too long."""
