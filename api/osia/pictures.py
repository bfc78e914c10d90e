"""From OSIA's biometric data to pictures that can be enrolled, searched or compared.

Faces and fingers are compared; irises, signatures, palms and profiles are only kept. Whatever claims more than can be
held (encrypted data, digests to be verified, pictures to be fetched) is refused rather than passed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from api.osia.image_facts import check_declared, image_bytes, image_facts
from api.osia.models import BiometricDataBase
from api.osia.slaps import cut_slap
from api.osia.subtypes import FACE_SUBTYPES, FINGER_POSITIONS, PROFILE_SUBTYPES, SLAP_FINGERS, is_finger_group
from biometrics.errors import BiometricsError, ImageFormatError, SampleError
from biometrics.positions import Modality, Position
from enrollment.preparation import ReceivedImage

_COMPARED_TYPES = ("FACE", "FINGER")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedPictures:
    """The pictures of some biometric data.

    Parameters
    ----------
    images
        What can be compared.
    digests
        SHA-256 of the picture by the index of the element that is that picture, whole: not of slaps, which become
        several pictures, nor of what is only kept.
    """

    images: tuple[ReceivedImage, ...]
    digests: dict[int, str]


def received_pictures(data: Sequence[BiometricDataBase], *, where: str = "biometricData") -> ReceivedPictures:
    """Return the pictures of biometric data, each held to what is declared of it.

    Raises
    ------
    SampleError
        When an element cannot be used, named as `biometricData[2]`; also when nothing in them can be compared.
    """
    images: list[ReceivedImage] = []
    digests: dict[int, str] = {}
    for index, element in enumerate(data):
        origin = f"{where}[{index}]"
        try:
            refuse_claims(element)
            if not is_compared(element):
                continue
            found = _images(element, origin)
        except BiometricsError as error:
            raise error.at(origin) from error.__cause__
        images += found
        if element.biometric_sub_type not in SLAP_FINGERS:
            digests[index] = hashlib.sha256(found[0].data).hexdigest()
    return ReceivedPictures(images=tuple(images), digests=digests)


def require_pictures(pictures: ReceivedPictures, *, where: str = "biometricData") -> ReceivedPictures:
    """Return the pictures, of which there must be one at least.

    Raises
    ------
    SampleError
        When there is none.
    """
    if not pictures.images:
        raise SampleError(
            "nothing can be compared: there is no picture of a face or a finger",
            source=where,
            remedy="send an image of type FACE or FINGER",
        )
    return pictures


def refuse_claims(element: BiometricDataBase) -> None:
    """Refuse an element that claims what cannot be held.

    Raises
    ------
    SampleError
        When it is encrypted, has a digest or signature to be verified, or refers to a picture or template elsewhere.
    """
    claims = {
        "the data is encrypted": element.encryption is not None,
        "blocks of integrity are not verified here": bool(element.integrity),
        "imageRef is not fetched": element.image_ref is not None,
        "templateRef is not fetched": element.template_ref is not None,
    }
    for fault, claimed in claims.items():
        if claimed:
            raise SampleError(fault, remedy="send the image itself, in clear, without such blocks")


def is_compared(element: BiometricDataBase) -> bool:
    """Return whether an element holds a picture of a face or of fingers; a palm or profile is only kept.

    Raises
    ------
    SampleError
        When type and subtype contradict each other, fingers cannot be taken apart, or there is a template alone.
    """
    kind, subtype = element.biometric_type, element.biometric_sub_type
    if kind not in _COMPARED_TYPES or subtype in PROFILE_SUBTYPES:
        return False
    if kind == "FACE" and subtype not in FACE_SUBTYPES:
        raise SampleError(f"{subtype} is no part of a face", remedy="correct biometricType or biometricSubType")
    if kind == "FINGER" and subtype is not None:
        _check_finger(subtype)
        if subtype not in FINGER_POSITIONS and subtype not in SLAP_FINGERS:
            return False
    if element.image is not None:
        return True
    if element.template is not None:
        raise SampleError("a template of another maker cannot be compared", remedy="send the image it was made of")
    if not element.missing:
        raise SampleError("there is no image", remedy="send one, or state in missing why there is none")
    return False


def _check_finger(subtype: str) -> None:
    if is_finger_group(subtype):
        raise SampleError(
            "two or three fingers in one picture are not taken apart", remedy="send each finger, or a slap of four"
        )
    if subtype == "PORTRAIT" or subtype.startswith("EYE_"):
        raise SampleError(f"{subtype} is no finger", remedy="correct biometricType or biometricSubType")


def _images(element: BiometricDataBase, origin: str) -> list[ReceivedImage]:
    if element.image is None:
        raise ImageFormatError("there is no image", remedy="send one")
    data = image_bytes(element.image)
    check_declared(image_facts(data), element)
    if element.biometric_type == "FACE":
        face = ReceivedImage(data=data, modality=Modality.FACE, position=Position.FACE, ppi=None, origin=origin)
        return [face]
    ppi = None if element.resolution is None else float(element.resolution)
    if element.biometric_sub_type in SLAP_FINGERS:
        return cut_slap(data, element, ppi, origin)
    position = FINGER_POSITIONS[element.biometric_sub_type]
    return [ReceivedImage(data=data, modality=Modality.FINGER, position=position, ppi=ppi, origin=origin)]
