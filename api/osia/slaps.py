"""A slap of OSIA becomes one picture per finger, before anything is compared."""

from __future__ import annotations

from api.osia.models import BiometricDataBase
from api.osia.subtypes import SLAP_FINGERS, positions_of
from biometrics.errors import SampleError
from biometrics.image_writing import encode_png
from biometrics.images import decode_image
from biometrics.positions import Modality, Position
from biometrics.samples import BiometricSample, check_ppi, now_utc
from biometrics.slaps import Slap
from enrollment.preparation import ReceivedImage
from models.finger.slap import segment_slap

_SLAPS = {
    "PLAIN_RIGHT_FOUR_FINGERS": Slap.RIGHT,
    "PLAIN_LEFT_FOUR_FINGERS": Slap.LEFT,
    "PLAIN_THUMBS": Slap.THUMBS,
}


def cut_slap(data: bytes, element: BiometricDataBase, ppi: float | None, origin: str) -> list[ReceivedImage]:
    """Return the fingers of a slap, named by their order, less those that `missing` states.

    Raises
    ------
    SampleError
        When another number of fingers is found than expected, so that none can be named.
    """
    image = decode_image(data)
    resolution_ppi = check_ppi(image.ppi if ppi is None else ppi)
    sample = BiometricSample(
        position=Position.UNKNOWN,
        pixels=image.pixels,
        ppi=resolution_ppi,
        captured_at=now_utc(),
        simulated=image.simulated,
    )
    found = segment_slap(sample, _SLAPS[str(element.biometric_sub_type)], _lacking(element))
    if not found.complete:
        raise SampleError(found.warnings[0], remedy="capture the slap again, or state the missing fingers")
    return [
        ReceivedImage(
            data=encode_png(finger.sample.pixels, finger.sample.ppi, simulated=image.simulated),
            modality=Modality.FINGER,
            position=finger.sample.position,
            ppi=finger.sample.ppi,
            origin=origin,
        )
        for finger in found.fingers
    ]


def _lacking(element: BiometricDataBase) -> frozenset[Position]:
    shown = set(SLAP_FINGERS[str(element.biometric_sub_type)])
    stated = (part.biometric_sub_type for part in element.missing or ())
    return frozenset(finger for one in stated for finger in positions_of("FINGER", one) if finger in shown)
