"""Codes that minutiae records and finger image records share, and the mark of simulated ones."""

from __future__ import annotations

import struct
from enum import Enum

from biometrics.errors import SampleError
from biometrics.image_writing import SIMULATED_KEYWORD
from biometrics.positions import Position

SIMULATED_MARK = SIMULATED_KEYWORD.encode()
"""What extended data begin with in a record of a simulated finger, whatever their type."""

UNKNOWN_VENDOR = 0x0103
"""The Biometric Interoperability Industry Association's number for a vendor that has none."""

UNKNOWN_DATE = struct.pack(">H5BH", 0xFFFF, *[0xFF] * 5, 0xFFFF)
"""A capture date, to the millisecond, that nobody reports (ISO/IEC 19794-1:2011, 12.3.2)."""


class Impression(Enum):
    """How the print was taken, by the codes of ISO/IEC 19794-2:2011 and 19794-4:2011; older standards know fewer."""

    LIVE_PLAIN = 0
    LIVE_ROLLED = 1
    NONLIVE_PLAIN = 2
    NONLIVE_ROLLED = 3
    LATENT = 4
    LATENT_TRACING = 5
    LATENT_PHOTO = 6
    LATENT_LIFT = 7
    SWIPE = 8
    LIVE_CONTACTLESS = 24
    OTHER = 28
    UNKNOWN = 29

    @classmethod
    def from_code(cls, code: int) -> Impression:
        """Return the impression of a code; `OTHER` for one that no standard names."""
        return cls(code) if code in {one.value for one in cls} else cls.OTHER


def position_of(code: int) -> Position | None:
    """Return the finger of a position code; None for palms, several fingers, and numbers that mean nothing."""
    try:
        return Position.from_iso_code(code)
    except SampleError:
        return None
