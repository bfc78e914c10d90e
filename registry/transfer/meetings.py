"""JSON forms of encounters: their context, samples by digest, templates, and exceptions."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from biometrics.errors import PersonDataError
from biometrics.people.evidence import check_digest
from biometrics.people.fields import optionally, read_fields, read_flag, read_list, stated_word
from biometrics.people.history import GrantedException
from biometrics.positions import Modality, Position
from biometrics.quality import PadResult, QualityScore
from biometrics.records import (
    PAD_NOT_RECORDED,
    QUALITY_NOT_RECORDED,
    Encounter,
    EncounterContext,
    EncounterStatus,
    StoredSample,
)
from biometrics.samples import check_ppi
from biometrics.template_codec import decode_template, encode_template
from biometrics.templates import BiometricReference
from registry.columns import utc_text
from registry.identifiers import new_identifier
from registry.transfer.fields import LONGEST_TEXT, read_identifier, read_number, read_text, read_time, read_whole, told
from registry.transfer.person import ExchangedEncounter, Unsaid
from registry.transfer.statement_documents import exception_documents
from registry.transfer.statements import read_exceptions

_CONTEXT = tuple(field.name for field in fields(EncounterContext))
_OPTIONAL = (
    "encounter_id",
    "status",
    "recorded_at",
    "policy_version",
    "context",
    "galleries",
    "samples",
    "references",
    "exceptions",
    "cbeff",
)
_SAMPLE_OPTIONAL = ("ppi", "captured_at", "quality", "simulated", "pad")
_LONGEST_PATH = 500


def read_encounter(
    document: object, subject_id: str, unsaid: Unsaid
) -> tuple[ExchangedEncounter, tuple[GrantedException, ...]]:
    """Return an encounter of a line, and the exceptions in it.

    Raises
    ------
    PersonDataError
        When a field is missing, unknown, or of the wrong type.
    SampleError, TemplateError, ProcessingError
        When a resolution, a template or a quality cannot be.
    """
    given = read_fields(document, what="an encounter", required=(), optional=_OPTIONAL)
    at = read_time(given["recorded_at"], what="recorded_at") if "recorded_at" in given else unsaid.at
    policy_version = given.get("policy_version", unsaid.policy_version)
    galleries = read_list(given.get("galleries", list(unsaid.galleries)), what="galleries")
    context = _context(given.get("context", {}))
    samples = read_list(given.get("samples", []), what="samples")
    encounter = Encounter(
        encounter_id=_identifier(given, "encounter_id"),
        subject_id=subject_id,
        status=stated_word(given.get("status", EncounterStatus.ACTIVE.value), EncounterStatus, "the status"),
        recorded_at=at,
        policy_version=read_text(policy_version, what="policy_version"),
        samples=tuple(_sample(one, at) for one in samples),
        context=context,
        galleries=tuple(sorted({read_identifier(one, what="the name of a gallery") for one in galleries})),
    )
    references = read_list(given.get("references", []), what="references")
    exchanged = ExchangedEncounter(
        encounter=encounter,
        references=tuple(_reference(one, subject_id) for one in references),
        cbeff=optionally(given, "cbeff", _path),
    )
    exceptions = read_exceptions(given.get("exceptions", []), encounter.encounter_id, context.operator, unsaid)
    return exchanged, exceptions


def encounter_document(exchanged: ExchangedEncounter, exceptions: Sequence[GrantedException]) -> dict[str, Any]:
    """Return what `read_encounter` reads; fields that tell nothing are left out."""
    encounter = exchanged.encounter
    return told(
        {
            "encounter_id": encounter.encounter_id,
            "status": encounter.status.value,
            "recorded_at": utc_text(encounter.recorded_at),
            "policy_version": encounter.policy_version,
            "context": told(asdict(encounter.context)) or None,
            "galleries": sorted(encounter.galleries),
            "samples": [_sample_document(one) for one in encounter.samples] or None,
            "references": [_reference_document(one) for one in exchanged.references] or None,
            "exceptions": exception_documents(exceptions) or None,
            "cbeff": exchanged.cbeff,
        }
    )


def _context(document: object) -> EncounterContext:
    given = read_fields(document, what="a context", required=(), optional=_CONTEXT)
    return EncounterContext(**{name: read_text(value, what=name) for name, value in given.items()})


def _sample(document: object, recorded_at: datetime) -> StoredSample:
    given = read_fields(document, what="a sample", required=("sha256", "position"), optional=_SAMPLE_OPTIONAL)
    if given["sha256"] is None:
        raise PersonDataError("a sample is not named by a SHA-256")
    check_digest(given["sha256"], what="a sample")
    position = stated_word(given["position"], Position, "a position")
    ppi = optionally(given, "ppi", lambda value: read_number(value, what="ppi"))
    at = given.get("captured_at")
    return StoredSample(
        sha256=given["sha256"],
        position=position,
        ppi=check_ppi(ppi) if position.modality is Modality.FINGER else ppi,
        captured_at=recorded_at if at is None else read_time(at, what="captured_at"),
        quality=optionally(given, "quality", _quality) or QUALITY_NOT_RECORDED,
        simulated=read_flag(given.get("simulated", False), what="simulated"),
        pad=optionally(given, "pad", _pad) or PAD_NOT_RECORDED,
    )


def _quality(document: object) -> QualityScore:
    given = read_fields(document, what="a quality", required=("value", "algorithm"), optional=("components",))
    components = given.get("components", {})
    if not isinstance(components, Mapping):
        raise PersonDataError("the components of a quality are not a JSON object")
    return QualityScore(
        value=read_whole(given["value"], what="a quality", least=0, most=100),
        algorithm=read_text(given["algorithm"], what="the algorithm of a quality"),
        components={
            read_text(name, what="a component of quality"): read_number(value, what="a component of quality")
            for name, value in components.items()
        },
    )


def _pad(document: object) -> PadResult:
    given = read_fields(
        document, what="attack evidence", required=("score",), optional=("algorithm", "threshold", "reason")
    )
    texts = {name: given.get(name, "") for name in ("algorithm", "reason")}
    if not all(isinstance(text, str) and len(text) <= LONGEST_TEXT for text in texts.values()):
        raise PersonDataError("attack evidence has a field that is not text")
    return PadResult(
        score=optionally(given, "score", lambda value: read_number(value, what="the score of attack evidence")),
        threshold=optionally(
            given, "threshold", lambda value: read_number(value, what="the threshold of attack evidence")
        ),
        **texts,
    )


def _reference(document: object, subject_id: str) -> BiometricReference:
    optional = ("reference_id", "sample_sha256")
    given = read_fields(document, what="a reference", required=("template",), optional=optional)
    check_digest(given.get("sample_sha256"), what="the sample of a reference")
    return BiometricReference(
        reference_id=_identifier(given, "reference_id"),
        subject_id=subject_id,
        template=decode_template(_bytes(given["template"])),
        sample_sha256=given.get("sample_sha256"),
    )


def _bytes(text: object) -> bytes:
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        raise PersonDataError(
            "a template is not base64 text", remedy="use the standard alphabet with padding"
        ) from None


def _identifier(given: Mapping[str, Any], name: str) -> str:
    return read_identifier(given[name], what=name) if name in given else new_identifier()


def _path(value: object) -> str:
    if not (isinstance(value, str) and 0 < len(value) <= _LONGEST_PATH and value.isprintable()):
        raise PersonDataError("cbeff is not the path of a file", remedy="give it from the exchange folder on")
    return value


def _sample_document(sample: StoredSample) -> dict[str, Any]:
    return told(
        {
            "sha256": sample.sha256,
            "position": sample.position.value,
            "ppi": sample.ppi,
            "captured_at": utc_text(sample.captured_at),
            "quality": asdict(sample.quality),
            "simulated": sample.simulated,
            "pad": asdict(sample.pad),
        }
    )


def _reference_document(reference: BiometricReference) -> dict[str, Any]:
    return told(
        {
            "reference_id": reference.reference_id,
            "template": base64.b64encode(encode_template(reference.template)).decode("ascii"),
            "sample_sha256": reference.sample_sha256,
        }
    )
