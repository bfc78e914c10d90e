"""The fingers of a document as one record of ISO/IEC 19794-2 or 19794-4, those that the profile prefers."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from biometrics.arrays import GrayPixels, Pixels
from biometrics.errors import RecordConflictError
from biometrics.images import decode_image
from biometrics.interchange.encoding import encode_finger
from biometrics.interchange.finger_image_record import Compression, FingerImage, FingerImageRecord, FingerImageStandard
from biometrics.interchange.finger_image_writing import write_finger_image_record
from biometrics.interchange.minutiae_record import FingerView, MinutiaeRecord, MinutiaeStandard
from biometrics.interchange.minutiae_writing import write_minutiae_record
from biometrics.positions import Position
from biometrics.records import Encounter, StoredSample
from biometrics.templates import BiometricReference, MinutiaSet
from enrollment.issuing.profile import FingerRule

ReadSample = Callable[[str], bytes]


def document_fingers(
    rule: FingerRule,
    encounters: Sequence[Encounter],
    references: Sequence[BiometricReference],
    sample_bytes: ReadSample,
) -> dict[str, Any] | None:
    """Return the fingers as they stand in a personalisation record; None where the document holds none.

    Parameters
    ----------
    rule
        What the profile asks for.
    encounters
        Whose pictures may be used, newest first.
    references
        Of the same encounters, newest first.
    sample_bytes
        Returns the file of a picture.

    Raises
    ------
    RecordConflictError
        When there are fewer than the profile insists on.
    SampleError, TemplateError
        When a picture or template cannot be written in the format.
    """
    if rule.count == 0:
        return None
    if isinstance(rule.format, MinutiaeStandard):
        positions, data = _minutiae(rule, rule.format, references)
    else:
        positions, data = _pictures(rule, rule.format, encounters, sample_bytes)
    if len(positions) < rule.count and not rule.fewer_allowed:
        raise RecordConflictError(
            f"the document asks for {rule.count} fingers, and {len(positions)} of those it prefers are recorded",
            remedy="capture the missing ones, or use a profile that lets people have fewer",
        )
    if not positions:
        return None
    return {
        "format": rule.format.value,
        "positions": [one.value for one in positions],
        "data": base64.b64encode(data).decode(),
    }


def _minutiae(
    rule: FingerRule, standard: MinutiaeStandard, references: Sequence[BiometricReference]
) -> tuple[list[Position], bytes]:
    """Write the best template of each finger; of equal ones the newest."""
    best: dict[Position, BiometricReference] = {}
    for one in references:
        usable = isinstance(one.template.body, MinutiaSet)
        earlier = best.get(one.template.position)
        if usable and (earlier is None or one.template.quality.value > earlier.template.quality.value):
            best[one.template.position] = one
    chosen = [best[position] for position in rule.preferred if position in best][: rule.count]
    if not chosen:
        return [], b""
    views = tuple(
        FingerView(position=one.template.position, minutiae=one.template.minutiae, quality=one.template.quality.value)
        for one in chosen
    )
    simulated = any(one.template.simulated for one in chosen)
    record = MinutiaeRecord(standard=standard, views=views, simulated=simulated)
    return [one.position for one in views], write_minutiae_record(record)


def _pictures(
    rule: FingerRule, standard: FingerImageStandard, encounters: Sequence[Encounter], sample_bytes: ReadSample
) -> tuple[list[Position], bytes]:
    """Write the best picture of each finger, in WSQ."""
    best: dict[Position, StoredSample] = {}
    for sample in (sample for one in encounters for sample in one.samples):
        earlier = best.get(sample.position)
        if earlier is None or sample.quality.value > earlier.quality.value:
            best[sample.position] = sample
    chosen = [best[position] for position in rule.preferred if position in best][: rule.count]
    if not chosen:
        return [], b""
    images = tuple(_image(sample, sample_bytes(sample.sha256)) for sample in chosen)
    simulated = any(sample.simulated for sample in chosen)
    record = FingerImageRecord(standard=standard, images=images, simulated=simulated)
    return [one.position for one in images], write_finger_image_record(record)


def _image(sample: StoredSample, data: bytes) -> FingerImage:
    pixels = _gray(decode_image(data, source=sample.sha256).pixels)
    return FingerImage(
        position=sample.position,
        width=pixels.shape[1],
        height=pixels.shape[0],
        compression=Compression.WSQ,
        data=encode_finger(pixels, Compression.WSQ, sample.ppi, simulated=sample.simulated),
        ppi=sample.ppi,
        quality=sample.quality.value,
    )


def _gray(pixels: Pixels) -> GrayPixels:
    return pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[:, :, 0])
