"""The operation that gives the reasoning of automated results: of answers about a person, or of one about nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from biometrics.errors import RecordNotFoundError
from biometrics.records import Actor, AuditEvent
from enrollment.adjudication.results import RESULTS, explain_result
from enrollment.operations.operation import Operation
from enrollment.operations.rights_rules import RECEIVES, require_role
from registry.access import PERSON_READ, TRAIL_READ
from registry.listing import EventsPage
from registry.reading import Reader
from registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainResults:
    """Asks for the reasoning of the answers about a person, or of the one with a number.

    Parameters
    ----------
    person
        Whom the answers are about; None for an answer about nobody, which then has a number.
    event
        The number of an answer; None for all about the person.
    language
        One of `enrollment.adjudication.messages.LANGUAGES`.
    """

    person: str | None = None
    event: int | None = None
    language: str = "fr"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedResult:
    """An answer that a computer gave, and why."""

    event: int
    at: datetime
    paragraphs: tuple[str, ...]


def explained(events: list[AuditEvent], language: str) -> tuple[ExplainedResult, ...]:
    """Return the answers among some events, explained."""
    return tuple(
        ExplainedResult(event=one.sequence, at=one.at, paragraphs=explain_result(one, language))
        for one in sorted(events, key=lambda one: one.sequence)
        if one.action in RESULTS
    )


def _explain(registry: Registry, actor: Actor, asked: ExplainResults) -> tuple[ExplainedResult, ...]:
    """Return what a person may know of the answers about them; an answer about somebody else is not found."""
    require_role(actor, RECEIVES)

    def read(record: Reader) -> tuple[tuple[str, ...], tuple[ExplainedResult, ...]]:
        family = () if asked.person is None else record.rights.family(record.people.find(asked.person))
        events = _events(record, family, asked.event)
        found = explained([one for one in events if asked.event in (None, one.sequence)], asked.language)
        if asked.event is not None and not found:
            raise RecordNotFoundError("there is no such answer about this person", source=str(asked.event))
        return family, found

    action = TRAIL_READ if asked.person is None else PERSON_READ
    told = {"explained": True, "event": asked.event}
    return registry.consult(actor, action, lambda answer: answer[0], read, told=told)[1]


def _events(record: Reader, family: tuple[str, ...], event: int | None) -> list[AuditEvent]:
    if family:
        return [one for subject_id in family for one in record.events_about(subject_id)]
    if event is None:
        raise RecordNotFoundError("name a person, or the number of an answer about nobody")
    page = record.lists.events(EventsPage(since=event - 1, limit=1))
    return [one.event for one in page if one.event.subject_id is None]


EXPLAIN_RESULTS = Operation("rights.results", _explain)

EXPLAINING: tuple[Operation[Any, Any], ...] = (EXPLAIN_RESULTS,)
