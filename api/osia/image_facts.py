"""Images that arrive as text: decoded without losing a character, and held to what is declared of them.

A picture at another scale than declared, or cut on its way, would be compared wrongly and find nobody: whatever the
sender says of a picture must be true of its bytes.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from api.osia.models import BiometricDataBase
from biometrics.errors import ImageFormatError, ResolutionError
from biometrics.interchange import finger_image_reading, wsq
from biometrics.interchange.cbeff_base64 import decode_base64
from biometrics.interchange.wsq.decoding import stated_ppi
from biometrics.interchange.wsq.segments import parse
from biometrics.pictures import FORMATS
from biometrics.samples import LOWEST_PPI

_RESOLUTION_TOLERANCE = 0.01
"""Formats count pixels per centimetre or metre, which rounds."""

_WSQ = "WSQ"
_RECORD = "finger image record"
_COMPRESSIONS = {"WSQ": (_WSQ,), "JPEG": ("JPEG", "MPO"), "JPEG2000": ("JPEG2000",), "PNG": ("PNG",)}
_UNCOMPRESSED = ("BMP", "PPM", "TIFF")
_MIME_TYPES = {
    "image/png": ("PNG",),
    "image/jpeg": ("JPEG", "MPO"),
    "image/jpg": ("JPEG", "MPO"),
    "image/jp2": ("JPEG2000",),
    "image/jpx": ("JPEG2000",),
    "image/j2k": ("JPEG2000",),
    "image/jpeg2000": ("JPEG2000",),
    "image/wsq": (_WSQ,),
    "image/x-wsq": (_WSQ,),
    "image/bmp": ("BMP",),
    "image/tiff": ("TIFF",),
    "image/webp": ("WEBP",),
    "image/gif": ("GIF",),
    "image/x-portable-graymap": ("PPM",),
    "image/x-portable-anymap": ("PPM",),
}
_SAYS_NOTHING = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """What the head of a picture's file says; None where it says nothing, or holds several pictures."""

    kind: str
    size: tuple[int, int] | None = None
    depths: tuple[int, ...] | None = None
    ppi: float | None = None


def image_bytes(text: str) -> bytes:
    """Return the bytes of base64 text, of the standard or the URL-safe alphabet, padded or not.

    Raises
    ------
    ImageFormatError
        When it holds anything else, white space and mixed alphabets included, or is cut.
    """
    if any(letter.isspace() for letter in text):
        raise ImageFormatError("the base64 text holds white space", remedy="send it in one piece")
    padded = text.endswith("=")
    if not text or (padded and len(text) % 4):
        raise ImageFormatError("the base64 text is empty or cut", remedy="send the whole image")
    return decode_base64(text)[0]


def image_facts(data: bytes) -> ImageFacts:
    """Return what the head of a picture's file says; its pixels are not decoded.

    Raises
    ------
    ImageFormatError
        When it is no picture that Kura reads.
    """
    if data.startswith(finger_image_reading.START):
        return ImageFacts(kind=_RECORD)
    if data.startswith(wsq.START):
        file = parse(data)
        size = (file.frame.width, file.frame.height)
        return ImageFacts(kind=_WSQ, size=size, depths=(8,), ppi=stated_ppi(file.comments))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            ppi = _square(picture.info.get("dpi"))
            return ImageFacts(kind=str(picture.format), size=picture.size, depths=_depths(picture), ppi=ppi)
    except Exception as error:  # whatever a damaged head makes a decoder raise means one thing here
        raise ImageFormatError("this is not an image Kura reads", remedy="send PNG, JPEG, JPEG 2000 or WSQ") from error


def check_declared(facts: ImageFacts, said: BiometricDataBase) -> None:
    """Compare what a sender declares of a picture with what it is.

    Raises
    ------
    ImageFormatError
        When something differs, naming it.
    ResolutionError
        When the file itself states another resolution.
    """
    for name, differs in _COMPARISONS.items():
        if differs(facts, said):
            raise ImageFormatError(
                f"the image is not what {name} says of it", remedy=f"correct {name}, or leave it out"
            )
    if said.resolution is None or facts.ppi is None or facts.ppi < LOWEST_PPI:
        return  # below that it is a screen's tag, which says nothing of the scanner
    if abs(said.resolution - facts.ppi) > _RESOLUTION_TOLERANCE * facts.ppi:
        raise ResolutionError("the image states another resolution than declared", remedy="send the true one")


def _compression_differs(facts: ImageFacts, said: BiometricDataBase) -> bool:
    if said.compression is None or facts.kind == _RECORD:
        return False
    if said.compression == "NONE":
        return facts.kind not in _UNCOMPRESSED
    return facts.kind not in _COMPRESSIONS[said.compression]


def _mime_type_differs(facts: ImageFacts, said: BiometricDataBase) -> bool:
    mime_type = (said.mime_type or _SAYS_NOTHING).lower()
    if mime_type == _SAYS_NOTHING or facts.kind == _RECORD:
        return False
    return facts.kind not in _MIME_TYPES.get(mime_type, ())


def _width_differs(facts: ImageFacts, said: BiometricDataBase) -> bool:
    return said.width is not None and facts.size is not None and said.width != facts.size[0]


def _height_differs(facts: ImageFacts, said: BiometricDataBase) -> bool:
    return said.height is not None and facts.size is not None and said.height != facts.size[1]


def _bitdepth_differs(facts: ImageFacts, said: BiometricDataBase) -> bool:
    return said.bitdepth is not None and facts.depths is not None and said.bitdepth not in facts.depths


_COMPARISONS: dict[str, Callable[[ImageFacts, BiometricDataBase], bool]] = {
    "compression": _compression_differs,
    "mimeType": _mime_type_differs,
    "width": _width_differs,
    "height": _height_differs,
    "bitdepth": _bitdepth_differs,
}


def _square(stated: tuple[float, float] | None) -> float | None:
    """Return a resolution that is the same in both directions."""
    if stated is None or abs(stated[0] - stated[1]) > _RESOLUTION_TOLERANCE * abs(stated[0]):
        return None
    return float(stated[0])


def _depths(picture: Image.Image) -> tuple[int, ...] | None:
    """Return bits per pixel as senders count them: of one colour, or of all together."""
    if picture.mode == "1":
        return (1,)
    if picture.mode.startswith("I"):
        return (16,)
    if picture.mode in ("P", "PA"):
        return None
    return (8, 8 * len(picture.getbands()))
