"""Cases: questions that only a trained person answers. A score opens them; nothing here closes one."""

from __future__ import annotations

import dataclasses
import math

from sqlalchemy import ColumnElement, Connection, case, insert, select, update

from biometrics.cases import AdjudicationCase, CaseCandidate, CasePriority, CaseStatus
from biometrics.errors import RecordError, RecordNotFoundError
from biometrics.records import EncounterStatus
from registry.audit import CASE_OPENED, CASE_RAISED, append_event
from registry.tables.cases import case_candidates, cases
from registry.tables.core import changes, encounters, subjects

_HIGH_FIRST = case((cases.c.priority == CasePriority.HIGH, 0), else_=1)


def find_cases(connection: Connection, *conditions: ColumnElement[bool]) -> tuple[AdjudicationCase, ...]:
    """Return the cases that satisfy all conditions: high priority first, then the oldest."""
    rows = connection.execute(
        select(cases).where(*conditions).order_by(_HIGH_FIRST, cases.c.opened_at, cases.c.case_id)
    ).all()
    candidate_rows = connection.execute(
        select(case_candidates)
        .join(cases, cases.c.case_id == case_candidates.c.case_id)
        .where(*conditions)
        .order_by(case_candidates.c.case_id, case_candidates.c.rank)
    ).all()
    candidates: dict[str, list[CaseCandidate]] = {}
    for row in candidate_rows:
        candidates.setdefault(row.case_id, []).append(
            CaseCandidate(subject_id=row.subject_id, score=row.score, scores=row.scores, extrapolated=row.extrapolated)
        )
    return tuple(
        AdjudicationCase(
            case_id=row.case_id,
            encounter_id=row.encounter_id,
            subject_id=row.subject_id,
            candidates=tuple(candidates.get(row.case_id, ())),
            priority=row.priority,
            status=row.status,
            reason=row.reason,
            opened_at=row.opened_at,
        )
        for row in rows
    )


def newest_encounter(connection: Connection, subject_id: str) -> str:
    """Return the newest encounter of a subject that is not retired.

    Raises
    ------
    RecordNotFoundError
        When there is none.
    """
    found = connection.scalar(
        select(encounters.c.encounter_id)
        .join(changes, changes.c.encounter_id == encounters.c.encounter_id)
        .where(encounters.c.subject_id == subject_id, encounters.c.status != EncounterStatus.RETIRED)
        .order_by(changes.c.sequence.desc())
        .limit(1)
    )
    if found is None:
        raise RecordNotFoundError("this subject has no encounter a case could be about", source=subject_id)
    return str(found)


def open_case(connection: Connection, asked: AdjudicationCase) -> AdjudicationCase:
    """Record a case, or return the open case that asks the same.

    A case asks whether its subject is one of its candidates, so it asks about each pair of the two, in both directions,
    but not about two of its candidates. A question with one candidate is the same as an open case that asks about this
    pair; a question with several is the same as one about the same people. A pending encounter without an open case
    always gets its own. A question asked again keeps its evidence; its priority may only rise.

    Raises
    ------
    RecordNotFoundError
        When the encounter or a candidate is unknown.
    RecordError
        When the candidates are not distinct others, or a score is not a finite number.
    """
    _check_candidates(connection, asked)
    known = _asked_before(connection, asked)
    if known is not None:
        return _raise_priority(connection, known, asked.priority)
    connection.execute(
        insert(cases).values(
            case_id=asked.case_id,
            encounter_id=asked.encounter_id,
            subject_id=asked.subject_id,
            priority=asked.priority,
            status=asked.status,
            reason=asked.reason,
            opened_at=asked.opened_at,
        )
    )
    if asked.candidates:
        connection.execute(insert(case_candidates), _candidate_rows(asked))
    details = {
        "case_id": asked.case_id,
        "encounter_id": asked.encounter_id,
        "priority": asked.priority.value,
        "candidates": {candidate.subject_id: candidate.score for candidate in asked.candidates},
    }
    append_event(connection, action=CASE_OPENED, subject_id=asked.subject_id, details=details)
    return asked


def _candidate_rows(asked: AdjudicationCase) -> list[dict[str, object]]:
    return [
        {
            "case_id": asked.case_id,
            "subject_id": candidate.subject_id,
            "rank": rank,
            "score": candidate.score,
            "scores": dict(candidate.scores),
            "extrapolated": candidate.extrapolated,
        }
        for rank, candidate in enumerate(asked.candidates)
    ]


def _check_candidates(connection: Connection, asked: AdjudicationCase) -> None:
    named = [candidate.subject_id for candidate in asked.candidates]
    if len(set(named)) != len(named) or asked.subject_id in named:
        raise RecordError("a case compares a subject with distinct others", source=asked.subject_id)
    if not all(math.isfinite(candidate.score) for candidate in asked.candidates):
        raise RecordError("a candidate's score is not a finite number", source=asked.subject_id)
    known = set(connection.scalars(select(subjects.c.subject_id).where(subjects.c.subject_id.in_(named))))
    for unknown in sorted(set(named) - known):
        raise RecordNotFoundError("a case names a candidate that does not exist", source=unknown)


def _asked_before(connection: Connection, asked: AdjudicationCase) -> AdjudicationCase | None:
    """Return the open case that asks the same, preferably one about the same encounter."""
    pending = _encounter_status(connection, asked) is EncounterStatus.PENDING
    people = _people(asked)
    is_pair = len(asked.candidates) == 1
    asked_by = people if is_pair else {asked.subject_id}
    open_cases = find_cases(connection, cases.c.status == CaseStatus.OPEN, cases.c.subject_id.in_(asked_by))
    own = [known for known in open_cases if known.encounter_id == asked.encounter_id]
    if pending and not own:
        return None  # whatever others ask about it, a verdict on this encounter needs a case of its own
    for known in (*own, *open_cases):
        if people == _people(known) or (is_pair and people < _people(known)):
            return known
    return None


def _encounter_status(connection: Connection, asked: AdjudicationCase) -> EncounterStatus:
    same_encounter = encounters.c.encounter_id == asked.encounter_id
    same_subject = encounters.c.subject_id == asked.subject_id
    status: EncounterStatus | None = connection.scalar(select(encounters.c.status).where(same_encounter, same_subject))
    if status is None:
        raise RecordNotFoundError("the subject has no such encounter", source=asked.encounter_id)
    return status


def _people(asked: AdjudicationCase) -> set[str]:
    return {asked.subject_id, *(candidate.subject_id for candidate in asked.candidates)}


def _raise_priority(connection: Connection, known: AdjudicationCase, priority: CasePriority) -> AdjudicationCase:
    if priority is not CasePriority.HIGH or known.priority is CasePriority.HIGH:
        return known
    connection.execute(update(cases).where(cases.c.case_id == known.case_id).values(priority=priority))
    details = {"case_id": known.case_id, "priority": priority.value}
    append_event(connection, action=CASE_RAISED, subject_id=known.subject_id, details=details)
    return dataclasses.replace(known, priority=priority)
