"""Who may have a document: enrolled and judged, with nothing about them that people have yet to decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from biometrics.cases import CaseStatus
from biometrics.errors import RecordConflictError
from biometrics.people.record import PersonRecord
from biometrics.records import Encounter, EncounterStatus, SubjectStatus
from enrollment.issuing.profile import DocumentProfile
from registry.reading import Reader

_LATER = "decide what is open about the person first; nobody is refused anything by this"


def require_good_standing(record: Reader, subject_id: str, profile: DocumentProfile) -> tuple[Encounter, ...]:
    """Return somebody's active encounters in the galleries of a document, newest first, if they may have it.

    Raises
    ------
    RecordNotFoundError
        When there is no such subject.
    RecordConflictError
        Saying what stands against it, and nothing that a case is about.
    """
    encounters = record.encounters(subject_id)
    for reason in _obstacles(record, subject_id, encounters):
        raise RecordConflictError(f"no document is made: {reason}", source=subject_id, remedy=_LATER)
    wanted = set(profile.galleries)
    active = [one for one in encounters if one.status is EncounterStatus.ACTIVE and wanted & set(one.galleries)]
    if not active:
        raise RecordConflictError(
            f"no document is made: the person has no active encounter in {', '.join(profile.galleries)}",
            source=subject_id,
            remedy="enroll the person there first",
        )
    return tuple(reversed(active))


def require_age(person: PersonRecord, profile: DocumentProfile, day: date) -> None:
    """Refuse somebody who is too young, however the date of birth is read; an unknown one is let pass.

    Raises
    ------
    RecordConflictError
        When they are.
    """
    earliest = person.birth_date.earliest
    if earliest is None:
        return
    born = date.fromisoformat(earliest)
    if day.year - born.year - ((day.month, day.day) < (born.month, born.day)) < profile.least_age_years:
        raise RecordConflictError(f"this document is for people of {profile.least_age_years} years and more")


def _obstacles(record: Reader, subject_id: str, encounters: tuple[Encounter, ...]) -> Iterator[str]:
    status = record.subject(subject_id).status
    if status is not SubjectStatus.ACTIVE:
        yield f"the person is {status.value}"
    if any(one.status is EncounterStatus.PENDING for one in encounters):
        yield "an encounter waits for a verdict"
    if any(record.case(case_id).status is not CaseStatus.CLOSED for case_id in record.people.cases(subject_id)):
        yield "a case about the person is not closed"
    if any(one.lifted_at is None for one in record.rights.restrictions([subject_id])):
        yield "the person's data are locked, or the person objects to a use of them"
