"""`kura case reopen`: a supervisor wants a closed case judged again."""

from __future__ import annotations

import argparse

from api.verbs import asking
from api.verbs.case_steps import inputs

NAME, SUMMARY, ROLE = "reopen", "open a closed case again and undo what closing it did", "supervisor"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    inputs.add_case(step)
    inputs.add_reason(step, "why it must be judged again")


def run(arguments: argparse.Namespace) -> int:
    """Open it again."""
    from enrollment.operations.adjudication import REOPEN_CASE, OpenCaseAgain

    number = asking.ask(arguments, REOPEN_CASE, OpenCaseAgain(case_id=arguments.case, reason=arguments.reason))
    line = f"{arguments.case}: open again, round {number}; others than before decide"
    return asking.report(arguments, {"case_id": arguments.case, "round": number}, [line])
