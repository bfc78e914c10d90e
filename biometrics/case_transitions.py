"""How a case may move, as a table: from where, by what, to where, and who may do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from biometrics.cases import AdjudicationCase, CaseOutcome, CaseStatus, Verdict
from biometrics.errors import CaseForbiddenError, CaseStateError
from biometrics.records import ActorRole


class CaseAction(Enum):
    """What happens to a case; which of the five kinds a verdict is follows from those before it."""

    ASSIGN = "assign"
    CLOSE = "close"
    PROPOSE = "propose"
    CONFIRM = "confirm"
    DISSENT = "dissent"
    SETTLE = "settle"
    CONTEST = "contest"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Where an action leads, and in which capacities it may be done."""

    to: CaseStatus
    roles: frozenset[ActorRole]


_EXAMINERS = frozenset({ActorRole.EXAMINER})
_SUPERVISORS = frozenset({ActorRole.SUPERVISOR})
_BOTH = _EXAMINERS | _SUPERVISORS
_ANYBODY = _BOTH | {ActorRole.OPERATOR}

TRANSITIONS: Mapping[tuple[CaseStatus, CaseAction], Transition] = {
    (CaseStatus.OPEN, CaseAction.ASSIGN): Transition(to=CaseStatus.OPEN, roles=_BOTH),
    (CaseStatus.OPEN, CaseAction.CLOSE): Transition(to=CaseStatus.CLOSED, roles=_EXAMINERS),
    (CaseStatus.OPEN, CaseAction.PROPOSE): Transition(to=CaseStatus.AWAITING_SECOND, roles=_EXAMINERS),
    (CaseStatus.AWAITING_SECOND, CaseAction.ASSIGN): Transition(to=CaseStatus.AWAITING_SECOND, roles=_BOTH),
    (CaseStatus.AWAITING_SECOND, CaseAction.CONFIRM): Transition(to=CaseStatus.CLOSED, roles=_EXAMINERS),
    (CaseStatus.AWAITING_SECOND, CaseAction.DISSENT): Transition(to=CaseStatus.DISPUTED, roles=_EXAMINERS),
    (CaseStatus.DISPUTED, CaseAction.ASSIGN): Transition(to=CaseStatus.DISPUTED, roles=_SUPERVISORS),
    (CaseStatus.DISPUTED, CaseAction.DISSENT): Transition(to=CaseStatus.DISPUTED, roles=_SUPERVISORS),
    (CaseStatus.DISPUTED, CaseAction.SETTLE): Transition(to=CaseStatus.CLOSED, roles=_SUPERVISORS),
    (CaseStatus.CLOSED, CaseAction.CONTEST): Transition(to=CaseStatus.OPEN, roles=_ANYBODY),
    (CaseStatus.CLOSED, CaseAction.REOPEN): Transition(to=CaseStatus.OPEN, roles=_SUPERVISORS),
}
"""What is not in the table does not happen. Assigning moves nothing: whoever is assigned holds the case for a while."""

_VERDICTS = frozenset({CaseAction.CLOSE, CaseAction.PROPOSE, CaseAction.CONFIRM, CaseAction.DISSENT, CaseAction.SETTLE})

_WITHOUT_CANDIDATES = frozenset(
    {CaseOutcome.UNFOUNDED, CaseOutcome.FRAUD, CaseOutcome.DATA_ERROR, CaseOutcome.INSUFFICIENT_QUALITY}
)


def next_status(case: AdjudicationCase, action: CaseAction, role: ActorRole) -> CaseStatus:
    """Return where an action leads a case.

    Raises
    ------
    CaseStateError
        When the case does not stand where this action starts.
    CaseForbiddenError
        When it is for people in another capacity.
    """
    transition = TRANSITIONS.get((case.status, action))
    # Which kind of verdict it would be tells what those before it found.
    done = "decide" if action in _VERDICTS else action.value
    if transition is None:
        raise CaseStateError(
            f"this case is {case.status.value.replace('_', ' ')}; one cannot {done} it",
            source=case.case_id,
            remedy=_REMEDIES[case.status],
        )
    if role not in transition.roles:
        allowed = " or ".join(sorted(one.value for one in transition.roles))
        article = "an" if allowed.startswith("e") else "a"
        raise CaseForbiddenError(f"only {article} {allowed} may {done} this case", source=case.case_id)
    return transition.to


def verdict_action(case: AdjudicationCase, given: Verdict) -> CaseAction:
    """Return what a verdict does to a case, by those given before it in this round.

    A supervisor settles what examiners could not agree on; what is adverse needs another who found it, even then.
    """
    agreed = any(given.agrees_with(one) for one in case.verdicts if one.round == case.round)
    if case.status is CaseStatus.DISPUTED:
        return CaseAction.SETTLE if agreed or not given.outcome.adverse else CaseAction.DISSENT
    if case.status is CaseStatus.AWAITING_SECOND:
        return CaseAction.CONFIRM if agreed else CaseAction.DISSENT
    return CaseAction.PROPOSE if given.outcome.adverse else CaseAction.CLOSE


def possible_outcomes(case: AdjudicationCase) -> frozenset[CaseOutcome]:
    """Return what a case can come to: without candidates nobody is the same or another person."""
    return frozenset(CaseOutcome) - {CaseOutcome.UNFOUNDED} if case.candidates else _WITHOUT_CANDIDATES


_REMEDIES = {
    CaseStatus.OPEN: "see kura case list for where it stands; a case is contested or reopened once it is closed",
    CaseStatus.AWAITING_SECOND: "it needs a second examiner first",
    CaseStatus.DISPUTED: "a supervisor decides it, with --role supervisor",
    CaseStatus.CLOSED: "reopen it with kura case reopen, or let the applicant contest it with kura case contest",
}
