"""Requests of people about their data: received, answered, and found when they are overdue."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from biometrics.errors import RecordConflictError, RecordError
from biometrics.rights.records import RightsRequest
from biometrics.rights.words import IdentityCheck, RequestDecision, RequestKind, RequestState
from biometrics.samples import now_utc
from registry.audit import acting
from registry.identifiers import new_identifier
from registry.people_subjects import stated_reason, status_of
from registry.rights.actions import REQUEST_ANSWERED, REQUEST_RECEIVED
from registry.rights.rows import Said, add_row, change_row, row_of
from registry.rows import StoredRow
from registry.tables.rights import rights_requests

LONGEST_DUE_DAYS = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """A request as it is received; `subject_id` is None where nobody of that description is recorded."""

    subject_id: str | None
    kind: RequestKind
    identity_check: IdentityCheck
    asked: str = field(repr=False)
    due_days: int
    case_id: str | None = None


def receive_request(connection: Connection, new: NewRequest) -> RightsRequest:
    """Record a request that whoever the section acts for has received.

    Raises
    ------
    RecordNotFoundError
        When there is no such subject.
    PersonDataError
        When what is asked is empty, too long or unreadable.
    RecordError
        When the days until an answer is due cannot be.
    """
    if new.subject_id is not None:
        status_of(connection, new.subject_id)
    if not 1 <= new.due_days <= LONGEST_DUE_DAYS:
        raise RecordError(f"an answer is due within 1 to {LONGEST_DUE_DAYS} days")
    received_at = now_utc()
    values = {
        "request_id": new_identifier(),
        "subject_id": new.subject_id,
        "kind": new.kind,
        "state": RequestState.RECEIVED,
        "received_at": received_at,
        "received_by": acting(connection).name,
        "identity_check": new.identity_check,
        "due_at": received_at + timedelta(days=new.due_days),
        "case_id": new.case_id,
        "asked": stated_reason(new.asked),
    }
    details = {"request_id": values["request_id"], "kind": new.kind.value}
    details |= {"identity_check": new.identity_check.value}
    row = add_row(
        connection,
        rights_requests,
        values,
        Said(action=REQUEST_RECEIVED, subject_id=new.subject_id, details=details),
    )
    return request_of(row)


def answer_request(
    connection: Connection, request_id: str, *, decision: RequestDecision, answer: str, approved_by: str | None = None
) -> RightsRequest:
    """Record the answer to a request, given by whoever the section acts for.

    Raises
    ------
    RecordNotFoundError
        When there is no such request.
    RecordConflictError
        When it is answered already.
    PersonDataError
        When the answer is empty, too long or unreadable.
    """
    request = find_request(connection, request_id)
    if request.state is RequestState.ANSWERED:
        raise RecordConflictError("this request is answered already", source=request_id)
    values: dict[str, Any] = {
        "state": RequestState.ANSWERED,
        "decision": decision,
        "answered_at": now_utc(),
        "answered_by": acting(connection).name,
        "approved_by": approved_by,
        "answer": stated_reason(answer),
    }
    details = {"request_id": request_id, "kind": request.kind.value, "decision": decision.value}
    row = change_row(
        connection,
        rights_requests,
        request_id,
        values,
        Said(action=REQUEST_ANSWERED, subject_id=request.subject_id, details=details | {"approved_by": approved_by}),
    )
    return request_of(row)


def find_request(connection: Connection, request_id: str) -> RightsRequest:
    """Return a request.

    Raises
    ------
    RecordNotFoundError
        When there is none.
    """
    return request_of(row_of(connection, rights_requests, request_id))


def requests_of(connection: Connection, subject_ids: list[str]) -> tuple[RightsRequest, ...]:
    """Return the requests of some subjects, the oldest first."""
    return _requests(connection, rights_requests.c.subject_id.in_(subject_ids))


def waiting_requests(connection: Connection, *, due_before: datetime | None = None) -> tuple[RightsRequest, ...]:
    """Return the requests without an answer, or those of them due before a moment; the most urgent first."""
    conditions: list[ColumnElement[bool]] = [rights_requests.c.state == RequestState.RECEIVED]
    if due_before is not None:
        conditions.append(rights_requests.c.due_at < due_before)
    return _requests(connection, *conditions, order=rights_requests.c.due_at)


def request_of(row: StoredRow) -> RightsRequest:
    """Return the request of a row."""
    return RightsRequest(**{name: getattr(row, name) for name in RightsRequest.__dataclass_fields__})


def _requests(
    connection: Connection, *conditions: ColumnElement[bool], order: ColumnElement[Any] | None = None
) -> tuple[RightsRequest, ...]:
    first = rights_requests.c.received_at if order is None else order
    query = select(rights_requests).where(*conditions).order_by(first, rights_requests.c.request_id)
    return tuple(request_of(row) for row in connection.execute(query).all())
