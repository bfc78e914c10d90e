"""Between rows of the tables about persons and the objects of the vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Table

from biometrics.people.dates import PartialDate
from biometrics.people.evidence import Evidence
from biometrics.people.exceptions import CaptureException
from biometrics.people.history import (
    GrantedException,
    HeldEvidence,
    HeldGuardian,
    HeldNumber,
    PersonFile,
    PersonVersion,
    RecordedLifeEvent,
)
from biometrics.people.identifiers import PersonNumber
from biometrics.people.life import Guardian, LifeEvent
from biometrics.people.names import PersonName
from biometrics.people.record import PersonRecord
from registry.rows import StoredRow
from registry.tables.people import capture_exceptions, evidence, guardians, identifiers, life_events, person_versions


def version_of(row: StoredRow) -> PersonVersion:
    """Return the version a row holds."""
    return PersonVersion(
        subject_id=row.subject_id,
        version=row.version,
        recorded_at=row.recorded_at,
        actor=row.actor,
        reason=row.reason,
        record=PersonRecord.parse(row.content),
        encounter_id=row.encounter_id,
    )


def version_values(one: PersonVersion) -> dict[str, Any]:
    """Return the row of a version."""
    return {
        "subject_id": one.subject_id,
        "version": one.version,
        "recorded_at": one.recorded_at,
        "actor": one.actor,
        "reason": one.reason,
        "content": one.record.document(),
        "encounter_id": one.encounter_id,
    }


def number_of(row: StoredRow) -> HeldNumber:
    """Return the number a row holds."""
    return HeldNumber(
        identifier_id=row.identifier_id,
        subject_id=row.subject_id,
        number=PersonNumber(scheme=row.scheme, value=row.value, kind=row.kind),
        valid_from=row.valid_from,
        actor=row.actor,
        reason=row.reason,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
    )


def number_values(one: HeldNumber) -> dict[str, Any]:
    """Return the row of a number."""
    return {
        "identifier_id": one.identifier_id,
        "subject_id": one.subject_id,
        "scheme": one.number.scheme,
        "value": one.number.value,
        "value_token": one.number.value,
        "kind": one.number.kind,
        "valid_from": one.valid_from,
        "actor": one.actor,
        "reason": one.reason,
        "ended_at": one.ended_at,
        "end_reason": one.end_reason,
    }


def evidence_of(row: StoredRow) -> HeldEvidence:
    """Return the evidence a row holds."""
    paper = Evidence(
        type=row.type,
        number=row.number,
        issued_by=row.issued_by,
        issued_on=PartialDate.parse(row.issued_on),
        provisional=row.provisional,
        scan_sha256=row.scan_sha256,
    )
    return HeldEvidence(
        evidence_id=row.evidence_id,
        subject_id=row.subject_id,
        evidence=paper,
        recorded_at=row.recorded_at,
        actor=row.actor,
        encounter_id=row.encounter_id,
        replaced_by=row.replaced_by,
    )


def evidence_values(one: HeldEvidence) -> dict[str, Any]:
    """Return the row of evidence."""
    return {
        "evidence_id": one.evidence_id,
        "subject_id": one.subject_id,
        "encounter_id": one.encounter_id,
        "type": one.evidence.type,
        "number": one.evidence.number,
        "issued_by": one.evidence.issued_by,
        "issued_on": one.evidence.issued_on.document(),
        "provisional": one.evidence.provisional,
        "scan_sha256": one.evidence.scan_sha256,
        "recorded_at": one.recorded_at,
        "actor": one.actor,
        "replaced_by": one.replaced_by,
    }


def exception_of(row: StoredRow) -> GrantedException:
    """Return the exception a row holds, for its one position."""
    exception = CaptureException(
        positions=(row.position,),
        reason=row.reason,
        presence=row.presence,
        approver=row.approver,
        photo_sha256=row.photo_sha256,
        without_photo=row.without_photo,
    )
    return GrantedException(
        encounter_id=row.encounter_id, exception=exception, operator=row.operator, recorded_at=row.recorded_at
    )


def exception_values(one: GrantedException) -> list[dict[str, Any]]:
    """Return the rows of an exception, one per position."""
    asked = one.exception
    return [
        {
            "encounter_id": one.encounter_id,
            "position": position,
            "reason": asked.reason,
            "presence": asked.presence,
            "photo_sha256": asked.photo_sha256,
            "without_photo": asked.without_photo,
            "operator": one.operator,
            "approver": asked.approver,
            "recorded_at": one.recorded_at,
        }
        for position in asked.positions
    ]


def guardian_of(row: StoredRow) -> HeldGuardian:
    """Return the guardian a row holds."""
    guardian = Guardian(
        relation=row.relation,
        subject_id=row.guardian_subject_id,
        name=None if row.name is None else PersonName.parse(row.name),
        document_number=row.document_number,
    )
    return HeldGuardian(
        guardian_id=row.guardian_id,
        subject_id=row.subject_id,
        guardian=guardian,
        recorded_at=row.recorded_at,
        actor=row.actor,
        reason=row.reason,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
    )


def guardian_values(one: HeldGuardian) -> dict[str, Any]:
    """Return the row of a guardian."""
    name = one.guardian.name
    return {
        "guardian_id": one.guardian_id,
        "subject_id": one.subject_id,
        "relation": one.guardian.relation,
        "guardian_subject_id": one.guardian.subject_id,
        "name": None if name is None else name.document(),
        "document_number": one.guardian.document_number,
        "recorded_at": one.recorded_at,
        "actor": one.actor,
        "reason": one.reason,
        "ended_at": one.ended_at,
        "end_reason": one.end_reason,
    }


def life_event_of(row: StoredRow) -> RecordedLifeEvent:
    """Return the life event a row holds."""
    return RecordedLifeEvent(
        event_id=row.event_id,
        subject_id=row.subject_id,
        event=LifeEvent(kind=row.kind, date=PartialDate.parse(row.date), evidence_id=row.evidence_id),
        recorded_at=row.recorded_at,
        actor=row.actor,
        reason=row.reason,
        annulled_at=row.annulled_at,
        annulled_by=row.annulled_by,
        annulment_reason=row.annulment_reason,
    )


def life_event_values(one: RecordedLifeEvent) -> dict[str, Any]:
    """Return the row of a life event."""
    return {
        "event_id": one.event_id,
        "subject_id": one.subject_id,
        "kind": one.event.kind,
        "date": one.event.date.document(),
        "evidence_id": one.event.evidence_id,
        "recorded_at": one.recorded_at,
        "actor": one.actor,
        "reason": one.reason,
        "annulled_at": one.annulled_at,
        "annulled_by": one.annulled_by,
        "annulment_reason": one.annulment_reason,
    }


def file_values(file: PersonFile) -> dict[Table, list[dict[str, Any]]]:
    """Return all rows of a person's file, table by table in an order that foreign keys allow."""
    return {
        person_versions: [version_values(one) for one in file.versions],
        identifiers: [number_values(one) for one in file.numbers],
        evidence: [evidence_values(one) for one in file.evidence],
        capture_exceptions: [row for one in file.exceptions for row in exception_values(one)],
        guardians: [guardian_values(one) for one in file.guardians],
        life_events: [life_event_values(one) for one in file.life_events],
    }


OBJECT_OF: dict[Table, Callable[[StoredRow], Any]] = {
    person_versions: version_of,
    identifiers: number_of,
    evidence: evidence_of,
    capture_exceptions: exception_of,
    guardians: guardian_of,
    life_events: life_event_of,
}
"""What makes the object of a row of each table."""
