"""`kura rights release`: a legal hold is lifted."""

from __future__ import annotations

import argparse

from api.verbs import asking
from api.verbs.rights_steps import inputs

NAME, SUMMARY, ROLE = "release", "lift a legal hold; this takes two people", "supervisor"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("hold", metavar="HOLD", help="identifier of the hold")
    inputs.add_reason(step)
    inputs.add_second(step)


def run(arguments: argparse.Namespace) -> int:
    """Lift."""
    from api.rights.views import hold_line, record_document
    from biometrics.samples import now_utc
    from enrollment.operations.rights_measures import LIFT_HOLD, EndMeasure

    asked = EndMeasure(measure_id=arguments.hold, reason=arguments.reason, approver=arguments.approver)
    lifted = asking.ask(arguments, LIFT_HOLD, asked)
    return asking.report(arguments, record_document(lifted), [hold_line(lifted, now_utc())])
