"""What a finger image record says, whatever edition of ISO/IEC 19794-4 it follows; its pictures stay encoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from biometrics.errors import ImageFormatError
from biometrics.interchange.codes import Impression
from biometrics.positions import Modality, Position


class FingerImageStandard(Enum):
    """A standard for finger image records, by the name that commands know it under."""

    ISO_2005 = "iso-19794-4-2005"
    ISO_2011 = "iso-19794-4-2011"


class Compression(Enum):
    """How a picture is encoded inside a record, by the standards' codes."""

    RAW = 0
    RAW_PACKED = 1
    WSQ = 2
    JPEG = 3
    JPEG2000_LOSSY = 4
    JPEG2000_LOSSLESS = 5
    PNG = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FingerImage:
    """One picture of a record, still encoded.

    Parameters
    ----------
    position
        Which finger.
    width, height
        Pixels that the record declares; the encoded picture may disagree.
    compression
        How `data` are encoded. Raw pixels are grey levels of 8 bits, row after row.
    data
        The encoded picture.
    ppi
        Pixels per inch; None where none is stated, or two that differ by more than 1 %.
    impression
        How the print was taken.
    quality
        0-100; None where it is not reported.

    Raises
    ------
    ImageFormatError
        When the position is no finger's or a number is out of range.
    """

    position: Position
    width: int
    height: int
    compression: Compression
    data: bytes = field(repr=False)
    ppi: float | None = None
    impression: Impression = Impression.UNKNOWN
    quality: int | None = None

    def __post_init__(self) -> None:
        if self.position.modality is not Modality.FINGER:
            raise ImageFormatError("a finger image record holds fingers, not faces")
        if not (1 <= self.width <= 0xFFFF and 1 <= self.height <= 0xFFFF):
            raise ImageFormatError(f"a finger image record cannot hold {self.width} x {self.height} pixels")
        if self.quality is not None and not 0 <= self.quality <= 100:
            raise ImageFormatError(f"quality {self.quality} is outside 0-100")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FingerImageRecord:
    """A finger image record.

    Parameters
    ----------
    standard
        Which standard it follows.
    images
        Its pictures, at least one; those of one finger in the order of their numbers.
    notes
        Where the record departs from its standard, and what was left out of it.
    simulated
        True when the record is marked as showing no person's fingers.

    Raises
    ------
    ImageFormatError
        When it is empty.
    """

    standard: FingerImageStandard
    images: tuple[FingerImage, ...]
    notes: tuple[str, ...] = ()
    simulated: bool = False

    def __post_init__(self) -> None:
        if not self.images:
            raise ImageFormatError("the finger image record holds no picture")
