"""`kura registry events`: what the audit trail tells."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from api.verbs import asking

if TYPE_CHECKING:
    from enrollment.operations.listing import ShownEvent

NAME, SUMMARY = "events", "list the audit events, page by page"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument(
        "--since", type=_since, default=0, metavar="N|DAY", help="those after event N, or from a day on (default: all)"
    )
    step.add_argument(
        "--about", metavar="PERSON", help="only those about this subject identifier, label, number or receipt"
    )
    step.add_argument("--by", metavar="NAME", help="only what this actor did")
    step.add_argument("--action", metavar="ACTION", help="only those of this action, such as person.read")
    step.add_argument(
        "--limit", type=shared.positive, default=1000, metavar="N", help="at most so many (default: 1000)"
    )
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """List."""
    from enrollment.operations.listing import LIST_EVENTS
    from registry.listing import EventsPage

    number, moment = (0, arguments.since) if isinstance(arguments.since, datetime) else (arguments.since, None)
    asked = EventsPage(
        since=number,
        at=moment,
        about=arguments.about,
        actor=arguments.by,
        action=arguments.action,
        limit=arguments.limit,
    )
    page = asking.ask(arguments, LIST_EVENTS, asked)
    lines = [_line(one) for one in page]
    if len(page) == arguments.limit:
        lines.append(f"there may be more: go on with --since {page[-1].sequence}")
    return asking.report(arguments, [_document(one) for one in page], lines)


def _since(text: str) -> int | datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if "-" in text else shared.whole_number(text)
    except (ValueError, argparse.ArgumentTypeError):
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor a day like 2026-01-31") from None


def _document(one: ShownEvent) -> dict[str, Any]:
    import json

    return {
        "sequence": one.sequence,
        "at": one.at.isoformat(),
        "action": one.action,
        "subject_id": one.subject_id,
        "simulated": one.simulated,
        "actor": None if one.actor is None else one.actor.name,
        "role": None if one.actor is None else one.actor.role.value,
        "post": None if one.actor is None else one.actor.post,
        "station": None if one.actor is None else one.actor.station,
        "purpose": None if one.actor is None else one.actor.purpose,
        "client": None if one.actor is None else one.actor.client,
        "route": None if one.actor is None else one.actor.route,
        "scope": None if one.actor is None else one.actor.scope,
        "details": json.loads(one.details),
    }


def _line(one: ShownEvent) -> str:
    actor = "" if one.actor is None else one.actor.name
    about = shared.named(one.subject_id or "", one.simulated)
    return f"{one.sequence:6}  {one.at.isoformat()}  {one.action}  {actor}  {about}"
