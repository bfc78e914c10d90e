"""Requests of people: received, due, answered once; what they wrote is sealed, and a check finds edits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from biometrics.errors import PersonDataError, RecordConflictError, RecordError, RecordNotFoundError
from biometrics.records import Actor
from biometrics.rights.words import IdentityCheck, RequestDecision, RequestKind, RequestState
from biometrics.samples import now_utc
from registry.rights.requests import NewRequest
from registry.store import Registry
from tests.registry.people import enroll
from tests.registry.raw import plain_connection

OFFICER = Actor(name="officer")
WORDS = "la demande de SIMULÉ Awa"


def new(subject_id: str | None, due_days: int = 30) -> NewRequest:
    return NewRequest(
        subject_id=subject_id,
        kind=RequestKind.ACCESS,
        identity_check=IdentityCheck.DOCUMENT,
        asked=WORDS,
        due_days=due_days,
    )


def test_a_request_is_received_and_answered_once(registry: Registry) -> None:
    subject_id = enroll(registry, "one").subject_id
    with registry.writing(OFFICER) as writer:
        received = writer.rights.receive(new(subject_id))
    assert (received.state, received.received_by, received.asked) == (RequestState.RECEIVED, "officer", WORDS)
    assert received.due_at - received.received_at == timedelta(days=30)
    with registry.writing(OFFICER) as writer:
        answered = writer.rights.answer(
            received.request_id, decision=RequestDecision.GRANTED, answer="voici", approved_by=None
        )
    assert (answered.decision, answered.answer) == (RequestDecision.GRANTED, "voici")
    with pytest.raises(RecordConflictError), registry.writing(OFFICER) as writer:
        writer.rights.answer(received.request_id, decision=RequestDecision.REFUSED, answer="non", approved_by=None)
    assert registry.check() == []


def test_the_overdue_are_found_the_most_urgent_first(registry: Registry) -> None:
    subject_id = enroll(registry, "one").subject_id
    with registry.writing(OFFICER) as writer:
        late = writer.rights.receive(new(subject_id, due_days=9))
        soon = writer.rights.receive(new(None, due_days=3))
    in_a_week = now_utc() + timedelta(days=7)
    with registry.reading() as record:
        waiting = record.rights.waiting_requests()
        overdue = record.rights.waiting_requests(due_before=in_a_week)
    assert [one.request_id for one in waiting] == [soon.request_id, late.request_id]
    assert [one.request_id for one in overdue] == [soon.request_id]
    assert soon.is_overdue(in_a_week) and not late.is_overdue(in_a_week)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"asked": " "}, PersonDataError),
        ({"due_days": 0}, RecordError),
        ({"subject_id": "nobody"}, RecordNotFoundError),
    ],
)
def test_what_cannot_be_recorded_is_refused(
    registry: Registry, changed: dict[str, object], error: type[Exception]
) -> None:
    values = {name: getattr(new(None), name) for name in NewRequest.__dataclass_fields__}
    with pytest.raises(error), registry.writing(OFFICER) as writer:
        writer.rights.receive(NewRequest(**{**values, **changed}))
    assert registry.events() == ()


def test_the_words_are_nowhere_in_the_clear(registry: Registry) -> None:
    with registry.writing(OFFICER) as writer:
        writer.rights.receive(new(None))
    with plain_connection(registry) as connection:
        (row,) = connection.exec_driver_sql("SELECT * FROM rights_requests").all()
    assert all(WORDS.encode() not in bytes(value) for value in row if isinstance(value, bytes | memoryview))
    assert all("Awa" not in value for value in row if isinstance(value, str))


def test_a_check_finds_an_edited_decision(registry: Registry) -> None:
    with registry.writing(OFFICER) as writer:
        request_id = writer.rights.receive(new(None)).request_id
    with plain_connection(registry) as connection:
        connection.exec_driver_sql("UPDATE rights_requests SET received_by = 'somebody'")
    (fault,) = registry.check()
    assert fault.source == request_id
