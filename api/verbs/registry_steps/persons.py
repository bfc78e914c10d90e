"""`kura registry persons`: who is enrolled."""

from __future__ import annotations

import argparse
from typing import Any

from api.verbs import arguments as shared
from api.verbs import asking

NAME, SUMMARY = "persons", "list who is enrolled, page by page"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("--after", default="", metavar="SUBJECT", help="only those behind this subject identifier")
    step.add_argument(
        "--limit", type=shared.positive, default=1000, metavar="N", help="at most so many (default: 1000)"
    )
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """List."""
    from enrollment.operations.listing import LIST_PEOPLE
    from registry.listing import PeoplePage

    page = asking.ask(arguments, LIST_PEOPLE, PeoplePage(after=arguments.after, limit=arguments.limit))
    documents: list[dict[str, Any]] = [
        {
            "person": one.subject.label,
            "subject_id": one.subject.subject_id,
            "encounters": [status.value for status in one.encounters],
            "simulated": one.subject.simulated,
        }
        for one in page
    ]
    lines = [f"{shared.named(one['person'], one['simulated'])}  {', '.join(one['encounters'])}" for one in documents]
    if len(page) == arguments.limit:
        lines.append(f"there may be more: go on with --after {page[-1].subject.subject_id}")
    return asking.report(arguments, documents, lines)
