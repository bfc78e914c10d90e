"""Which view of a case somebody gets: blind until their own verdict, and only while they hold it."""

from __future__ import annotations

import hashlib

from sqlalchemy import ColumnElement, Connection, select

from biometrics.case_transitions import possible_outcomes
from biometrics.case_views import BlindView, CaseView, RevealedView, ShownCandidate, ShownSample
from biometrics.cases import AdjudicationCase, CaseOutcome
from biometrics.errors import CaseForbiddenError
from biometrics.records import Actor, ActorRole, EncounterStatus
from biometrics.samples import now_utc
from registry.case_assignment import judged_by, require_case
from registry.merging import resolve
from registry.tables.cases import case_seeds
from registry.tables.core import encounters, samples


def case_view(connection: Connection, case_id: str, actor: Actor) -> CaseView:
    """Return what somebody may see of a case.

    Examiners who hold it see it blind, those who gave their verdict everything; supervisors see everything of cases
    that they do not judge themselves as examiners.

    Raises
    ------
    RecordNotFoundError
        When there is no such case.
    CaseForbiddenError
        When they neither hold it nor gave a verdict on it.
    """
    case = require_case(connection, case_id)
    judges = any(case_id == one.case_id for one in judged_by(connection, actor.name))
    if actor.name in case.examiners or (actor.role is ActorRole.SUPERVISOR and not judges):
        return _revealed(connection, case)
    if actor.role is ActorRole.EXAMINER and case.holder(now_utc()) == actor.name:
        return examiner_view(connection, case)
    raise CaseForbiddenError(
        "you neither hold this case nor gave a verdict on it",
        source=case_id,
        remedy="take a case with kura case assign",
    )


def examiner_view(connection: Connection, case: AdjudicationCase) -> BlindView:
    """Return a case as an examiner sees it before the verdict."""
    return BlindView(
        case_id=case.case_id,
        samples=_shown(connection, samples.c.encounter_id == case.encounter_id),
        candidates=_candidates(connection, case),
        doubts=case.evidence.doubts,
        outcomes=tuple(one for one in CaseOutcome if one in possible_outcomes(case)),
    )


def numbered_candidates(case: AdjudicationCase) -> tuple[str, ...]:
    """Return the candidates in the order of their numbers, which says nothing about their likeness."""
    named = (candidate.subject_id for candidate in case.candidates)
    return tuple(sorted(named, key=lambda one: hashlib.sha256(f"{case.case_id}/{one}".encode()).digest()))


def _revealed(connection: Connection, case: AdjudicationCase) -> RevealedView:
    return RevealedView(
        case=case,
        samples=_shown(connection, samples.c.encounter_id == case.encounter_id),
        candidates=_candidates(connection, case),
        candidate_ids=numbered_candidates(case),
    )


def _candidates(connection: Connection, case: AdjudicationCase) -> tuple[ShownCandidate, ...]:
    seed = select(case_seeds.c.candidate_encounter_id).where(case_seeds.c.case_id == case.case_id)
    seeded = connection.scalar(seed)
    return tuple(
        ShownCandidate(
            number=number,
            samples=_shown(connection, samples.c.encounter_id == seeded)
            if seeded is not None
            else _shown_of_subject(connection, resolve(connection, subject_id), case.encounter_id),
        )
        for number, subject_id in enumerate(numbered_candidates(case), start=1)
    )


def _shown_of_subject(connection: Connection, subject_id: str, but: str) -> tuple[ShownSample, ...]:
    """Return the pictures of one encounter of a subject, the newest in use, so that a case never shows how many."""
    newest = (
        select(encounters.c.encounter_id)
        .where(encounters.c.subject_id == subject_id, encounters.c.encounter_id != but)
        .order_by(encounters.c.status == EncounterStatus.RETIRED, encounters.c.recorded_at.desc())
        .limit(1)
    )
    return _shown(connection, samples.c.encounter_id == newest.scalar_subquery())


def _shown(connection: Connection, condition: ColumnElement[bool]) -> tuple[ShownSample, ...]:
    rows = connection.execute(select(samples).where(condition).order_by(samples.c.position, samples.c.ordinal)).all()
    return tuple(
        ShownSample(sha256=row.sha256, position=row.position, ppi=row.ppi, simulated=row.simulated) for row in rows
    )
