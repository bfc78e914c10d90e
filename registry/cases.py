"""Cases: questions that only a trained person answers. A score opens them; nothing here closes one."""

from __future__ import annotations

import dataclasses
import math

from sqlalchemy import Connection, and_, func, insert, select, update

from biometrics.cases import AdjudicationCase, CaseKind, CasePriority, CaseStatus
from biometrics.errors import RecordError, RecordNotFoundError
from biometrics.records import EncounterStatus
from registry.audit import CASE_OPENED, CASE_RAISED, append_event
from registry.case_rows import candidate_values, case_values, find_cases
from registry.columns import fixed
from registry.counting import place_of
from registry.decided_pairs import deciding_case
from registry.keys.sections import keyring_of
from registry.record_seals import told_of_case
from registry.said_texts import text_digest
from registry.tables.cases import case_candidates, cases
from registry.tables.core import changes, encounters, references, subjects

QUESTION = cases.c.kind == fixed(CaseKind.QUESTION)
"""Cases that ask something; those with known truth do not."""

WAITING = and_(cases.c.status != fixed(CaseStatus.CLOSED), QUESTION)
"""Cases that somebody waits for."""


def newest_encounter(connection: Connection, subject_id: str) -> str:
    """Return the newest encounter of a subject that is not retired.

    Raises
    ------
    RecordNotFoundError
        When there is none.
    """
    added = select(func.min(changes.c.sequence)).where(changes.c.encounter_id == encounters.c.encounter_id)
    found = connection.scalar(
        select(encounters.c.encounter_id)
        .where(encounters.c.subject_id == subject_id, encounters.c.status != EncounterStatus.RETIRED)
        .order_by(added.scalar_subquery().desc())
        .limit(1)
    )
    if found is None:
        raise RecordNotFoundError("this subject has no encounter a case could be about", source=subject_id)
    return str(found)


def encounter_models(connection: Connection, encounter_id: str) -> dict[str, str]:
    """Return, by modality, the models whose references of an encounter are in use."""
    own = (references.c.encounter_id == encounter_id, references.c.retired_at.is_(None))
    rows = connection.execute(select(references.c.position, references.c.model_id).where(*own).distinct()).all()
    return {row.position.modality.value: row.model_id for row in rows}


def open_case(connection: Connection, asked: AdjudicationCase) -> AdjudicationCase:
    """Record a case, or return the case that asks the same and is not closed.

    A case asks whether its subject is one of its candidates, so it asks about each pair of the two, in both directions,
    but not about two of its candidates. A question with one candidate is the same as an open case that asks about this
    pair; a question with several is the same as one about the same people. A pending encounter without such a case
    always gets its own. A question asked again keeps its evidence; its priority may only rise. What people decided
    about two subjects is the answer, and that case the result, until something is added about either.

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
    insert_case(connection, asked)
    details = {
        "case_id": asked.case_id,
        "encounter_id": asked.encounter_id,
        "priority": asked.priority.value,
        "candidates": {candidate.subject_id: candidate.score for candidate in asked.candidates},
        "why": text_digest(connection, asked.reason),
        **place_of(connection, asked.encounter_id),
        **told_of_case(connection, asked.case_id),
    }
    append_event(connection, action=CASE_OPENED, subject_id=asked.subject_id, details=details)
    return asked


def insert_case(connection: Connection, case: AdjudicationCase) -> None:
    """Write a case and its candidates; who opens it leaves the event."""
    post = select(encounters.c.post).where(encounters.c.encounter_id == case.encounter_id).scalar_subquery()
    keyring_of(connection).make(connection, [case.case_id])
    connection.execute(insert(cases).values(**case_values(case), post=post))
    if case.candidates:
        connection.execute(insert(case_candidates), candidate_values(case))


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
    """Return the case that asks the same, preferably one about the same encounter; closed, if it answered."""
    pending = _encounter_status(connection, asked) is EncounterStatus.PENDING
    people = _people(asked)
    is_pair = len(asked.candidates) == 1
    asked_by = people if is_pair else {asked.subject_id}
    open_cases = find_cases(connection, WAITING, cases.c.subject_id.in_(asked_by))
    own = [known for known in open_cases if known.encounter_id == asked.encounter_id]
    if pending and not own:
        return None  # whatever others ask about it, a verdict on this encounter needs a case of its own
    for known in (*own, *open_cases):
        if people == _people(known) or (is_pair and people < _people(known)):
            return known
    if is_pair:
        answered = deciding_case(connection, asked.subject_id, asked.candidates[0].subject_id)
        return None if answered is None else find_cases(connection, cases.c.case_id == answered)[0]
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
    closed = known.status is CaseStatus.CLOSED
    if closed or priority is not CasePriority.HIGH or known.priority is CasePriority.HIGH:
        return known
    connection.execute(update(cases).where(cases.c.case_id == known.case_id).values(priority=priority))
    told = told_of_case(connection, known.case_id)
    details = {"case_id": known.case_id, "priority": priority.value, **told}
    append_event(connection, action=CASE_RAISED, subject_id=known.subject_id, details=details)
    return dataclasses.replace(known, priority=priority)
