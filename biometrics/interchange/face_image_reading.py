"""Reading face image records tolerantly, without decoding their pictures.

All numbers are unsigned and big-endian. `docs/formats.md` shows both layouts side by side. Of what a record says about
the person (sex, eyes, hair, height, pose, landmarks) nothing is taken over.
"""

from __future__ import annotations

from collections.abc import Callable

from biometrics.errors import ImageFormatError
from biometrics.interchange.face_image_record import FaceEncoding, FaceImage, FaceImageRecord, FaceImageStandard
from biometrics.interchange.reader import ByteReader

START = b"FAC\x00"
"""What every face image record begins with."""

_LANDMARK_BYTES = 8

_MOST_PICTURES = 255
"""As finger image records; more is made to keep readers busy."""


def read_face_image_record(data: bytes) -> FaceImageRecord:
    """Take a face image record apart, without decoding its pictures.

    Raises
    ------
    ImageFormatError
        When it is none, ends within a field, holds no picture, or one of an unknown kind.
    """
    try:
        return _read(data)
    except ImageFormatError as error:
        raise error.advising("copy it again from its origin") from error.__cause__


def _read(data: bytes) -> FaceImageRecord:
    reader = ByteReader(data, "the face image record", ImageFormatError)
    if reader.take(4, "its identifier") != START:
        raise ImageFormatError("this is not a face image record")
    version = reader.take(4, "its version")
    if version not in _PARSERS:
        raise ImageFormatError(
            f"face image records of version {version!r} are not supported",
            remedy="give one of ISO/IEC 19794-5:2005 or 2011",
        )
    declared, count = reader.number(4, "its length"), reader.number(2, "the number of pictures")
    if count > _MOST_PICTURES:
        raise ImageFormatError(f"the face image record holds more than {_MOST_PICTURES} pictures")
    standard, parse = _PARSERS[version]
    images = parse(reader, count)
    notes = []
    if reader.remaining:
        notes.append(f"{reader.remaining} bytes behind the last picture are ignored")
    if declared != len(data):
        notes.append(f"the record says it has {declared} bytes, but it has {len(data)}")
    return FaceImageRecord(standard=standard, images=images, notes=tuple(notes))


def _iso_2005(reader: ByteReader, count: int) -> tuple[FaceImage, ...]:
    """ISO/IEC 19794-5:2005, 5.5 to 5.8."""
    images = []
    for _ in range(count):
        part = reader.part(max(0, reader.number(4, "the length of a picture") - 4), "a picture")
        landmarks = part.number(2, "the number of feature points")
        part.take(14, "the facial information")
        part.take(_LANDMARK_BYTES * landmarks, "the feature points")
        part.take(1, "the kind of picture")
        code = part.number(1, "the encoding of a picture")
        width, height = part.number(2, "the size of a picture"), part.number(2, "the size of a picture")
        part.take(4, "the colour space and source")
        quality = part.number(2, "a quality")
        data = part.take(part.remaining, "a picture")
        if code > FaceEncoding.JPEG2000_LOSSY.value:
            raise _unknown(code)
        images.append(
            FaceImage(
                width=width, height=height, encoding=FaceEncoding(code), data=data, quality=_quality(quality) or None
            )
        )
    return tuple(images)


def _iso_2011(reader: ByteReader, count: int) -> tuple[FaceImage, ...]:
    """ISO/IEC 19794-5:2011, table 2."""
    reader.take(3, "the certification flag and temporal semantics")
    images = []
    for _ in range(count):
        part = reader.part(max(0, reader.number(4, "the length of a picture") - 4), "a picture")
        part.take(14, "the capture date and device")
        qualities = part.take(5 * part.number(1, "the number of qualities"), "the qualities")
        landmarks = part.number(2, "the number of landmarks")
        part.take(15, "the facial information")
        part.take(_LANDMARK_BYTES * landmarks, "the landmarks")
        part.take(1, "the kind of picture")
        code = part.number(1, "the encoding of a picture")
        width, height = part.number(2, "the size of a picture"), part.number(2, "the size of a picture")
        part.take(5, "the sampling rate, processing, cross reference and colour space")
        data = part.take(part.number(4, "the length of a picture"), "a picture")
        if code > FaceEncoding.PNG.value:
            raise _unknown(code)
        quality = _quality(qualities[0]) if qualities else None
        images.append(FaceImage(width=width, height=height, encoding=FaceEncoding(code), data=data, quality=quality))
    return tuple(images)


_PARSERS: dict[bytes, tuple[FaceImageStandard, Callable[[ByteReader, int], tuple[FaceImage, ...]]]] = {
    b"010\x00": (FaceImageStandard.ISO_2005, _iso_2005),
    b"030\x00": (FaceImageStandard.ISO_2011, _iso_2011),
}
"""By version number; each reads what follows the number of pictures."""


def _unknown(code: int) -> ImageFormatError:
    return ImageFormatError(f"the face image record's encoding {code} does not exist")


def _quality(code: int) -> int | None:
    """Return a quality of 0-100; the standards write larger numbers where there is none."""
    return code if code <= 100 else None
