"""`kura case assign`: take the next case, or give one to somebody."""

from __future__ import annotations

import argparse

from api.verbs import asking

NAME, SUMMARY, ROLE = "assign", "take the next case for a while, or assign one", "examiner"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("case", nargs="?", metavar="CASE", help="identifier of the case (default: whichever is next)")
    step.add_argument("--to", metavar="EXAMINER", help="who shall hold it (default: you)")


def run(arguments: argparse.Namespace) -> int:
    """Assign; 1 when no case waits for this examiner."""
    from api.case_views import held_document, held_line
    from api.command_line import NEGATIVE
    from api.installation import open_installation
    from enrollment.operations.adjudication import ASSIGN_CASE, AssignCase

    settings = open_installation(arguments.home, create=False).settings
    asked = AssignCase(
        case_id=arguments.case,
        examiner=arguments.to,
        timeout_min=settings.case_timeout_min,
        seeded_share=settings.case_seeded_share,
    )
    held = asking.ask(arguments, ASSIGN_CASE, asked)
    if held is None:
        asking.report(arguments, None, ["no case waits for you"])
        return NEGATIVE
    return asking.report(arguments, held_document(held), [held_line(held)])
