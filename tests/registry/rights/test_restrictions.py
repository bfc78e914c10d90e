"""Locks and objections close the one door through which records are shown; legal holds keep from erasure."""

from __future__ import annotations

from datetime import timedelta

import pytest

from biometrics.errors import RecordConflictError, RecordError, RestrictedError
from biometrics.records import Actor, ActorRole
from biometrics.samples import now_utc
from registry.access import PERSON_READ, PERSON_VERIFIED, PERSONS_LISTED
from registry.rights.actions import RESTRICTION_MET
from registry.store import Registry
from tests.registry.people import enroll

SUPERVISOR = Actor(name="supervisor", role=ActorRole.SUPERVISOR)
OPERATOR = Actor(name="operator")
CLIENT = Actor(name="tax-office", role=ActorRole.SYSTEM, purpose="tax")


def ask(registry: Registry, actor: Actor, subject_id: str, action: str = PERSON_READ) -> str:
    return registry.consult(actor, action, [subject_id], lambda record: record.subject(subject_id).label)


@pytest.mark.parametrize("actor", [OPERATOR, CLIENT])
@pytest.mark.parametrize("action", [PERSON_READ, PERSON_VERIFIED])
def test_who_is_locked_is_told_to_those_who_decide_alone(registry: Registry, actor: Actor, action: str) -> None:
    subject_id, other_id = (enroll(registry, label).subject_id for label in ("one", "two"))
    with registry.writing(SUPERVISOR) as writer:
        lock = writer.rights.restrict(subject_id, purpose=None, reason="the person contests the record")
    since = registry.counts().events
    with pytest.raises(RestrictedError):
        ask(registry, actor, subject_id, action)
    (event,) = registry.events(since)
    assert (event.action, event.subject_id, event.details["asked"]) == (RESTRICTION_MET, subject_id, action)
    assert ask(registry, SUPERVISOR, subject_id, action) == "one"
    assert ask(registry, actor, other_id, action) == "two"
    with registry.writing(SUPERVISOR) as writer:
        writer.rights.lift_restriction(lock.restriction_id, reason="the record was corrected")
    assert ask(registry, actor, subject_id, action) == "one"
    assert registry.check() == []


def test_an_objection_is_about_one_purpose(registry: Registry) -> None:
    subject_id = enroll(registry, "one").subject_id
    with registry.writing(SUPERVISOR) as writer:
        writer.rights.restrict(subject_id, purpose="tax", reason="the objection was found justified")
    with pytest.raises(RestrictedError):
        ask(registry, CLIENT, subject_id)
    assert ask(registry, Actor(name="tax-office", role=ActorRole.SYSTEM, purpose="justice"), subject_id) == "one"
    with registry.reading() as record:
        assert record.rights.withheld([subject_id], CLIENT) == {subject_id}
        assert record.rights.withheld([subject_id], OPERATOR) == frozenset()


def test_lists_are_not_refused_for_one_of_many(registry: Registry) -> None:
    subject_id = enroll(registry, "one").subject_id
    with registry.writing(SUPERVISOR) as writer:
        writer.rights.restrict(subject_id, purpose=None, reason="asked for")
    assert ask(registry, OPERATOR, subject_id, PERSONS_LISTED) == "one"


def test_a_restriction_is_placed_and_lifted_once(registry: Registry) -> None:
    subject_id = enroll(registry, "one").subject_id
    with registry.writing(SUPERVISOR) as writer:
        lock = writer.rights.restrict(subject_id, purpose=None, reason="asked for")
    with pytest.raises(RecordConflictError), registry.writing(SUPERVISOR) as writer:
        writer.rights.restrict(subject_id, purpose=None, reason="asked for")
    with registry.writing(SUPERVISOR) as writer:
        writer.rights.lift_restriction(lock.restriction_id, reason="asked for")
    with pytest.raises(RecordConflictError), registry.writing(SUPERVISOR) as writer:
        writer.rights.lift_restriction(lock.restriction_id, reason="asked for")


def test_a_hold_ends_at_its_day_or_when_it_is_lifted(registry: Registry) -> None:
    subject_id = enroll(registry, "one").subject_id
    until = now_utc() + timedelta(days=10)
    with registry.writing(SUPERVISOR) as writer:
        writer.rights.hold(subject_id, reason="inquiry", reference="act 12", until=until)
        endless = writer.rights.hold(subject_id, reason="inquiry", reference="act 13", until=None)
    with registry.reading() as record:
        holds = record.rights.holds([subject_id])
    assert [one.stands(until) for one in holds] == [False, True]
    assert [one.stands(until - timedelta(seconds=1)) for one in holds] == [True, True]
    with registry.writing(SUPERVISOR) as writer:
        lifted = writer.rights.lift_hold(endless.hold_id, reason="closed")
    assert not lifted.stands(now_utc())
    with pytest.raises(RecordError), registry.writing(SUPERVISOR) as writer:
        writer.rights.hold(subject_id, reason="inquiry", reference="act 14", until=now_utc() - timedelta(days=1))
    assert registry.check() == []


def test_a_lock_and_a_hold_are_about_the_person_however_they_are_merged(registry: Registry) -> None:
    first, second, third, other = (enroll(registry, label).subject_id for label in ("one", "two", "three", "four"))
    with registry.writing(SUPERVISOR) as writer:
        writer.rights.restrict(first, purpose=None, reason="asked for")
        writer.merges.merge(first, second, reason="one person")
        last = writer.merges.merge(second, third, reason="one person")
    with registry.reading() as record:
        assert record.rights.withheld([first, second, third, other], OPERATOR) == {first, second, third}
    with registry.writing(SUPERVISOR) as writer:
        writer.merges.unmerge(last, reason="they are two")
        assert writer.rights.withheld([first, second, third, other], OPERATOR) == {first, second}
        writer.rights.restrict(second, purpose="tax", reason="asked for")
        assert writer.rights.withheld([first], Actor(name="s", role=ActorRole.SUPERVISOR, purpose="tax")) == {first}
