"""Rights of the people as sections of the registry offer them: `record.rights` and `writer.rights`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from biometrics.records import Actor
from biometrics.rights.records import (
    Erasure,
    GivenNotice,
    LegalHold,
    Notification,
    Restriction,
    RetentionRun,
    RightsRequest,
    Transfer,
)
from biometrics.rights.retention import Kept, RetentionRule
from biometrics.rights.words import ErasureState, RequestDecision
from registry.rights import erasing, expiry, holds, notices, notifications, requests, restrictions, schedule, transfers
from registry.rights.family import family_of
from registry.rights.notices import NoticeText
from registry.rights.requests import NewRequest


class RightsReader:
    """What people asked, what restricts the use of their data, and what was erased."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def family(self, subject_id: str) -> tuple[str, ...]:
        """Return everybody who was found to be this person, the survivor first."""
        return tuple(family_of(self._connection, subject_id))

    def find_request(self, request_id: str) -> RightsRequest:
        """Return a request, as `requests.find_request`."""
        return requests.find_request(self._connection, request_id)

    def requests(self, subject_ids: Iterable[str]) -> tuple[RightsRequest, ...]:
        """Return the requests of some subjects, the oldest first."""
        return requests.requests_of(self._connection, sorted(set(subject_ids)))

    def waiting_requests(self, *, due_before: datetime | None = None) -> tuple[RightsRequest, ...]:
        """Return the requests without an answer, or those due before a moment, the most urgent first."""
        return requests.waiting_requests(self._connection, due_before=due_before)

    def restrictions(self, subject_ids: Iterable[str]) -> tuple[Restriction, ...]:
        """Return all restrictions of some subjects, lifted ones included."""
        return restrictions.restrictions_of(self._connection, sorted(set(subject_ids)))

    def withheld(self, subject_ids: Iterable[str], actor: Actor) -> frozenset[str]:
        """Return of which of some subjects an actor may learn nothing, as `restrictions.withheld`."""
        return restrictions.withheld(self._connection, subject_ids, actor)

    def require_usable(self, subject_ids: Iterable[str], actor: Actor) -> None:
        """Refuse an actor whoever is locked or objects, as `restrictions.require_usable`."""
        restrictions.require_usable(self._connection, subject_ids, actor)

    def holds(self, subject_ids: Iterable[str]) -> tuple[LegalHold, ...]:
        """Return the legal holds on some subjects, ended ones included."""
        return holds.holds_of(self._connection, sorted(set(subject_ids)))

    def erasures(self, *, unfinished: bool = False) -> tuple[Erasure, ...]:
        """Return all erasures, or those that are not done."""
        return erasing.all_erasures(self._connection, unfinished=unfinished)

    def find_erasure(self, erasure_id: str) -> Erasure:
        """Return an erasure, as `erasing.find_erasure`."""
        return erasing.find_erasure(self._connection, erasure_id)

    def notices(self, encounter_ids: Iterable[str]) -> tuple[GivenNotice, ...]:
        """Return which notices were given at some encounters."""
        return notices.notices_in(self._connection, sorted(set(encounter_ids)))

    def due_notifications(self, at: datetime, *, most: int) -> tuple[Notification, ...]:
        """Return what is to be told to the gateway now."""
        return notifications.due_notifications(self._connection, at, most=most)

    def expired(self, rule: RetentionRule, now: datetime) -> tuple[str, ...]:
        """Return what a rule of retention asks to forget, by identifier."""
        return tuple(expiry.due(self._connection, rule.kept, rule.cutoff(now), now))

    def require_plausible_clock(self, now: datetime, *, confirmed: bool = False) -> None:
        """Refuse to delete by a clock that cannot be right, as `schedule.require_plausible_clock`."""
        schedule.require_plausible_clock(self._connection, now, confirmed=confirmed)

    def last_run(self, kept: Kept) -> RetentionRun | None:
        """Return when a rule of retention was carried out last."""
        return schedule.last_run(self._connection, kept.value)

    def transfers(self) -> tuple[Transfer, ...]:
        """Return the calls from abroad, as `transfers.transfers`."""
        return transfers.transfers(self._connection)

    def retention_runs(self, most: int = 100) -> tuple[RetentionRun, ...]:
        """Return the last runs of rules of retention, the newest first."""
        return schedule.runs(self._connection, most)


class RightsWriter(RightsReader):
    """Requests answered, restrictions and holds placed, persons erased by whoever the section acts for."""

    def receive(self, new: NewRequest) -> RightsRequest:
        """Record a request, as `requests.receive_request`."""
        return requests.receive_request(self._connection, new)

    def answer(
        self, request_id: str, *, decision: RequestDecision, answer: str, approved_by: str | None
    ) -> RightsRequest:
        """Record an answer, as `requests.answer_request`."""
        return requests.answer_request(
            self._connection, request_id, decision=decision, answer=answer, approved_by=approved_by
        )

    def restrict(
        self, subject_id: str, *, purpose: str | None, reason: str, request_id: str | None = None
    ) -> Restriction:
        """Lock somebody's data, or keep them from one purpose, as `restrictions.place_restriction`."""
        return restrictions.place_restriction(
            self._connection, subject_id, purpose=purpose, reason=reason, request_id=request_id
        )

    def lift_restriction(self, restriction_id: str, *, reason: str) -> Restriction:
        """Let data be used again, as `restrictions.lift_restriction`."""
        return restrictions.lift_restriction(self._connection, restriction_id, reason=reason)

    def hold(self, subject_id: str, *, reason: str, reference: str, until: datetime | None) -> LegalHold:
        """Keep somebody from being erased, as `holds.place_hold`."""
        return holds.place_hold(self._connection, subject_id, reason=reason, reference=reference, until=until)

    def lift_hold(self, hold_id: str, *, reason: str) -> LegalHold:
        """End a hold, as `holds.lift_hold`."""
        return holds.lift_hold(self._connection, hold_id, reason=reason)

    def accept_erasure(self, subject_id: str, *, basis: str, approved_by: str, request_id: str | None) -> Erasure:
        """Begin to erase somebody, as `erasing.accept_erasure`."""
        return erasing.accept_erasure(
            self._connection, subject_id, basis=basis, approved_by=approved_by, request_id=request_id
        )

    def erase_records(self, erasure_id: str) -> Erasure:
        """Delete what is recorded and its keys, as `erasing.erase_records`."""
        return erasing.erase_records(self._connection, erasure_id)

    def advance_erasure(self, erasure_id: str, state: ErasureState) -> Erasure:
        """Record that a step is done, as `erasing.advance_erasure`."""
        return erasing.advance_erasure(self._connection, erasure_id, state)

    def give_notice(self, encounter_id: str, text: NoticeText) -> GivenNotice:
        """Record which notice was given, as `notices.record_notice`."""
        return notices.record_notice(self._connection, encounter_id, text)

    def notify(self, *, event: str, reference: str) -> Notification:
        """Record that something is to be told, as `notifications.make_notification`."""
        return notifications.make_notification(self._connection, event=event, reference=reference)

    def note_attempt(self, notification_id: str, *, delivered: bool, most_attempts: int) -> None:
        """Record that telling was tried, as `notifications.note_attempt`."""
        notifications.note_attempt(self._connection, notification_id, delivered=delivered, most_attempts=most_attempts)

    def forget(self, rule: RetentionRule, chosen: Iterable[str], now: datetime) -> None:
        """Forget some of what a rule asks to forget, as `expiry.forget`."""
        expiry.forget(self._connection, rule.kept, list(chosen), rule.cutoff(now), rule.basis)

    def record_run(self, rule: RetentionRule, now: datetime, removed: int) -> RetentionRun:
        """Record that a rule was carried out, as `schedule.record_run`."""
        return schedule.record_run(self._connection, rule, now, removed)
