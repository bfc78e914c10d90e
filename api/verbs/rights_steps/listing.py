"""`kura rights list`: what waits for an answer."""

from __future__ import annotations

import argparse

from api.verbs import asking

NAME, SUMMARY, ROLE = "list", "list the requests without an answer, the most urgent first", "operator"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("--overdue", action="store_true", help="only those that should have been answered by now")


def run(arguments: argparse.Namespace) -> int:
    """Print a line each."""
    from api.rights.views import record_document, request_line
    from biometrics.samples import now_utc
    from enrollment.operations.rights import LIST_REQUESTS, ListRequests

    found = asking.ask(arguments, LIST_REQUESTS, ListRequests(overdue=arguments.overdue))
    document = [record_document(one) for one in found]
    return asking.report(arguments, document, [request_line(one, now_utc()) for one in found])
