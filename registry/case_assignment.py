"""Who holds a case: taken for a while, free again when the time is up, never held by two."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from biometrics.case_transitions import TRANSITIONS, CaseAction, next_status
from biometrics.cases import AdjudicationCase, CaseStatus
from biometrics.errors import CaseForbiddenError, CaseHolderError, RecordNotFoundError
from biometrics.records import ActorRole
from biometrics.samples import now_utc
from registry.audit import CASE_ASSIGNED, acting, append_event
from registry.case_rows import find_cases
from registry.cases import WAITING
from registry.record_seals import told_of_case
from registry.tables.cases import case_verdicts, cases


def require_case(connection: Connection, case_id: str) -> AdjudicationCase:
    """Return a case.

    Raises
    ------
    RecordNotFoundError
        When there is none with this identifier.
    """
    found = find_cases(connection, cases.c.case_id == case_id)
    if not found:
        raise RecordNotFoundError("there is no such case", source=case_id)
    return found[0]


def assign_case(connection: Connection, case_id: str, examiner: str, timeout: timedelta) -> AdjudicationCase:
    """Let an examiner hold a case until the time-out; who holds it already holds it anew.

    Raises
    ------
    RecordNotFoundError
        When there is no such case.
    CaseStateError
        When it is closed.
    CaseHolderError
        When somebody else holds it.
    CaseForbiddenError
        When the actor may not assign it, to this examiner, or the examiner gave a verdict on it before.
    """
    case, actor = require_case(connection, case_id), acting(connection)
    next_status(case, CaseAction.ASSIGN, actor.role)
    if examiner != actor.name and actor.role is not ActorRole.SUPERVISOR:
        raise CaseForbiddenError("only a supervisor assigns cases to others", source=case_id)
    if examiner in case.examiners:
        raise CaseForbiddenError(
            "this examiner gave a verdict on the case before", source=case_id, remedy="assign it to somebody else"
        )
    until = now_utc() + timeout
    taken = (
        update(cases)
        .where(cases.c.case_id == case_id, cases.c.status == case.status, or_(_free(), cases.c.assigned_to == examiner))
        .values(assigned_to=examiner, assigned_until=until)
    )
    if connection.execute(taken).rowcount != 1:
        raise CaseHolderError(
            "another examiner holds this case", source=case_id, remedy="take another, or wait until the time is up"
        )
    told = told_of_case(connection, case_id)
    details = {"case_id": case_id, "examiner": examiner, "until": until.isoformat(), **told}
    append_event(connection, action=CASE_ASSIGNED, subject_id=case.subject_id, details=details)
    return require_case(connection, case_id)


def held_cases(connection: Connection, examiner: str) -> tuple[AdjudicationCase, ...]:
    """Return the cases an examiner holds now; those with known truth are among them."""
    holds = and_(cases.c.assigned_to == examiner, cases.c.assigned_until > now_utc())
    return find_cases(connection, holds, cases.c.status != CaseStatus.CLOSED)


def judged_by(connection: Connection, examiner: str) -> tuple[AdjudicationCase, ...]:
    """Return the cases an examiner took to judge blind and has not judged, also when the time is up.

    Until then nothing may tell them what others found, in whatever capacity they ask. Disputed cases are not among
    them: who settles a dispute knows what it is about.
    """
    blind = cases.c.status.in_([CaseStatus.OPEN, CaseStatus.AWAITING_SECOND])
    return find_cases(connection, cases.c.assigned_to == examiner, blind)


def next_case(connection: Connection, examiner: str, role: ActorRole) -> AdjudicationCase | None:
    """Return the most urgent, of these the oldest case that an examiner may take; None when there is none.

    It is held by nobody, and the examiner gave no verdict on it.
    """
    statuses = [status for (status, action), to in TRANSITIONS.items() if _may_take(action, to.roles, role, status)]
    decided = select(case_verdicts.c.case_id).where(
        case_verdicts.c.case_id == cases.c.case_id, case_verdicts.c.examiner == examiner
    )
    found = find_cases(connection, WAITING, cases.c.status.in_(statuses), _free(), ~decided.exists(), limit=1)
    return found[0] if found else None


def _may_take(action: CaseAction, roles: frozenset[ActorRole], role: ActorRole, status: CaseStatus) -> bool:
    # A supervisor may give examiners their cases, but takes only what examiners could not agree on.
    own = role is not ActorRole.SUPERVISOR or status is CaseStatus.DISPUTED
    return action is CaseAction.ASSIGN and role in roles and own


def _free() -> ColumnElement[bool]:
    return or_(cases.c.assigned_until.is_(None), cases.c.assigned_until <= now_utc())
