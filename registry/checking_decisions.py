"""Verification of what cases led to: the audit trail, followed event by event, must end where the record stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from biometrics.cases import CaseKind, CaseOutcome, CasePriority, CaseStatus
from biometrics.people.life import LifeEventKind
from biometrics.records import EncounterStatus, SubjectStatus
from registry.audit import (
    CASE_CLOSED,
    CASE_OPENED,
    CASE_RAISED,
    CASE_REOPENED,
    CASE_SEEDED,
    CASE_VERDICT,
    ENCOUNTER_ADDED,
    ENCOUNTER_RESTORED,
    ENCOUNTER_RETIRED,
)
from registry.case_effects import Effects, effects_of, effects_values
from registry.faults import Fault, FaultKind
from registry.keys.sections import keyring_of
from registry.rights.erased_texts import CASES, digest_of, erased_texts
from registry.rows import StoredRow
from registry.tables.cases import case_candidates, case_reopenings, cases, decided_pairs
from registry.tables.core import audit_events, encounters, subjects
from registry.tables.people import life_events

_ROWS_AT_ONCE = 256
_NO_EFFECTS = effects_values(Effects())


@dataclass(slots=True, kw_only=True)
class _ToldCase:
    """A case as the trail tells it so far; `done` is None while it is not closed."""

    encounter_id: str = ""
    subject_id: str | None = None
    kind: CaseKind = CaseKind.QUESTION
    priority: str = CasePriority.NORMAL.value
    round: int = 1
    outcome: str | None = None
    done: dict[str, Any] | None = None


@dataclass(slots=True)
class _Trail:
    """What the events add up to: cases, their candidates and reopenings, and where encounters stand."""

    cases: dict[str, _ToldCase] = field(default_factory=dict)
    scores: dict[tuple[str, str], float] = field(default_factory=dict)
    reopenings: dict[tuple[str, Any], tuple[Any, ...]] = field(default_factory=dict)
    waiting: dict[str, set[str]] = field(default_factory=dict)
    statuses: dict[str, EncounterStatus] = field(default_factory=dict)

    def follow(self, event: StoredRow) -> None:
        """Take an event into account."""
        told: Mapping[str, Any] = event.details if isinstance(event.details, dict) else {}
        encounter_id, case_id = str(told.get("encounter_id")), str(told.get("case_id"))
        if event.action == ENCOUNTER_ADDED:
            self.statuses[encounter_id] = EncounterStatus(told.get("status", EncounterStatus.ACTIVE.value))
        elif event.action == ENCOUNTER_RETIRED:
            self.statuses[encounter_id] = EncounterStatus.RETIRED
        elif event.action == ENCOUNTER_RESTORED:
            self.statuses[encounter_id] = EncounterStatus.PENDING
        elif event.action == CASE_OPENED:
            self._open(event, case_id, told)
        elif event.action == CASE_SEEDED:
            self.cases[case_id] = _ToldCase(kind=CaseKind.SEEDED)
        elif case_id in self.cases:
            self._move(event, case_id, self.cases[case_id], told)

    def _open(self, event: StoredRow, case_id: str, told: Mapping[str, Any]) -> None:
        self.cases[case_id] = _ToldCase(
            encounter_id=str(told["encounter_id"]), subject_id=event.subject_id, priority=told["priority"]
        )
        self.scores |= {(case_id, subject_id): score for subject_id, score in told["candidates"].items()}
        self.waiting.setdefault(str(told["encounter_id"]), set()).add(case_id)

    def _move(self, event: StoredRow, case_id: str, case: _ToldCase, told: Mapping[str, Any]) -> None:
        if event.action == CASE_RAISED:
            case.priority = told["priority"]
        elif event.action == CASE_VERDICT and case.kind is CaseKind.SEEDED:
            case.outcome, case.done = told["outcome"], _NO_EFFECTS
        elif event.action == CASE_CLOSED:
            case.outcome, case.done = told["outcome"], {name: told.get(name) for name in _NO_EFFECTS}
            self.waiting[case.encounter_id].discard(case_id)
            self._close(case, effects_of(case.done))
        elif event.action == CASE_REOPENED:
            self.reopenings[case_id, told.get("round")] = (event.actor, told.get("contested"), told.get("reason"))
            self.waiting[case.encounter_id].add(case_id)
            self._undo(case, effects_of(case.done or {}))
            case.round, case.outcome, case.done = told["round"], None, None

    def _close(self, case: _ToldCase, done: Effects) -> None:
        if done.decided_encounter and case.outcome == CaseOutcome.FRAUD.value:
            self.statuses[case.encounter_id] = EncounterStatus.REJECTED
        elif done.decided_encounter and not done.retired_encounter and not self.waiting[case.encounter_id]:
            self.statuses[case.encounter_id] = EncounterStatus.ACTIVE
        self.statuses |= dict.fromkeys(done.rejected, EncounterStatus.REJECTED)

    def _undo(self, case: _ToldCase, done: Effects) -> None:
        for encounter_id in done.rejected:
            self._turn(encounter_id, EncounterStatus.REJECTED, EncounterStatus.ACTIVE)
        if done.decided_encounter and not done.retired_encounter:
            fraud = case.outcome == CaseOutcome.FRAUD.value
            given = EncounterStatus.REJECTED if fraud else EncounterStatus.ACTIVE
            self._turn(case.encounter_id, given, EncounterStatus.PENDING)

    def _turn(self, encounter_id: str, present: EncounterStatus, new: EncounterStatus) -> None:
        if self.statuses.get(encounter_id) is present:
            self.statuses[encounter_id] = new


def check_decisions(connection: Connection) -> Iterator[Fault]:
    """Yield a fault for every case, and everybody let in or kept out, otherwise than the audit trail tells."""
    trail = _read(connection)
    for source, message in (
        *_case_faults(connection, trail),
        *_candidate_faults(connection, trail),
        *_reopening_faults(connection, trail),
        *_pair_faults(connection, trail),
        *_encounter_faults(connection, trail),
        *_subject_faults(connection, trail),
    ):
        yield Fault(kind=FaultKind.CASE, source=source, message=message)


def _read(connection: Connection) -> _Trail:
    met = (ENCOUNTER_ADDED, ENCOUNTER_RETIRED, ENCOUNTER_RESTORED)
    judged = (CASE_OPENED, CASE_RAISED, CASE_SEEDED, CASE_VERDICT, CASE_CLOSED, CASE_REOPENED)
    columns = [audit_events.c[name] for name in ("action", "subject_id", "actor", "details")]
    query = select(*columns).where(audit_events.c.action.in_((*met, *judged))).order_by(audit_events.c.sequence)
    trail = _Trail()
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as events:
        for event in events:
            with suppress(AttributeError, KeyError, TypeError, ValueError):  # an edited event is reported as such
                trail.follow(event)
    return trail


def _case_faults(connection: Connection, trail: _Trail) -> Iterator[tuple[str, str]]:
    left = dict(trail.cases)
    with connection.execute(select(cases).execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        for row in rows:
            told = left.pop(row.case_id, None)
            if told is None:
                yield row.case_id, "the audit trail tells nothing of the case"
            elif wrong := sorted(name for name, agrees in _compared(row, told).items() if not agrees):
                yield row.case_id, f"the audit trail tells otherwise of its {', '.join(wrong)}"
    for case_id in left:
        yield case_id, "the audit trail tells of a case that is not there"


def _compared(row: StoredRow, told: _ToldCase) -> dict[str, bool]:
    closed, outcome = row.status is CaseStatus.CLOSED, None if row.outcome is None else row.outcome.value
    agrees = {
        "kind": row.kind is told.kind,
        "round": row.round == told.round,
        "status": closed == (told.done is not None),
        "outcome": outcome == told.outcome,
        "effects": told.done is None or {**_NO_EFFECTS, **row.effects} == told.done,
    }
    if told.kind is CaseKind.SEEDED:
        return agrees
    subjects_agree = (row.subject_id, row.encounter_id) == (told.subject_id, told.encounter_id)
    return agrees | {"subject": subjects_agree, "priority": row.priority.value == told.priority}


def _candidate_faults(connection: Connection, trail: _Trail) -> Iterator[tuple[str, str]]:
    left = dict(trail.scores)
    query = (
        select(case_candidates.c.case_id, case_candidates.c.subject_id, case_candidates.c.score)
        .join(cases, cases.c.case_id == case_candidates.c.case_id)
        .where(cases.c.kind == CaseKind.QUESTION)
    )
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        for row in rows:
            if left.pop((row.case_id, row.subject_id), None) != row.score:
                yield row.case_id, "a candidate is not what the audit trail tells"
    for case_id, _ in left:
        yield case_id, "the audit trail tells of a candidate that is not there"


def _reopening_faults(connection: Connection, trail: _Trail) -> Iterator[tuple[str, str]]:
    left, erased = dict(trail.reopenings), erased_texts(connection)[CASES]
    keyring_of(connection).prefetch(connection, select(case_reopenings.c.case_id))
    for row in connection.execute(select(case_reopenings)).all():
        said = left.pop((row.case_id, row.round), None)
        reason = digest_of(connection, row.reason, said and said[-1], erased=row.case_id in erased)
        if said != (row.actor, row.contested, reason):
            yield row.case_id, f"the beginning of round {row.round} is not what the audit trail tells"
    for case_id, number in left:
        yield case_id, f"the audit trail tells of a round {number} that is not there"


def _pair_faults(connection: Connection, trail: _Trail) -> Iterator[tuple[str, str]]:
    query = select(decided_pairs.c.case_id, decided_pairs.c.outcome)
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        for row in rows:
            told = trail.cases.get(row.case_id, _ToldCase())
            if told.outcome != row.outcome.value:
                yield row.case_id, "two subjects are decided otherwise than by the case"


def _encounter_faults(connection: Connection, trail: _Trail) -> Iterator[tuple[str, str]]:
    query = select(encounters.c.encounter_id, encounters.c.status)
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        for row in rows:
            told = trail.statuses.get(row.encounter_id, row.status)  # one that was never told is reported elsewhere
            if row.status is not told:
                yield row.encounter_id, f"the encounter is {row.status.value}, and by the audit trail {told.value}"


def _subject_faults(connection: Connection, trail: _Trail) -> Iterator[tuple[str, str]]:
    """Find subjects that are inactive, and nobody decided so, or active, though somebody did."""
    decided = {name for one in trail.cases.values() if one.done for name in effects_of(one.done).inactivated}
    own = life_events.c.subject_id == subjects.c.subject_id
    stated = select(life_events.c.event_id).where(own, life_events.c.annulled_at.is_(None))
    stated = stated.where(life_events.c.kind == LifeEventKind.INACTIVE)
    inactive = subjects.c.status == SubjectStatus.INACTIVE
    for subject_id in connection.scalars(select(subjects.c.subject_id).where(inactive, ~stated.exists())):
        if subject_id not in decided:
            yield subject_id, "the subject is inactive, and nothing tells why"
    active, known = subjects.c.status == SubjectStatus.ACTIVE, select(life_events.c.event_id).where(own)
    for subject_id in sorted(decided):
        named = subjects.c.subject_id == subject_id
        if connection.scalar(select(subjects.c.subject_id).where(named, active, ~known.exists())) is not None:
            yield subject_id, "the subject is active, and by a case it is not"
