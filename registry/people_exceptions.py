"""Exceptions of encounters, and when an encounter may be recorded without any biometrics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection, select

from biometrics.errors import RecordConflictError, RecordError, RecordNotFoundError
from biometrics.people.exceptions import CaptureException, unexplained
from biometrics.people.history import GrantedException
from biometrics.people.life import ADULT_AGE
from biometrics.people.record import PersonRecord
from biometrics.samples import now_utc
from registry.audit import acting, append_event
from registry.kept_files import claim_file
from registry.people_actions import EXCEPTIONS_GRANTED
from registry.people_rows import exception_of, exception_values
from registry.people_seals import DIGESTS, insert_sealed
from registry.people_subjects import require_open
from registry.people_versions import current_version
from registry.samples import SampleStore
from registry.tables.core import encounters, references, samples
from registry.tables.people import capture_exceptions, guardians


def grant_exceptions(
    connection: Connection, sample_store: SampleStore, encounter_id: str, asked: Sequence[CaptureException]
) -> None:
    """Record which positions an encounter lacks and why; the operator is the encounter's own, else whoever acts.

    Raises
    ------
    RecordNotFoundError
        When there is no such encounter.
    RecordConflictError
        When a position was captured in this encounter, or excepted already, or the subject is merged or purged.
    PersonDataError
        When the operator approved it.
    StorageError
        When a photo was not stored.
    """
    found = connection.execute(select(encounters).where(encounters.c.encounter_id == encounter_id)).one_or_none()
    if found is None:
        raise RecordNotFoundError("there is no such encounter", source=encounter_id)
    require_open(connection, found.subject_id)
    operator = found.operator or acting(connection).name
    granted = [
        GrantedException(encounter_id=encounter_id, exception=one, operator=operator, recorded_at=now_utc())
        for one in asked
    ]
    rows = [row for one in granted for row in exception_values(one)]
    positions = [row["position"] for row in rows]
    captured = set(connection.scalars(select(samples.c.position).where(samples.c.encounter_id == encounter_id)))
    excepted = {position for one in exceptions_in(connection, encounter_id) for position in one.exception.positions}
    if len(set(positions)) < len(positions) or not excepted.isdisjoint(positions):
        raise RecordConflictError("a position is excepted twice", source=encounter_id)
    if not captured.isdisjoint(positions):
        raise RecordConflictError("an excepted position was captured", source=encounter_id)
    for one in asked:
        claim_file(connection, sample_store, encounter_id, one.photo_sha256)
    details = {
        "encounter_id": encounter_id,
        "positions": {row["position"].value: row["reason"].value for row in rows},
        "operator": operator,
        "approvers": sorted({one.approver for one in asked}),
        "without_photo": sum(len(one.positions) for one in asked if one.photo_sha256 is None),
        DIGESTS: insert_sealed(connection, capture_exceptions, rows),
    }
    append_event(connection, action=EXCEPTIONS_GRANTED, subject_id=found.subject_id, details=details)


def exceptions_in(connection: Connection, encounter_id: str) -> tuple[GrantedException, ...]:
    """Return the exceptions of an encounter, one per position."""
    rows = connection.execute(
        select(capture_exceptions)
        .where(capture_exceptions.c.encounter_id == encounter_id)
        .order_by(capture_exceptions.c.position)
    ).all()
    return tuple(exception_of(row) for row in rows)


def exceptions_about(connection: Connection, subject_id: str) -> tuple[GrantedException, ...]:
    """Return the exceptions of all encounters of a subject, oldest first."""
    rows = connection.execute(
        select(capture_exceptions)
        .join(encounters, encounters.c.encounter_id == capture_exceptions.c.encounter_id)
        .where(encounters.c.subject_id == subject_id)
        .order_by(capture_exceptions.c.recorded_at, capture_exceptions.c.position)
    ).all()
    return tuple(exception_of(row) for row in rows)


def require_explained(connection: Connection, encounter_id: str) -> None:
    """Refuse an encounter without biometrics that nothing explains.

    Explained is one of a child under 15 with a guardian, and one with exceptions for all ten fingers and the face.

    Raises
    ------
    RecordError
        When it is neither.
    """
    for table in (samples, references):
        if connection.scalar(select(table.c.encounter_id).where(table.c.encounter_id == encounter_id).limit(1)):
            return
    found = connection.execute(select(encounters).where(encounters.c.encounter_id == encounter_id)).one()
    if _is_child_with_guardian(connection, found.subject_id, found.recorded_at):
        return
    excepted = {position for one in exceptions_in(connection, encounter_id) for position in one.exception.positions}
    lacking = unexplained(excepted)
    if lacking:
        names = " and ".join(modality.value for modality in lacking)
        raise RecordError(
            f"an encounter has no biometrics, and nothing explains that of {names}",
            source=encounter_id,
            remedy="grant exceptions for every position, or record a birth date under 15 and a guardian",
        )


def surely_under_age(record: PersonRecord, moment: datetime) -> bool:
    """Return whether a person is under 15 however the birth date is read; an unknown one is not."""
    earliest = record.birth_date.earliest
    if earliest is None:
        return False
    born, today = date.fromisoformat(earliest), moment.date()
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return age < ADULT_AGE


def _is_child_with_guardian(connection: Connection, subject_id: str, moment: datetime) -> bool:
    held = guardians.c.subject_id == subject_id, guardians.c.ended_at.is_(None)
    if connection.scalar(select(guardians.c.guardian_id).where(*held).limit(1)) is None:
        return False
    version = current_version(connection, subject_id)
    return version is not None and surely_under_age(version.record, moment)
