"""Rules of retention: what is old goes, what is held stays, and no clock that cannot be right deletes anything."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from biometrics.errors import RecordError
from biometrics.records import Actor, ActorRole
from biometrics.rights.retention import Kept, RetentionRule
from biometrics.rights.words import IdentityCheck, RequestDecision, RequestKind
from biometrics.samples import now_utc
from registry.rights.requests import NewRequest
from registry.rights.schedule import LONGEST_LEAP
from registry.store import Registry
from tests.registry.people import enroll

SUPERVISOR = Actor(name="supervisor", role=ActorRole.SUPERVISOR)
LATER = timedelta(days=100)


def rule(kept: Kept, days: int = 30) -> RetentionRule:
    approver = "director" if kept is Kept.DECEASED_PERSONS else None
    return RetentionRule(kept=kept, days=days, basis="a rule", approved_by=approver)


def forgotten(registry: Registry, kept: Kept, now: datetime) -> int:
    with registry.writing(SUPERVISOR) as writer:
        found = writer.rights.expired(rule(kept), now)
        writer.rights.forget(rule(kept), found, now)
        writer.rights.record_run(rule(kept), now, len(found))
    return len(found)


def test_retired_encounters_go_unless_a_hold_keeps_them(registry: Registry) -> None:
    gone, held, young = (enroll(registry, label, seed) for seed, label in enumerate(("gone", "held", "young")))
    with registry.writing(SUPERVISOR) as writer:
        for one in (gone, held):
            writer.retire_encounter(one.encounter_id)
        hold = writer.rights.hold(held.subject_id, reason="inquiry", reference="act 12", until=None)
    assert forgotten(registry, Kept.RETIRED_ENCOUNTERS, now_utc()) == 0
    assert forgotten(registry, Kept.RETIRED_ENCOUNTERS, now_utc() + LATER) == 1
    assert forgotten(registry, Kept.RETIRED_ENCOUNTERS, now_utc() + LATER) == 0
    with registry.writing(SUPERVISOR) as writer:
        writer.rights.lift_hold(hold.hold_id, reason="closed")
    assert forgotten(registry, Kept.RETIRED_ENCOUNTERS, now_utc() + LATER) == 1
    with registry.reading() as record:
        assert len(record.references(young.subject_id)) == 2
        runs = record.rights.retention_runs()
    assert sorted(run.removed["retired_encounters"] for run in runs) == [0, 0, 1, 1]
    assert registry.check() == []


def test_a_hold_keeps_the_encounters_of_whoever_was_merged(registry: Registry) -> None:
    held, other = (enroll(registry, label, seed) for seed, label in enumerate(("held", "other")))
    with registry.writing(SUPERVISOR) as writer:
        writer.rights.hold(held.subject_id, reason="inquiry", reference="act 12", until=None)
        writer.merges.merge(held.subject_id, other.subject_id, reason="one person")
        writer.retire_encounter(held.encounter_id)
    assert forgotten(registry, Kept.RETIRED_ENCOUNTERS, now_utc() + LATER) == 0
    with registry.writing(SUPERVISOR) as writer:
        assert writer.purge(retired_before=now_utc() + LATER, reason="a rule", most=9).encounters == 0


def test_what_was_written_in_answered_requests_goes(registry: Registry) -> None:
    with registry.writing(SUPERVISOR) as writer:
        new = NewRequest(
            subject_id=None,
            kind=RequestKind.ACCESS,
            identity_check=IdentityCheck.DOCUMENT,
            asked="words",
            due_days=30,
        )
        open_one, answered = writer.rights.receive(new), writer.rights.receive(new)
        writer.rights.answer(answered.request_id, decision=RequestDecision.GRANTED, answer="words", approved_by=None)
    assert forgotten(registry, Kept.ANSWERED_REQUESTS, now_utc() + LATER) == 1
    with registry.reading() as record:
        assert record.rights.find_request(answered.request_id).answer is None
        assert record.rights.find_request(answered.request_id).decision is RequestDecision.GRANTED
        assert record.rights.find_request(open_one.request_id).asked == "words"
    assert registry.check() == []


def test_notifications_go_when_they_are_old(registry: Registry) -> None:
    with registry.writing(SUPERVISOR) as writer:
        writer.rights.notify(event="request.answered", reference="r1")
    assert forgotten(registry, Kept.NOTIFICATIONS, now_utc()) == 0
    with registry.reading() as record:
        assert record.rights.due_notifications(now_utc() + LATER, most=10) == ()
        (due,) = record.rights.due_notifications(now_utc(), most=10)
    assert due.reference == "r1"
    assert forgotten(registry, Kept.NOTIFICATIONS, now_utc() + LATER) == 1
    assert registry.check() == []


def test_a_notification_is_tried_later_and_later_and_given_up(registry: Registry) -> None:
    with registry.writing(SUPERVISOR) as writer:
        one = writer.rights.notify(event="decision.ready", reference="c1")
        writer.rights.note_attempt(one.notification_id, delivered=False, most_attempts=3)
    with registry.reading() as record:
        assert record.rights.due_notifications(now_utc(), most=10) == ()
        (again,) = record.rights.due_notifications(now_utc() + timedelta(minutes=1), most=10)
        assert again.attempts == 1
    for _ in range(2):
        with registry.writing(SUPERVISOR) as writer:
            writer.rights.note_attempt(one.notification_id, delivered=False, most_attempts=3)
    with registry.reading() as record:
        assert record.rights.due_notifications(now_utc() + timedelta(days=9), most=10) == ()
    assert registry.check() == []


def test_no_clock_that_cannot_be_right_deletes_anything(registry: Registry) -> None:
    enroll(registry, "one")
    with registry.reading() as record:
        now = now_utc()
        record.rights.require_plausible_clock(now)
        with pytest.raises(RecordError, match="before the last event"):
            record.rights.require_plausible_clock(now - timedelta(days=1))
        leapt = now + LONGEST_LEAP + timedelta(days=1)
        with pytest.raises(RecordError, match="days after"):
            record.rights.require_plausible_clock(leapt)
        record.rights.require_plausible_clock(leapt, confirmed=True)
        with pytest.raises(RecordError, match="before the last event"):
            record.rights.require_plausible_clock(now - timedelta(days=1), confirmed=True)


def test_what_is_recorded_by_a_clock_that_leapt_makes_it_no_truer(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    enroll(registry, "one")
    leapt = now_utc() + LONGEST_LEAP + timedelta(days=1)
    monkeypatch.setattr("registry.audit.now_utc", lambda: leapt)
    enroll(registry, "two", 1)
    assert registry.events()[-1].at == leapt
    with registry.reading() as record, pytest.raises(RecordError, match="days after the first event"):
        record.rights.require_plausible_clock(leapt)
    with registry.writing(SUPERVISOR) as writer:  # a person confirmed that it is right
        writer.rights.record_run(rule(Kept.RETIRED_ENCOUNTERS), leapt, 0)
    with registry.reading() as record:
        record.rights.require_plausible_clock(leapt + LONGEST_LEAP)
        with pytest.raises(RecordError, match="days after the rules last ran"):
            record.rights.require_plausible_clock(leapt + LONGEST_LEAP + timedelta(days=1))
