"""Operations on what people ask about their data: requests received, answered, listed; persons are named as elsewhere.

Officers receive requests; supervisors answer. What gives a person less than was asked for takes a second person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from biometrics.errors import CaseForbiddenError, RecordNotFoundError
from biometrics.records import Actor
from biometrics.rights.records import LegalHold, Restriction, RightsRequest
from biometrics.rights.words import ADVERSE, IdentityCheck, RequestDecision, RequestKind
from biometrics.samples import now_utc
from enrollment.operations.merging import second_person
from enrollment.operations.operation import Operation
from enrollment.operations.rights_rules import DECIDES, RECEIVES, require_role
from registry.access import PERSON_READ, PERSONS_LISTED
from registry.reading import Reader
from registry.rights.requests import NewRequest
from registry.store import Registry

ANSWERED = "request.answered"
"""The notification that a request has an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveRequest:
    """Records what somebody asks; `person` is None where nobody of that description is recorded."""

    person: str | None
    kind: RequestKind
    identity_check: IdentityCheck
    asked: str = field(repr=False)
    due_days: int = 30
    case_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRequest:
    """Answers a request; a refusal, whole or in part, names who else looked at it."""

    request_id: str
    decision: RequestDecision
    answer: str = field(repr=False)
    approver: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequests:
    """Asks for the requests without an answer, or those of them that are overdue."""

    overdue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPerson:
    """Names a person."""

    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRights:
    """What a person asked for and what was answered, what restricts their data, what keeps them."""

    subject_id: str
    person: str
    requests: tuple[RightsRequest, ...]
    restrictions: tuple[Restriction, ...]
    holds: tuple[LegalHold, ...]


def _receive(registry: Registry, actor: Actor, asked: ReceiveRequest) -> RightsRequest:
    """Record a request; a contest opens its case again at once."""
    require_role(actor, RECEIVES)
    with registry.writing(actor) as writer:
        subject_id = None if asked.person is None else writer.people.find(asked.person)
        if asked.case_id is not None and asked.case_id not in _cases(writer, subject_id):
            raise RecordNotFoundError("this person has no such case", source=asked.case_id)
        if asked.kind is RequestKind.CONTEST and asked.case_id is not None:
            writer.adjudication.contest(asked.case_id, reason=asked.asked)
        new = NewRequest(
            subject_id=subject_id,
            kind=asked.kind,
            identity_check=asked.identity_check,
            asked=asked.asked,
            due_days=asked.due_days,
            case_id=asked.case_id,
        )
        return writer.rights.receive(new)


def _answer(registry: Registry, actor: Actor, asked: AnswerRequest) -> RightsRequest:
    require_role(actor, DECIDES)
    approved_by = None if asked.approver is None else second_person(actor, asked.approver)
    if asked.decision in ADVERSE and approved_by is None:
        raise CaseForbiddenError(
            "a request is not refused by one person, not even in part",
            source=asked.request_id,
            remedy="name who else looked at it as the approver",
        )
    with registry.writing(actor) as writer:
        answered = writer.rights.answer(
            asked.request_id, decision=asked.decision, answer=asked.answer, approved_by=approved_by
        )
        writer.rights.notify(event=ANSWERED, reference=asked.request_id)
        return answered


def _list(registry: Registry, actor: Actor, asked: ListRequests) -> tuple[RightsRequest, ...]:
    require_role(actor, RECEIVES)
    due_before = now_utc() if asked.overdue else None
    return registry.consult(
        actor,
        PERSONS_LISTED,
        lambda found: {one.subject_id for one in found if one.subject_id is not None},
        lambda record: record.rights.waiting_requests(due_before=due_before),
        told={"requests": "overdue" if asked.overdue else "waiting"},
    )


def _show(registry: Registry, actor: Actor, asked: NamedPerson) -> ShownRights:
    """Return how a person's rights stand; holds, which may be secret, are shown to supervisors alone."""
    require_role(actor, RECEIVES)

    def read(record: Reader) -> ShownRights:
        subject_id = record.people.find(asked.person)
        family = record.rights.family(subject_id)
        return ShownRights(
            subject_id=subject_id,
            person=record.subject(subject_id).label,
            requests=record.rights.requests(family),
            restrictions=record.rights.restrictions(family),
            holds=record.rights.holds(family) if actor.role in DECIDES else (),
        )

    return registry.consult(actor, PERSON_READ, lambda shown: [shown.subject_id], read)


def _cases(record: Reader, subject_id: str | None) -> tuple[str, ...]:
    return () if subject_id is None else record.people.cases(subject_id)


RECEIVE_REQUEST = Operation("rights.receive", _receive)
ANSWER_REQUEST = Operation("rights.answer", _answer)
LIST_REQUESTS = Operation("rights.list", _list)
SHOW_RIGHTS = Operation("rights.show", _show)

REQUESTS: tuple[Operation[Any, Any], ...] = (RECEIVE_REQUEST, ANSWER_REQUEST, LIST_REQUESTS, SHOW_RIGHTS)
