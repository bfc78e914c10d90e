"""`kura case decide`: one's verdict on a case one holds."""

from __future__ import annotations

import argparse

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.case_steps import inputs

NAME, SUMMARY, ROLE = (
    "decide",
    "give your verdict on a case you hold; what is adverse needs a second examiner",
    "examiner",
)


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from biometrics.cases import CaseOutcome

    inputs.add_case(step)
    step.add_argument("--outcome", required=True, choices=[one.value for one in CaseOutcome], help="what you found")
    inputs.add_reason(step, "what you saw, in a sentence")
    step.add_argument(
        "--with", dest="candidate", type=shared.positive, metavar="NUMBER", help="which candidate, of several"
    )


def run(arguments: argparse.Namespace) -> int:
    """Record the verdict, and tell nothing of what others found."""
    from biometrics.cases import CaseOutcome
    from enrollment.operations.adjudication import DECIDE_CASE, DecideCase

    asked = DecideCase(
        case_id=arguments.case,
        outcome=CaseOutcome(arguments.outcome),
        reason=arguments.reason,
        candidate=arguments.candidate,
    )
    asking.ask(arguments, DECIDE_CASE, asked)
    document = {"case_id": arguments.case, "outcome": arguments.outcome}
    return asking.report(arguments, document, [f"{arguments.case}: your verdict is recorded"])
