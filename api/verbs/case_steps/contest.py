"""`kura case contest`: an applicant does not agree."""

from __future__ import annotations

import argparse

from api.verbs import asking
from api.verbs.case_steps import inputs

NAME, SUMMARY, ROLE = "contest", "open a closed case again because the applicant contests it", "operator"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    inputs.add_case(step)
    inputs.add_reason(step, "what the applicant says")


def run(arguments: argparse.Namespace) -> int:
    """Open it again; what was decided is undone until others decide."""
    from enrollment.operations.adjudication import CONTEST_CASE, OpenCaseAgain

    number = asking.ask(arguments, CONTEST_CASE, OpenCaseAgain(case_id=arguments.case, reason=arguments.reason))
    line = f"{arguments.case}: open again, round {number}; others than before decide"
    return asking.report(arguments, {"case_id": arguments.case, "round": number}, [line])
