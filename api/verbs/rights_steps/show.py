"""`kura rights show`: how the rights of a person stand."""

from __future__ import annotations

import argparse

from api.verbs import asking
from api.verbs.rights_steps import inputs

NAME, SUMMARY, ROLE = "show", "show requests, locks, objections and legal holds of a person", "supervisor"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    inputs.add_person(step)


def run(arguments: argparse.Namespace) -> int:
    """Print a line each."""
    from api.rights.views import hold_line, request_line, restriction_line, rights_document
    from biometrics.samples import now_utc
    from enrollment.operations.rights import SHOW_RIGHTS, NamedPerson

    shown, now = asking.ask(arguments, SHOW_RIGHTS, NamedPerson(person=arguments.person)), now_utc()
    lines = [request_line(one, now) for one in shown.requests]
    lines += [restriction_line(one) for one in shown.restrictions]
    lines += [hold_line(one, now) for one in shown.holds]
    return asking.report(arguments, rights_document(shown), lines)
