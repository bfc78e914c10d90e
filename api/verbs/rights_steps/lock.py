"""`kura rights lock`: a person's data are kept and not used, for every purpose or for one."""

from __future__ import annotations

import argparse

from api.verbs import asking
from api.verbs.rights_steps import inputs

NAME, SUMMARY = "lock", "keep a person's data and use them no longer: for one purpose (an objection), or for all"
ROLE = "supervisor"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    inputs.add_person(step)
    step.add_argument("--for-purpose", metavar="PURPOSE", help="the one purpose that the person objects to")
    inputs.add_reason(step)
    inputs.add_request(step)


def run(arguments: argparse.Namespace) -> int:
    """Lock, and name the restriction."""
    from api.rights.views import record_document, restriction_line
    from enrollment.operations.rights_measures import RESTRICT, RestrictPerson

    asked = RestrictPerson(
        person=arguments.person,
        reason=arguments.reason,
        purpose=arguments.for_purpose,
        request_id=arguments.request,
    )
    placed = asking.ask(arguments, RESTRICT, asked)
    return asking.report(arguments, record_document(placed), [restriction_line(placed)])
