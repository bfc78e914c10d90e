"""The ISO record that a device captured: read, and held against what the device says it is."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from biometrics.arrays import Pixels
from biometrics.errors import BiometricsError
from biometrics.images import decode_finger_image, decode_image
from biometrics.interchange.face_image_reading import read_face_image_record
from biometrics.interchange.finger_image_reading import read_finger_image_record
from biometrics.positions import Modality, Position
from biometrics.samples import check_ppi
from devices.sbi.json_text import wrong
from devices.sbi.trust import untrusted

_URL_SAFE = re.compile(r"[A-Za-z0-9_-]+={0,2}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """What a record shows.

    Parameters
    ----------
    pixels
        As `BiometricSample.pixels`.
    ppi
        Of a finger, as the record states it.
    simulated
        True when the record is marked as nobody's.
    """

    pixels: Pixels
    ppi: float | None
    simulated: bool


def record_bytes(text: object, source: str) -> bytes:
    """Return the record that a `bioValue` is; base64url, with padding or without, as services send it.

    Raises
    ------
    DeviceProtocolError
        When it is none.
    """
    if not isinstance(text, str) or not _URL_SAFE.fullmatch(text):
        raise wrong("a captured record is no base64url", source)
    try:
        bare = text.rstrip("=")
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error as error:
        raise wrong("a captured record is no base64url", source) from error


def read_picture(record: bytes, position: Position, source: str) -> Picture:
    """Decode the one picture of a record.

    Parameters
    ----------
    record
        ISO/IEC 19794-4 for fingers, -5 for faces, of 2011 or 2005.
    position
        What the device says it shows; a record that does not say which finger it is agrees with any.

    Raises
    ------
    DeviceTrustError
        When the record says that it shows another finger.
    DeviceProtocolError
        When it cannot be read, holds several pictures, or does not state its resolution.
    """
    try:
        return _face(record, source) if position is Position.FACE else _finger(record, position, source)
    except BiometricsError as error:
        if error.source == source:
            raise
        raise wrong(f"a captured record cannot be used: {error.message}", source) from error


def _finger(record: bytes, position: Position, source: str) -> Picture:
    read = read_finger_image_record(record)
    if len(read.images) != 1:
        raise wrong(f"a captured record holds {len(read.images)} pictures instead of one", source)
    image = read.images[0]
    if image.position not in (Position.UNKNOWN, position):
        raise untrusted(
            f"the record of {position.value} says that it shows {image.position.value}",
            "position",
            source,
            "capture again",
        )
    picture = decode_finger_image(image)
    simulated = read.simulated or picture.simulated
    return Picture(pixels=picture.pixels, ppi=check_ppi(image.ppi), simulated=simulated)


def _face(record: bytes, source: str) -> Picture:
    read = read_face_image_record(record)
    if len(read.images) != 1:
        raise wrong(f"a captured record holds {len(read.images)} pictures instead of one", source)
    image = decode_image(read.images[0].data)
    if image.modality is Modality.FINGER:
        raise wrong("the record of a face holds a finger", source)
    return Picture(pixels=image.pixels, ppi=None, simulated=image.simulated)
