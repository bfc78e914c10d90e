"""`kura rights lift`: data that were locked may be used again."""

from __future__ import annotations

import argparse

from api.verbs import asking
from api.verbs.rights_steps import inputs

NAME, SUMMARY, ROLE = "lift", "let data that were locked be used again; this takes two people", "supervisor"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("restriction", metavar="RESTRICTION", help="identifier of the lock or objection")
    inputs.add_reason(step)
    inputs.add_second(step)


def run(arguments: argparse.Namespace) -> int:
    """Lift."""
    from api.rights.views import record_document, restriction_line
    from enrollment.operations.rights_measures import LIFT_RESTRICTION, EndMeasure

    asked = EndMeasure(measure_id=arguments.restriction, reason=arguments.reason, approver=arguments.approver)
    lifted = asking.ask(arguments, LIFT_RESTRICTION, asked)
    return asking.report(arguments, record_document(lifted), [restriction_line(lifted)])
