"""`kura rights hold`: an act of an authority keeps somebody from being erased."""

from __future__ import annotations

import argparse

from api.verbs import asking
from api.verbs.rights_steps import inputs

NAME, SUMMARY, ROLE = "hold", "keep a person from being erased, by an act of an authority", "supervisor"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    inputs.add_person(step)
    step.add_argument("--reference", required=True, metavar="TEXT", help="which act of which authority")
    step.add_argument("--until", type=inputs.day, metavar="DAY", help="when it ends by itself, as 2027-01-31")
    inputs.add_reason(step)


def run(arguments: argparse.Namespace) -> int:
    """Hold, and name the hold."""
    from api.rights.views import hold_line, record_document
    from biometrics.samples import now_utc
    from enrollment.operations.rights_measures import HOLD, HoldPerson

    asked = HoldPerson(
        person=arguments.person, reference=arguments.reference, reason=arguments.reason, until=arguments.until
    )
    placed = asking.ask(arguments, HOLD, asked)
    return asking.report(arguments, record_document(placed), [hold_line(placed, now_utc())])
