"""The document that is kept with an encounter, and the encounter as OSIA has it, made of document and records.

A picture that was recorded as a sample is kept once, in the sample store; the document names its digest instead. What
the records know (status, galleries, moments) is never taken from the document.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api.osia.abis.bodies import EncounterBody
from api.osia.subtypes import stated_as
from biometrics.positions import Modality
from biometrics.records import EncounterStatus
from enrollment.operations.encounters import KeptEncounter, KeptSample

_OF_RECORDS = ("encounterId", "status", "galleries", "createdDate", "updatedDate")
_UNSTATED_TYPE = "UNSPECIFIED"
"""Type of encounters that were recorded by others than OSIA's clients; the description asks for one."""

_KEY = "osia"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """An encounter as it came, less what the records know, and which samples its elements are."""

    encounter: dict[str, Any]
    samples: dict[int, str] = field(default_factory=dict)


def document_text(body: EncounterBody, digests: Mapping[int, str]) -> str:
    """Return the document of an encounter; `digests` are those of the elements that are kept as samples."""
    sent = {name: value for name, value in body.as_sent().items() if name not in _OF_RECORDS}
    elements = [dict(element) for element in sent["biometricData"]]
    for index in digests:
        del elements[index]["image"]
    samples = {str(index): digest for index, digest in digests.items()}
    content = {_KEY: {"encounter": sent | {"biometricData": elements}, "samples": samples}}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def encounter_content(kept: KeptEncounter, *, with_images: bool) -> dict[str, Any]:
    """Return an encounter as OSIA has it; pictures are left out where the reader may not have them."""
    document = _read(kept)
    by_digest = {sample.sha256: sample for sample in kept.samples}
    elements = []
    for index, element in enumerate(document.encounter["biometricData"]):
        sample = by_digest.get(document.samples.get(index, ""))
        elements.append(_element(element, sample, kept.name, with_images=with_images))
    return document.encounter | {
        "encounterId": kept.name,
        "status": status_word(kept),
        "createdDate": kept.created_at.isoformat(),
        "updatedDate": kept.updated_at.isoformat(),
        "galleries": list(kept.galleries),
        "biometricData": elements,
    }


def status_word(kept: KeptEncounter) -> str:
    """Return whether an encounter identifies its person: not while somebody has to decide about it."""
    return "ACTIVE" if kept.in_use and kept.status is EncounterStatus.ACTIVE else "INACTIVE"


def instances_of(kept: KeptEncounter) -> dict[tuple[str, str], list[str]]:
    """Return the instances that the sender named, by type and subtype."""
    found: dict[tuple[str, str], list[str]] = {}
    for element in _read(kept).encounter["biometricData"]:
        if "instance" in element:
            place = (element["biometricType"], element.get("biometricSubType", "UNKNOWN"))
            found.setdefault(place, []).append(element["instance"])
    return found


def _read(kept: KeptEncounter) -> _Kept:
    content = json.loads(kept.document or "{}").get(_KEY)
    if content is None:
        return _of_samples(kept)
    return _Kept(
        encounter=content["encounter"],
        samples={int(index): digest for index, digest in content["samples"].items()},
    )


def _of_samples(kept: KeptEncounter) -> _Kept:
    """Return what can be told of an encounter that OSIA did not bring: its samples."""
    elements = []
    for sample in kept.samples:
        kind, subtype = stated_as(sample.position)
        element: dict[str, Any] = {"biometricType": kind, "biometricSubType": subtype}
        if sample.position.modality is Modality.FINGER and sample.ppi is not None:
            element["resolution"] = round(sample.ppi)
        elements.append(element | {"captureDate": sample.captured_at.isoformat()})
    samples = {index: sample.sha256 for index, sample in enumerate(kept.samples)}
    return _Kept(encounter={"encounterType": _UNSTATED_TYPE, "biometricData": elements}, samples=samples)


def _element(element: dict[str, Any], sample: KeptSample | None, name: str, *, with_images: bool) -> dict[str, Any]:
    content = {"encounterId": name} | element
    if not with_images:
        content.pop("image", None)
    if sample is None:
        return content
    if with_images and sample.data is not None:
        content["image"] = base64.b64encode(sample.data).decode("ascii")
    if "quality" not in content:
        content |= {"quality": sample.quality.value, "qualityFormat": sample.quality.algorithm}
    return content
