"""What supervisors look at: statistics, and the audit trail."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query

from api.http.access import access
from api.http.guard import new_router
from api.http.problems import Refusal
from api.native.asking import InquiryOf
from api.native.models import upkeep as models
from api.native.models.base import GalleryName
from api.native.models.persons import DayText
from api.native.paging import PageOf, number_behind, question_of
from api.native.scopes import AUDIT_READ, STATISTICS_READ
from api.statistics_views import statistics_document
from biometrics.records import ActorRole
from biometrics.samples import now_utc
from enrollment.operations.listing import LIST_EVENTS, ShownEvent
from enrollment.operations.statistics import STATISTICS
from registry.listing import EventsPage
from registry.statistics import Asked, By

router: APIRouter = new_router(tags=["oversight"])

_DAYS = 30
_SUPERVISORS = (ActorRole.SUPERVISOR,)
NameQuery = Annotated[str | None, Query(max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Days:
    first: Annotated[DayText | None, Query(description="first day of UTC; 29 days before the last if absent")] = None
    last: Annotated[DayText | None, Query(description="last day; today if absent")] = None
    by: Annotated[Literal["nothing", "day", "post", "operator"], Query(description="told apart by")] = "nothing"
    post: NameQuery = None
    operator: NameQuery = None
    gallery: GalleryName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Events:
    about: Annotated[str | None, Query(max_length=200, description="subject identifier; no name or number")] = None
    by: Annotated[str | None, Query(max_length=200, description="who did it")] = None
    action: Annotated[str | None, Query(max_length=100, description="such as person.read")] = None
    since: Annotated[int, Query(ge=0, le=2**62, description="only events after this number")] = 0


@router.get("/statistics", response_model=models.StatisticsTold)
@access(STATISTICS_READ, roles=_SUPERVISORS)
async def show_statistics(inquiry: InquiryOf, days: Annotated[_Days, Depends()]) -> dict[str, Any]:
    """Show enrollments, rejections, exceptions, cases and delays, with alarms per operator."""
    if days.gallery is None:
        inquiry.require_every_gallery()
    else:
        inquiry.require_gallery(days.gallery)
    last = _day(days.last, "last") or now_utc().date()
    asked = Asked(
        first=_day(days.first, "first") or last - timedelta(days=_DAYS - 1),
        last=last,
        by=By(days.by),
        gallery=days.gallery,
        post=days.post,
        operator=days.operator,
    )
    answer = await inquiry.ask(STATISTICS, asked)
    document = {"first": asked.first.isoformat(), "last": asked.last.isoformat()}
    return document | statistics_document(answer, asked.by)


@router.get("/audit-events", response_model=models.EventsTold)
@access(AUDIT_READ, roles=_SUPERVISORS, purpose_bound=True)
async def list_events(inquiry: InquiryOf, page: PageOf, events: Annotated[_Events, Depends()]) -> dict[str, Any]:
    """List what the audit trail tells, in its order; details of cases that are not closed are left out."""
    inquiry.require_every_gallery()
    question = question_of("events", about=events.about, by=events.by, action=events.action, since=events.since)
    asked = EventsPage(
        since=max(events.since, number_behind(page.cursor, question)),
        about=events.about,
        actor=events.by,
        action=events.action,
        limit=page.limit + 1,
    )
    found = await inquiry.ask(LIST_EVENTS, asked)
    shown = list(map(_event, found[: page.limit]))
    return page.told(question, shown, (lambda last: found[last].sequence) if len(found) > page.limit else None)


def _event(one: ShownEvent) -> dict[str, Any]:
    actor = one.actor
    return {
        "sequence": one.sequence,
        "at": one.at.isoformat(),
        "action": one.action,
        "subject_id": one.subject_id,
        "simulated": one.simulated,
        "actor": None if actor is None else actor.name,
        "role": None if actor is None else actor.role.value,
        "post": None if actor is None else actor.post,
        "station": None if actor is None else actor.station,
        "purpose": None if actor is None else actor.purpose,
        "details": json.loads(one.details),
    }


def _day(text: str | None, place: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise Refusal("invalid", f"{place} is no day of the calendar") from None
