"""Cases whose answer is known, handed out among the others, and how often each examiner erred on them."""

from __future__ import annotations

import hashlib
import random
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, insert, select, update

from biometrics.cases import AdjudicationCase, CaseCandidate, CaseKind, CaseOutcome, CasePriority, CaseStatus
from biometrics.error_rates import ErrorRate
from biometrics.records import ActorRole
from biometrics.samples import now_utc
from registry.audit import CASE_SEEDED, acting, append_event
from registry.case_assignment import assign_case, held_cases, next_case
from registry.cases import insert_case
from registry.identifiers import new_identifier
from registry.known_truth import KnownPair, draw_pair
from registry.record_seals import told_of_case
from registry.said_texts import text_digest
from registry.tables.cases import case_seeds, case_verdicts, examiners


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminerErrors:
    """How often an examiner erred on cases with known truth; None where none was judged.

    Parameters
    ----------
    false_matches
        Different persons taken for one.
    false_non_matches
        One person taken for two.
    undecided
        Verdicts that said neither.
    """

    examiner: str
    false_matches: ErrorRate | None
    false_non_matches: ErrorRate | None
    undecided: int


def take_next(connection: Connection, timeout: timedelta, seeded_share: float) -> AdjudicationCase | None:
    """Let the actor hold the case they should decide: the one they hold already, or the next; None when there is none.

    About every so many-th, by the actor's own recorded seed, is one with known truth instead of the next. Nothing but
    the registry tells them apart.

    Raises
    ------
    CaseForbiddenError
        When the actor may not take cases.
    """
    actor = acting(connection)
    held = held_cases(connection, actor.name)
    if held:
        return assign_case(connection, held[0].case_id, actor.name, timeout)
    following = next_case(connection, actor.name, actor.role)
    if following is None:
        return None
    draw, pair = _next_draw(connection, actor.name), None
    if actor.role is ActorRole.EXAMINER and draw.random() < seeded_share:
        pair = draw_pair(connection, actor.name, draw)
    case_id = following.case_id if pair is None else open_seeded(connection, pair)
    return assign_case(connection, case_id, actor.name, timeout)


def open_seeded(connection: Connection, pair: KnownPair) -> str:
    """Open a case about a pair with known truth; return its identifier."""
    case = AdjudicationCase(
        case_id=new_identifier(),
        encounter_id=pair.encounter_id,
        subject_id=pair.subject_id,
        candidates=(CaseCandidate(subject_id=pair.other_subject_id, score=0.0),),
        priority=CasePriority.NORMAL,
        status=CaseStatus.OPEN,
        reason="known truth",
        opened_at=now_utc(),
        kind=CaseKind.SEEDED,
    )
    insert_case(connection, case)
    truth = {"candidate_encounter_id": pair.other_encounter_id, "same_person": pair.same_person}
    connection.execute(insert(case_seeds).values(case_id=case.case_id, **truth))
    why = text_digest(connection, case.reason)
    details = {"case_id": case.case_id, "why": why, **told_of_case(connection, case.case_id)}
    append_event(connection, action=CASE_SEEDED, subject_id=None, details=details)
    return case.case_id


def examiner_errors(connection: Connection) -> tuple[ExaminerErrors, ...]:
    """Return the errors of every examiner who judged a case with known truth, by name."""
    rows = connection.execute(
        select(case_verdicts.c.examiner, case_verdicts.c.outcome, case_seeds.c.same_person)
        .join(case_seeds, case_seeds.c.case_id == case_verdicts.c.case_id)
        .order_by(case_verdicts.c.examiner)
    ).all()
    answers: dict[str, list[tuple[CaseOutcome, bool]]] = {}
    for row in rows:
        answers.setdefault(row.examiner, []).append((row.outcome, row.same_person))
    return tuple(_errors(examiner, given) for examiner, given in answers.items())


def _errors(examiner: str, given: list[tuple[CaseOutcome, bool]]) -> ExaminerErrors:
    judged = [(outcome.adverse, same) for outcome, same in given if outcome.adverse or outcome.parts]
    of_one = [said_same for said_same, same in judged if same]
    of_two = [said_same for said_same, same in judged if not same]
    return ExaminerErrors(
        examiner=examiner,
        false_matches=ErrorRate.of(sum(of_two), len(of_two)) if of_two else None,
        false_non_matches=ErrorRate.of(len(of_one) - sum(of_one), len(of_one)) if of_one else None,
        undecided=len(given) - len(judged),
    )


def _next_draw(connection: Connection, examiner: str) -> random.Random:
    """Return the random numbers of the next case handed to an examiner: by their seed and how many they had."""
    counted = update(examiners).where(examiners.c.examiner == examiner).values(handed=examiners.c.handed + 1)
    row = connection.execute(counted.returning(examiners.c.seed, examiners.c.handed)).one_or_none()
    if row is None:
        seed, handed = secrets.token_hex(16), 1
        connection.execute(insert(examiners).values(examiner=examiner, seed=seed, handed=handed))
    else:
        seed, handed = row.seed, row.handed
    return random.Random(hashlib.sha256(f"{seed}/{handed}".encode()).digest())
