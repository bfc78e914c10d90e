"""`kura case list`: which cases wait for a person."""

from __future__ import annotations

import argparse

from api.verbs import arguments as shared
from api.verbs import asking

NAME, SUMMARY, ROLE = "list", "list the cases that are not closed, or those you hold", "supervisor"

_MOST = 100_000


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("--mine", action="store_true", help="list the cases you hold now instead")
    step.add_argument(
        "--status", choices=("open", "awaiting_second", "disputed", "closed"), help="only those that stand there"
    )
    step.add_argument("--priority", choices=("high", "normal"), help="only those of this priority")
    step.add_argument("--post", metavar="POST", help="only those of a consulate or office")
    step.add_argument("--limit", type=_limit, default=100, metavar="COUNT", help="at most so many (default: 100)")


def run(arguments: argparse.Namespace) -> int:
    """List."""
    from api.case_views import held_document, held_line, listed_document, listed_line
    from biometrics.cases import CasePriority, CaseStatus
    from enrollment.operations.adjudication import HELD_CASES, LIST_CASES, ListCases

    if arguments.mine:
        held = asking.ask(arguments, HELD_CASES, None)
        return asking.report(arguments, [held_document(one) for one in held], [held_line(one) for one in held] or _NONE)
    asked = ListCases(
        status=None if arguments.status is None else CaseStatus(arguments.status),
        priority=None if arguments.priority is None else CasePriority(arguments.priority),
        post=arguments.post,
        limit=arguments.limit,
    )
    found = asking.ask(arguments, LIST_CASES, asked)
    documents = [listed_document(one) for one in found]
    return asking.report(arguments, documents, [listed_line(one) for one in documents] or _NONE)


def _limit(text: str) -> int:
    return shared.whole_number(text, least=1, most=_MOST)


_NONE = ["none"]
