"""Lists of persons and of events, as operations: a page comes after the audit trail tells who asked for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from biometrics.records import Actor
from enrollment.operations.adjudication import require_unbiased
from enrollment.operations.operation import Operation
from registry.access import PERSONS_LISTED, TRAIL_READ
from registry.columns import canonical_json
from registry.listing import EventsPage, ListedEvent, ListedPerson, PeoplePage
from registry.reading import Reader
from registry.store import Registry

WITHHELD = "withheld/"
"""Stands before the identifier in the place of the label of whoever is locked, or objects to the actor's purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEvent:
    """An event of the audit trail, its details as JSON text; `actor` is None where it was not recorded."""

    sequence: int
    at: datetime
    action: str
    subject_id: str | None
    simulated: bool
    details: str
    actor: Actor | None


def _people(registry: Registry, actor: Actor, asked: PeoplePage) -> tuple[ListedPerson, ...]:
    return registry.consult(
        actor,
        PERSONS_LISTED,
        lambda page: [one.subject.subject_id for one in page],
        lambda record: _shown_to(record, actor, record.lists.people(asked)),
    )


def _shown_to(record: Reader, actor: Actor, page: tuple[ListedPerson, ...]) -> tuple[ListedPerson, ...]:
    """Return a page on which nobody is named of whom the actor may learn nothing; they keep their place."""
    withheld = record.rights.withheld([one.subject.subject_id for one in page], actor)
    return tuple(
        replace(one, subject=replace(one.subject, label=f"{WITHHELD}{one.subject.subject_id}"))
        if one.subject.subject_id in withheld
        else one
        for one in page
    )


def _events(registry: Registry, actor: Actor, asked: EventsPage) -> tuple[ShownEvent, ...]:
    told = {"since": asked.since, "action": asked.action, "actor": asked.actor}

    def read(record: Reader) -> tuple[tuple[str, ...], tuple[ListedEvent, ...]]:
        require_unbiased(record, actor)
        if asked.about is None:
            return (), record.lists.events(asked)
        # What was typed may be a number or a name: the trail tells the identifier alone.
        subject_id = record.people.find(asked.about)
        return (subject_id,), record.lists.events(replace(asked, about=subject_id))

    _, page = registry.consult(actor, TRAIL_READ, lambda answer: answer[0], read, told=told)
    return tuple(_shown(one) for one in page)


def _shown(listed: ListedEvent) -> ShownEvent:
    event = listed.event
    return ShownEvent(
        sequence=event.sequence,
        at=event.at,
        action=event.action,
        subject_id=event.subject_id,
        simulated=listed.simulated,
        details=canonical_json(dict(event.details)),
        actor=event.actor,
    )


LIST_PEOPLE = Operation("people.list", _people)
LIST_EVENTS = Operation("events.list", _events)

LISTS: tuple[Operation[Any, Any], ...] = (LIST_PEOPLE, LIST_EVENTS)
