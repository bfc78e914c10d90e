"""`kura case examiners`: how often examiners err on cases whose answer is known."""

from __future__ import annotations

import argparse

from api.verbs import asking

NAME, SUMMARY, ROLE = "examiners", "show how often each examiner erred on cases whose answer is known", "supervisor"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare nothing: every step takes --home, --json, --actor and --role."""


def run(arguments: argparse.Namespace) -> int:
    """Show the errors, each a rate with its interval."""
    from api.case_views import errors_document, errors_line
    from enrollment.operations.adjudication import EXAMINER_ERRORS

    found = asking.ask(arguments, EXAMINER_ERRORS, None)
    lines = [errors_line(one) for one in found] or ["no case with a known answer was judged yet"]
    return asking.report(arguments, [errors_document(one) for one in found], lines)
