"""Everybody who was found to be one person, and what keeps them from being erased."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import CTE, Connection, Select, or_, select

from biometrics.errors import RecordConflictError
from biometrics.records import SubjectStatus
from registry.cases import WAITING
from registry.merging import resolve
from registry.rights.holds import held_subjects, require_no_hold
from registry.tables.cases import case_candidates, cases
from registry.tables.core import encounters, subjects
from registry.tables.people import guardians

AT_ONCE = 500
"""Subjects asked about in one question; databases limit the number of parameters."""


def family_of(connection: Connection, subject_id: str) -> list[str]:
    """Return the survivor of a subject and all who were merged into it, by merges that stand; the survivor first.

    Raises
    ------
    RecordNotFoundError
        When there is no such subject.
    """
    found = newly = [resolve(connection, subject_id)]
    while newly:
        into = select(subjects.c.subject_id).where(subjects.c.merged_into.in_(newly))
        newly = sorted(connection.scalars(into))
        found = [*found, *newly]
    return found


def kin(subject_ids: Iterable[str]) -> CTE:
    """Return who is one person with each of some subjects, themselves included, by merges that stand.

    Rows are `asked`, one of those given (at most `AT_ONCE`), and `subject_id`, somebody who is the same person.
    """
    chosen = select(subjects.c.subject_id.label("asked"), subjects.c.subject_id, subjects.c.merged_into)
    later = chosen.where(subjects.c.subject_id.in_(list(subject_ids))).cte("later", recursive=True)
    became = _beside(later).join(subjects, subjects.c.subject_id == later.c.merged_into)
    later = later.union(became)
    ends = select(later.c.asked, later.c.subject_id).where(later.c.merged_into.is_(None))
    whole = ends.cte("kin", recursive=True)
    merged = select(whole.c.asked, subjects.c.subject_id).join(whole, subjects.c.merged_into == whole.c.subject_id)
    return whole.union(merged)


def _beside(line: CTE) -> Select[str, str, str]:
    return select(line.c.asked, subjects.c.subject_id, subjects.c.merged_into)


def held_people(connection: Connection, at: datetime) -> frozenset[str]:
    """Return everybody under a hold at a moment, and who is one person with them."""
    named, found = sorted(held_subjects(connection, at)), set[str]()
    for start in range(0, len(named), AT_ONCE):
        own = kin(named[start : start + AT_ONCE])
        found.update(connection.scalars(select(own.c.subject_id)))
    return frozenset(found)


def encounters_of(connection: Connection, family: list[str]) -> list[str]:
    """Return the encounters of some subjects, by identifier."""
    own = select(encounters.c.encounter_id).where(encounters.c.subject_id.in_(family))
    return sorted(connection.scalars(own))


def cases_about(connection: Connection, family: list[str], *, waiting: bool = False) -> list[str]:
    """Return the cases that some subjects or their encounters are in, on either side; or those without an outcome."""
    query = (
        select(cases.c.case_id)
        .outerjoin(case_candidates, case_candidates.c.case_id == cases.c.case_id)
        .where(
            or_(
                cases.c.subject_id.in_(family),
                case_candidates.c.subject_id.in_(family),
                cases.c.encounter_id.in_(encounters_of(connection, family)),
            )
        )
    )
    return sorted(set(connection.scalars(query.where(WAITING) if waiting else query)))


def require_erasable(connection: Connection, family: list[str], at: datetime) -> None:
    """Refuse to erase who is held, asked about, gone, or still answers for somebody.

    Raises
    ------
    RecordConflictError
        Saying which of these it is.
    """
    require_no_hold(connection, family, at)
    status = connection.scalar(select(subjects.c.status).where(subjects.c.subject_id == family[0]))
    if status is SubjectStatus.PURGED:
        raise RecordConflictError("nothing is kept about this person any more", source=family[0])
    waiting = cases_about(connection, family, waiting=True)
    if waiting:
        raise RecordConflictError(
            "a case about this person is open", source=waiting[0], remedy="let it be decided first"
        )
    ward = connection.scalar(
        select(guardians.c.subject_id).where(
            guardians.c.guardian_subject_id.in_(family),
            guardians.c.subject_id.not_in(family),
            guardians.c.ended_at.is_(None),
        )
    )
    if ward is not None:
        raise RecordConflictError(
            "this person is on record as the guardian of another", source=ward, remedy="record another guardian first"
        )
