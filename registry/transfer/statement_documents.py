"""What persons stated, written in the JSON forms that `statements` reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from biometrics.people.history import (
    GrantedException,
    HeldEvidence,
    HeldGuardian,
    HeldNumber,
    PersonFile,
    PersonVersion,
    RecordedLifeEvent,
)
from registry.columns import utc_text
from registry.transfer.fields import told


def file_documents(file: PersonFile) -> dict[str, Any]:
    """Return the fields that `read_file` reads; those that tell nothing are left out."""
    return {
        name: documents
        for name, documents in (
            ("versions", [_version_document(one) for one in file.versions]),
            ("numbers", [_number_document(one) for one in file.numbers]),
            ("evidence", [_evidence_document(one) for one in file.evidence]),
            ("guardians", [_guardian_document(one) for one in file.guardians]),
            ("life_events", [_life_event_document(one) for one in file.life_events]),
        )
        if documents
    }


def exception_documents(granted: Sequence[GrantedException]) -> list[dict[str, Any]]:
    """Return what `read_exceptions` reads."""
    return [
        {**one.exception.document(), "operator": one.operator, "recorded_at": utc_text(one.recorded_at)}
        for one in granted
    ]


def _version_document(one: PersonVersion) -> dict[str, Any]:
    return told(
        {
            "version": one.version,
            "recorded_at": utc_text(one.recorded_at),
            "actor": one.actor,
            "reason": one.reason,
            "record": one.record.document(),
            "encounter_id": one.encounter_id,
        }
    )


def _number_document(one: HeldNumber) -> dict[str, Any]:
    return told(
        {
            "identifier_id": one.identifier_id,
            "scheme": one.number.scheme.value,
            "value": one.number.value,
            "kind": one.number.kind.value,
            "valid_from": utc_text(one.valid_from),
            "actor": one.actor,
            "reason": one.reason,
            "ended_at": None if one.ended_at is None else utc_text(one.ended_at),
            "end_reason": one.end_reason,
        }
    )


def _evidence_document(one: HeldEvidence) -> dict[str, Any]:
    return told(
        {
            "evidence_id": one.evidence_id,
            "evidence": one.evidence.document(),
            "recorded_at": utc_text(one.recorded_at),
            "actor": one.actor,
            "encounter_id": one.encounter_id,
            "replaced_by": one.replaced_by,
        }
    )


def _guardian_document(one: HeldGuardian) -> dict[str, Any]:
    return told(
        {
            "guardian_id": one.guardian_id,
            "guardian": one.guardian.document(),
            "recorded_at": utc_text(one.recorded_at),
            "actor": one.actor,
            "reason": one.reason,
            "ended_at": None if one.ended_at is None else utc_text(one.ended_at),
            "end_reason": one.end_reason,
        }
    )


def _life_event_document(one: RecordedLifeEvent) -> dict[str, Any]:
    return told(
        {
            "event_id": one.event_id,
            "event": one.event.document(),
            "recorded_at": utc_text(one.recorded_at),
            "actor": one.actor,
            "reason": one.reason,
            "annulled_at": None if one.annulled_at is None else utc_text(one.annulled_at),
            "annulled_by": one.annulled_by,
            "annulment_reason": one.annulment_reason,
        }
    )
