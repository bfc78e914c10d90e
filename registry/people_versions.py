"""Versions of what a person states: a correction adds one to the one it names, and nothing is overwritten."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, select

from biometrics.errors import RecordConflictError, RecordError, RecordNotFoundError
from biometrics.people.history import PersonVersion
from biometrics.people.record import PersonRecord
from biometrics.samples import now_utc
from registry.audit import acting, append_event
from registry.people_actions import PERSON_CORRECTED, PERSON_RECORDED
from registry.people_rows import version_of, version_values
from registry.people_seals import DIGESTS, insert_sealed
from registry.people_subjects import require_open, require_own_encounter, stated_reason
from registry.search_rows import index_people
from registry.tables.people import person_versions

FIRST_REASON = "first statement"
"""Why a first version is recorded where nobody says more."""


def current_version(connection: Connection, subject_id: str) -> PersonVersion | None:
    """Return the highest version of a subject; None when nothing was stated yet."""
    row = connection.execute(
        select(person_versions)
        .where(person_versions.c.subject_id == subject_id)
        .order_by(person_versions.c.version.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else version_of(row)


def record_person(
    connection: Connection,
    subject_id: str,
    record: PersonRecord,
    *,
    reason: str = FIRST_REASON,
    encounter_id: str | None = None,
) -> int:
    """Record what a subject states for the first time, as version 1.

    Raises
    ------
    RecordNotFoundError
        When there is no such subject, or it has no such encounter.
    RecordConflictError
        When something is recorded already, or the subject is merged or purged.
    PersonDataError
        When the reason is empty or unreadable.
    """
    reason = stated_reason(reason)
    require_open(connection, subject_id)
    require_own_encounter(connection, subject_id, encounter_id)
    known = current_version(connection, subject_id)
    if known is not None:
        raise RecordConflictError(
            f"version {known.version} of this person is recorded already", source=subject_id, remedy="correct it"
        )
    version = _version(connection, subject_id, record, reason, encounter_id)
    return _add(connection, version, PERSON_RECORDED, tuple(record.document()))


def correct_person(  # noqa: PLR0913 - whose, what, over which version, why, and where it was noticed
    connection: Connection,
    subject_id: str,
    record: PersonRecord,
    *,
    expected_version: int,
    reason: str,
    encounter_id: str | None = None,
) -> int:
    """Add a version that corrects the one named, and return its number.

    Parameters
    ----------
    connection
        The writer section.
    subject_id
        Whose.
    record
        The whole record as it is right.
    expected_version
        The version that whoever corrects has seen.
    reason
        Why it was wrong.
    encounter_id
        The encounter at which it was noticed; None where there was none.

    Raises
    ------
    RecordNotFoundError
        When there is no such subject or encounter, or nothing to correct.
    RecordConflictError
        When another version is the current one, or the subject is merged or purged.
    RecordError
        When nothing would change.
    PersonDataError
        When the reason is empty or unreadable.
    """
    reason = stated_reason(reason)
    require_open(connection, subject_id)
    require_own_encounter(connection, subject_id, encounter_id)
    known = current_version(connection, subject_id)
    if known is None:
        raise RecordNotFoundError("nothing is recorded that could be corrected", source=subject_id)
    if known.version != expected_version:
        raise RecordConflictError(
            f"version {expected_version} was to be corrected, but version {known.version} is the current one",
            source=subject_id,
            remedy="read the current version, and correct that if it is still wrong",
        )
    if known.record == record:
        raise RecordError("the correction changes nothing", source=subject_id)
    first = _version(connection, subject_id, record, reason, encounter_id)
    version = replace(first, version=known.version + 1)
    return _add(connection, version, PERSON_CORRECTED, record.changed_fields(known.record))


def _version(
    connection: Connection, subject_id: str, record: PersonRecord, reason: str, encounter_id: str | None
) -> PersonVersion:
    return PersonVersion(
        subject_id=subject_id,
        version=1,
        recorded_at=now_utc(),
        actor=acting(connection).name,
        reason=reason,
        record=record,
        encounter_id=encounter_id,
    )


def _add(connection: Connection, version: PersonVersion, action: str, fields: tuple[str, ...]) -> int:
    digests = insert_sealed(connection, person_versions, [version_values(version)])
    index_people(connection, {version.subject_id: version.record})
    details = {
        "version": version.version,
        "fields": list(fields),
        "encounter_id": version.encounter_id,
        DIGESTS: digests,
    }
    append_event(connection, action=action, subject_id=version.subject_id, details=details)
    return version.version
