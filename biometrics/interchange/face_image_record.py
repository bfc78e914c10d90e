"""What a face image record says, whatever edition of ISO/IEC 19794-5 it follows; its pictures stay encoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from biometrics.errors import ImageFormatError


class FaceImageStandard(Enum):
    """A standard for face image records, by the name that commands know it under."""

    ISO_2005 = "iso-19794-5-2005"
    ISO_2011 = "iso-19794-5-2011"


class FaceEncoding(Enum):
    """How a picture is encoded inside a record, by the codes of 2011; the edition of 2005 knows the first two."""

    JPEG = 0
    JPEG2000_LOSSY = 1
    JPEG2000_LOSSLESS = 2
    PNG = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceImage:
    """One picture of a record, still encoded.

    Parameters
    ----------
    width, height
        Pixels that the record declares; the encoded picture may disagree.
    encoding
        How `data` are encoded.
    data
        The encoded picture.
    quality
        0-100; None where it is not reported.

    Raises
    ------
    ImageFormatError
        When a number is out of range or there is no picture.
    """

    width: int
    height: int
    encoding: FaceEncoding
    data: bytes = field(repr=False)
    quality: int | None = None

    def __post_init__(self) -> None:
        if not (1 <= self.width <= 0xFFFF and 1 <= self.height <= 0xFFFF):
            raise ImageFormatError(f"a face image record cannot hold {self.width} x {self.height} pixels")
        if self.quality is not None and not 0 <= self.quality <= 100:
            raise ImageFormatError(f"quality {self.quality} is outside 0-100")
        if not self.data:
            raise ImageFormatError("a face image record holds an empty picture")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceImageRecord:
    """A face image record.

    Parameters
    ----------
    standard
        Which standard it follows.
    images
        Its pictures, at least one.
    notes
        Where the record departs from its standard, and what was left out of it.

    Raises
    ------
    ImageFormatError
        When it is empty.
    """

    standard: FaceImageStandard
    images: tuple[FaceImage, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.images:
            raise ImageFormatError("the face image record holds no picture")
