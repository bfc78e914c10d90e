"""Templates as OSIA has them: fingers in the standard that is asked for, faces in the model's own form."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from api.osia.subtypes import stated_as
from biometrics.errors import TemplateError
from biometrics.interchange.minutiae_record import FingerView, MinutiaeRecord, MinutiaeStandard
from biometrics.interchange.minutiae_writing import write_minutiae_record
from biometrics.positions import Modality
from enrollment.operations.encounters import KeptTemplate

_DEFAULT_FINGER_FORMAT = "ISO_19794_2"
_FINGER_FORMATS = {
    "ISO_19794_2": MinutiaeStandard.ISO_2005,
    "ISO_19794_2_2011": MinutiaeStandard.ISO_2011,
    "ANSI_378": MinutiaeStandard.ANSI_2004,
    "ANSI_378_2009": MinutiaeStandard.ANSI_2009,
}


def computed_data(
    templates: Iterable[KeptTemplate], instances: Mapping[tuple[str, str], list[str]], asked: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the templates that fit what is asked: type, subtype, instance, format of template and of quality."""
    found = []
    for one in templates:
        kind, subtype = stated_as(one.position)
        described = {"biometricType": kind, "biometricSubType": subtype, "qualityFormat": one.quality.algorithm}
        if any(asked.get(name, value) != value for name, value in described.items()):
            continue
        instance = asked.get("instance")
        if instance is not None and instance not in instances.get((kind, subtype), []):
            continue
        encoded = _encoded(one, asked.get("templateFormat"))
        if encoded is None:
            continue
        written, template_format = encoded
        content = described | {
            "template": base64.b64encode(written).decode("ascii"),
            "templateFormat": template_format,
            "quality": one.quality.value,
            "algorithm": one.model_id,
        }
        found.append(content if instance is None else content | {"instance": instance})
    return found


def _encoded(one: KeptTemplate, asked: str | None) -> tuple[bytes, str] | None:
    """Return a template in the format asked for; None where it has no such form."""
    if one.position.modality is Modality.FACE:
        vector = one.template.embedding.vector
        return (vector.astype("<f4").tobytes(), one.model_id) if asked in (None, one.model_id) else None
    template_format = asked or _DEFAULT_FINGER_FORMAT
    if template_format not in _FINGER_FORMATS:
        return None
    view = FingerView(position=one.position, minutiae=one.template.minutiae, quality=one.quality.value)
    record = MinutiaeRecord(standard=_FINGER_FORMATS[template_format], views=(view,), simulated=one.template.simulated)
    try:
        return write_minutiae_record(record), template_format
    except TemplateError:
        return None
