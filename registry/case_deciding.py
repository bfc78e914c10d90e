"""Verdicts and reopenings: how people move a case, one transaction each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select, update

from biometrics.case_transitions import CaseAction, next_status, possible_outcomes, verdict_action
from biometrics.cases import AdjudicationCase, CaseKind, CaseOutcome, CaseStatus, Verdict
from biometrics.errors import CaseForbiddenError, CaseHolderError, CaseStateError
from biometrics.samples import now_utc
from registry.audit import CASE_CLOSED, CASE_REOPENED, CASE_VERDICT, acting, append_event
from registry.case_assignment import require_case
from registry.case_effects import Effects, apply_outcome, effects_of, effects_values, require_possible, undo_effects
from registry.counting import place_of
from registry.merge_rules import require_reason
from registry.record_seals import told_of_case
from registry.said_texts import text_digest
from registry.sealed import Owned
from registry.tables.cases import case_reopenings, case_verdicts, cases


def decide_case(
    connection: Connection, case_id: str, outcome: CaseOutcome, reason: str, candidate_id: str | None = None
) -> AdjudicationCase:
    """Record the actor's verdict on a case they hold, and close the case where it needs nobody else.

    Parameters
    ----------
    candidate_id
        Whom an adverse outcome is about; needed where there are several candidates.

    Raises
    ------
    RecordNotFoundError
        When there is no such case.
    CaseStateError
        When it is closed.
    CaseHolderError
        When the actor does not hold it, or not any more.
    CaseForbiddenError
        When the actor gave a verdict on it before or acts in another capacity, or it cannot come to this.
    RecordError
        When no reason is given.
    RecordConflictError
        When people who shall be merged cannot be.
    """
    require_reason(reason, case_id)
    case, examiner = require_case(connection, case_id), acting(connection).name
    verdict = Verdict(
        round=case.round,
        ordinal=len(case.verdicts) + 1,
        examiner=examiner,
        outcome=outcome,
        candidate_id=_concerned(case, outcome, candidate_id),
        reason=reason,
        given_at=now_utc(),
    )
    seeded = case.kind is CaseKind.SEEDED
    action = CaseAction.CLOSE if seeded else verdict_action(case, verdict)
    status = next_status(case, action, acting(connection).role)
    _require_holder(case, examiner)
    if not seeded:
        require_possible(connection, case, verdict)
    _record_verdict(connection, case, verdict, status)
    if status is CaseStatus.CLOSED and not seeded:
        _close(connection, case, verdict)
    return require_case(connection, case_id)


def reopen_case(connection: Connection, case_id: str, reason: str, *, contested: bool) -> AdjudicationCase:
    """Open a closed case again and undo what closing it did; who decided before does not decide again.

    Raises
    ------
    RecordNotFoundError
        When there is no such case.
    CaseStateError
        When it is not closed.
    CaseForbiddenError
        When the actor may not.
    RecordConflictError
        When later changes rest upon what was done.
    RecordError
        When no reason is given.
    """
    require_reason(reason, case_id)
    case, actor = require_case(connection, case_id), acting(connection)
    status = next_status(case, CaseAction.CONTEST if contested else CaseAction.REOPEN, actor.role)
    if case.kind is CaseKind.SEEDED:
        raise CaseForbiddenError("the answer to this case is known", source=case_id)
    stored = connection.execute(select(cases.c.effects).where(cases.c.case_id == case_id)).one()
    undo_effects(connection, case, effects_of(stored.effects), reason)
    _move(connection, case, {"status": status, "round": case.round + 1, "closed_at": None, "outcome": None})
    connection.execute(
        insert(case_reopenings).values(
            case_id=case_id,
            round=case.round + 1,
            actor=actor.name,
            contested=contested,
            reason=Owned(case_id, reason),
            reopened_at=now_utc(),
        )
    )
    details = {
        "case_id": case_id,
        "round": case.round + 1,
        "contested": contested,
        "reason": text_digest(connection, reason),
        **told_of_case(connection, case_id),
    }
    append_event(connection, action=CASE_REOPENED, subject_id=case.subject_id, details=details)
    return require_case(connection, case_id)


def _concerned(case: AdjudicationCase, outcome: CaseOutcome, candidate_id: str | None) -> str | None:
    """Return whom a verdict is about, once it is clear that the case can come to it."""
    if outcome not in possible_outcomes(case):
        possible = ", ".join(sorted(one.value for one in possible_outcomes(case)))
        raise CaseForbiddenError(
            f"this case cannot come to {outcome.value}", source=case.case_id, remedy=f"choose one of {possible}"
        )
    named = [candidate.subject_id for candidate in case.candidates]
    if candidate_id is not None and candidate_id not in named:
        raise CaseForbiddenError("this is no candidate of the case", source=case.case_id)
    if not outcome.adverse or not named:
        return None
    if candidate_id is None and len(named) > 1:
        raise CaseForbiddenError(
            f"{outcome.value} must say which candidate it is", source=case.case_id, remedy="name it with --with"
        )
    return candidate_id or named[0]


def _require_holder(case: AdjudicationCase, examiner: str) -> None:
    if examiner in case.examiners:
        raise CaseForbiddenError(
            "you gave a verdict on this case before", source=case.case_id, remedy="somebody else decides it"
        )
    if case.holder(now_utc()) != examiner:
        raise CaseHolderError(
            "you do not hold this case, or the time to decide it is up",
            source=case.case_id,
            remedy="take it with kura case assign, then decide",
        )


def _record_verdict(connection: Connection, case: AdjudicationCase, verdict: Verdict, status: CaseStatus) -> None:
    values: dict[str, Any] = {"status": status}
    if status is CaseStatus.CLOSED:
        values |= {"closed_at": verdict.given_at, "outcome": verdict.outcome}
    _move(connection, case, values)
    connection.execute(
        insert(case_verdicts).values(
            case_id=case.case_id,
            ordinal=verdict.ordinal,
            round=verdict.round,
            examiner=verdict.examiner,
            outcome=verdict.outcome,
            candidate_id=verdict.candidate_id,
            reason=Owned(case.case_id, verdict.reason),
            given_at=verdict.given_at,
        )
    )
    details = {
        "case_id": case.case_id,
        "ordinal": verdict.ordinal,
        "round": verdict.round,
        "kind": case.kind.value,
        "outcome": verdict.outcome.value,
        "reason": text_digest(connection, verdict.reason),
        **told_of_case(connection, case.case_id),
    }
    append_event(connection, action=CASE_VERDICT, subject_id=case.subject_id, details=details)


def _close(connection: Connection, case: AdjudicationCase, verdict: Verdict) -> Effects:
    effects = apply_outcome(connection, case, verdict)
    done = effects_values(effects)
    connection.execute(update(cases).where(cases.c.case_id == case.case_id).values(effects=done))
    asked_at = case.reopenings[-1].reopened_at if case.reopenings else case.opened_at
    details = {
        "case_id": case.case_id,
        "encounter_id": case.encounter_id,
        "outcome": verdict.outcome.value,
        "waited_s": (verdict.given_at - asked_at).total_seconds(),
        **place_of(connection, case.encounter_id),
        **done,
        **told_of_case(connection, case.case_id),
    }
    append_event(connection, action=CASE_CLOSED, subject_id=case.subject_id, details=details)
    return effects


def _move(connection: Connection, case: AdjudicationCase, values: dict[str, Any]) -> None:
    """Change a case that still stands as it was read, and let nobody hold it."""
    unchanged = (cases.c.case_id == case.case_id, cases.c.status == case.status, cases.c.round == case.round)
    free = {"assigned_to": None, "assigned_until": None}
    if connection.execute(update(cases).where(*unchanged).values(**values, **free)).rowcount != 1:
        raise CaseStateError("the case changed meanwhile", source=case.case_id, remedy="look at it again")
