"""Pictures in CBEFF records: wrapped into image records of ISO/IEC 19794-4 and -5, and taken out of them again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from biometrics.errors import ImageFormatError
from biometrics.interchange import face_image_reading, finger_image_reading, wsq
from biometrics.interchange.cbeff import FACE_IMAGE, FINGER_IMAGE, ISO_BIOMETRICS, CbeffRecord
from biometrics.interchange.codes import Impression
from biometrics.interchange.face_image_record import FaceEncoding, FaceImage
from biometrics.interchange.face_image_writing import write_face_image_record
from biometrics.interchange.finger_image_record import (
    Compression,
    FingerImage,
    FingerImageRecord,
    FingerImageStandard,
)
from biometrics.interchange.finger_image_writing import write_finger_image_record
from biometrics.positions import Modality, Position

_Image = TypeVar("_Image", FaceImage, FingerImage)

_PNG, _JPEG, _JP2, _J2K = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51"

_COMPRESSIONS = (
    (_PNG, Compression.PNG),
    (_JPEG, Compression.JPEG),
    (_JP2, Compression.JPEG2000_LOSSY),
    (_J2K, Compression.JPEG2000_LOSSY),
    (wsq.START, Compression.WSQ),
)
_ENCODINGS = (
    (_PNG, FaceEncoding.PNG),
    (_JPEG, FaceEncoding.JPEG),
    (_JP2, FaceEncoding.JPEG2000_LOSSY),
    (_J2K, FaceEncoding.JPEG2000_LOSSY),
)
"""By how an encoded picture begins. Which JPEG 2000 lost nothing does not show; both are read alike."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WrappedPicture:
    """A picture file and what is said beside it.

    Parameters
    ----------
    data
        The file.
    position
        Which finger, or the face.
    width, height
        Its pixels; a record has to say them.
    ppi
        Pixels per inch of a finger; None where it is not said.
    quality
        0-100; None where it is not said.
    captured_at
        When it was made; None where that is not said.
    simulated
        Whether nobody is shown.
    """

    data: bytes = field(repr=False)
    position: Position
    width: int
    height: int
    ppi: float | None = None
    quality: int | None = None
    captured_at: datetime | None = None
    simulated: bool = False


def wrap_picture(picture: WrappedPicture) -> CbeffRecord:
    """Return a picture as a record; one in a format that image records do not hold goes in as it is.

    Raises
    ------
    ImageFormatError
        When an image record cannot hold it.
    """
    is_face = picture.position.modality is Modality.FACE
    wrapped = _face_record(picture) if is_face else _finger_record(picture)
    number = FACE_IMAGE if is_face else FINGER_IMAGE
    return CbeffRecord(
        position=picture.position,
        data=picture.data if wrapped is None else wrapped,
        format_owner=None if wrapped is None else ISO_BIOMETRICS,
        format_type=None if wrapped is None else number,
        level="Raw",
        quality=picture.quality,
        captured_at=picture.captured_at,
        simulated=picture.simulated,
    )


def unwrap_picture(record: CbeffRecord) -> WrappedPicture:
    """Return the picture of a record; raw pixels stay in their finger image record, which says how many there are.

    Raises
    ------
    ImageFormatError
        When it shows neither a finger nor a face, holds no picture, or more than one.
    """
    if record.position is None:
        raise ImageFormatError("this record shows neither a finger nor a face")
    if not record.data:
        raise ImageFormatError("this record holds no picture")
    if record.data.startswith(finger_image_reading.START):
        return _finger_picture(record)
    if record.data.startswith(face_image_reading.START):
        return _face_picture(record)
    return WrappedPicture(
        data=record.data,
        position=record.position,
        width=0,
        height=0,
        quality=record.quality,
        captured_at=record.captured_at,
        simulated=record.simulated,
    )


def _finger_record(picture: WrappedPicture) -> bytes | None:
    compression = next((code for start, code in _COMPRESSIONS if picture.data.startswith(start)), None)
    if compression is None or picture.ppi is None:
        return None
    image = FingerImage(
        position=picture.position,
        width=picture.width,
        height=picture.height,
        compression=compression,
        data=picture.data,
        ppi=picture.ppi,
        impression=Impression.UNKNOWN,
        quality=picture.quality,
    )
    record = FingerImageRecord(standard=FingerImageStandard.ISO_2011, images=(image,), simulated=picture.simulated)
    return write_finger_image_record(record)


def _face_record(picture: WrappedPicture) -> bytes | None:
    encoding = next((code for start, code in _ENCODINGS if picture.data.startswith(start)), None)
    if encoding is None:
        return None
    image = FaceImage(
        width=picture.width, height=picture.height, encoding=encoding, data=picture.data, quality=picture.quality
    )
    return write_face_image_record((image,))


def _finger_picture(record: CbeffRecord) -> WrappedPicture:
    image_record = finger_image_reading.read_finger_image_record(record.data)
    image = _only(image_record.images)
    raw = image.compression in (Compression.RAW, Compression.RAW_PACKED)
    said = record.position
    return WrappedPicture(
        data=record.data if raw else image.data,
        position=image.position if said in (None, Position.UNKNOWN) else said,
        width=image.width,
        height=image.height,
        ppi=image.ppi,
        quality=image.quality if record.quality is None else record.quality,
        captured_at=record.captured_at,
        simulated=record.simulated or image_record.simulated,
    )


def _face_picture(record: CbeffRecord) -> WrappedPicture:
    image = _only(face_image_reading.read_face_image_record(record.data).images)
    return WrappedPicture(
        data=image.data,
        position=Position.FACE,
        width=image.width,
        height=image.height,
        quality=image.quality if record.quality is None else record.quality,
        captured_at=record.captured_at,
        simulated=record.simulated,
    )


def _only(images: tuple[_Image, ...]) -> _Image:
    if len(images) > 1:
        raise ImageFormatError(
            f"the record holds {len(images)} pictures", remedy="give a record of its own for each picture"
        )
    return images[0]
