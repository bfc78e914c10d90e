"""Lists that nobody could read whole, page by page: persons, and events of the audit trail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from biometrics.cases import CaseStatus
from biometrics.records import AuditEvent, EncounterStatus, Subject
from registry.keys.sections import keyring_of
from registry.rows import event_of, subject_of
from registry.tables.cases import cases
from registry.tables.core import audit_events, changes, encounters, subjects

_AT_ONCE = 500
"""Cases named in one statement: databases limit how many values it may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPerson:
    """A subject, and where its encounters stand, the oldest first."""

    subject: Subject
    encounters: tuple[EncounterStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEvent:
    """An event, and whether it is about a simulated person."""

    event: AuditEvent
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """Asks for subjects by identifier, from behind `after`."""

    after: str = ""
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsPage:
    """Asks for events in the order in which they were recorded; None leaves out a condition.

    Parameters
    ----------
    since
        The number of an event; those after it.
    at
        Those recorded at or after a moment, as the clock then said.
    about, actor, action
        Those about a subject, by an actor, of a kind.
    limit
        How many.
    """

    since: int = 0
    at: datetime | None = None
    about: str | None = None
    actor: str | None = None
    action: str | None = None
    limit: int


class ListReader:
    """Lists page by page; made by `Reader.lists`. All of it is personal: ask through `Registry.consult`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def people(self, asked: PeoplePage) -> tuple[ListedPerson, ...]:
        """Return a page of subjects; it is the last one when it is not full."""
        following = select(subjects.c.subject_id).where(subjects.c.subject_id > asked.after)
        named = self._connection.scalars(following.order_by(subjects.c.subject_id).limit(asked.limit)).all()
        keyring_of(self._connection).prefetch(self._connection, named)
        page = select(subjects).where(subjects.c.subject_id.in_(named)).order_by(subjects.c.subject_id)
        rows = self._connection.execute(page).all()
        statuses = self._statuses(rows[0].subject_id, rows[-1].subject_id) if rows else {}
        return tuple(
            ListedPerson(subject=subject_of(row), encounters=tuple(statuses.get(row.subject_id, ()))) for row in rows
        )

    def _statuses(self, first: str, last: str) -> dict[str, list[EncounterStatus]]:
        rows = self._connection.execute(
            select(encounters.c.subject_id, encounters.c.status)
            .join(changes, changes.c.encounter_id == encounters.c.encounter_id)
            .where(encounters.c.subject_id.between(first, last))
            .group_by(encounters.c.encounter_id)
            .order_by(func.min(changes.c.sequence))
        )
        found: defaultdict[str, list[EncounterStatus]] = defaultdict(list)
        for row in rows:
            found[row.subject_id].append(row.status)
        return found

    def events(self, asked: EventsPage) -> tuple[ListedEvent, ...]:
        """Return a page of events; it is the last one when it is not full.

        What those of cases that are not closed tell is left out.
        """
        since = asked.since if asked.at is None else max(asked.since, self._last_before(asked.at))
        conditions: list[ColumnElement[bool]] = [audit_events.c.sequence > since]
        for column, value in (("subject_id", asked.about), ("actor", asked.actor), ("action", asked.action)):
            conditions += [] if value is None else [audit_events.c[column] == value]
        rows = self._connection.execute(
            select(audit_events, subjects.c.simulated)
            .outerjoin(subjects, subjects.c.subject_id == audit_events.c.subject_id)
            .where(*conditions)
            .order_by(audit_events.c.sequence)
            .limit(asked.limit)
        )
        listed = [ListedEvent(event=event_of(row), simulated=bool(row.simulated)) for row in rows]
        return tuple(self._without_verdicts(listed))

    def _without_verdicts(self, listed: Sequence[ListedEvent]) -> Iterator[ListedEvent]:
        """Yield events, of cases that are not closed without the details: their next examiners judge them blind."""
        named = sorted(
            {str(one.event.details.get("case_id")) for one in listed if one.event.action.startswith("case.")}
        )
        undecided: set[str] = set()
        for start in range(0, len(named), _AT_ONCE):
            some = cases.c.case_id.in_(named[start : start + _AT_ONCE])
            waiting = select(cases.c.case_id).where(some, cases.c.status != CaseStatus.CLOSED)
            undecided.update(self._connection.scalars(waiting))
        for one in listed:
            case_id = one.event.details.get("case_id")
            if one.event.action.startswith("case.") and case_id in undecided:
                withheld = replace(one.event, details={"case_id": case_id, "withheld": True})
                yield replace(one, event=withheld)
            else:
                yield one

    def _last_before(self, moment: datetime) -> int:
        """Return the number of the last event before a moment; events are numbered as time goes on."""
        before, after = 0, (self._connection.scalar(select(func.max(audit_events.c.sequence))) or 0) + 1
        while after - before > 1:
            middle = (before + after) // 2
            at = self._connection.scalar(select(audit_events.c.at).where(audit_events.c.sequence == middle))
            before, after = (middle, after) if at is None or at < moment else (before, middle)
        return before
