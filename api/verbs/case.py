"""`kura case`: questions for trained people, from taking one to explaining it to the applicant."""

from __future__ import annotations

import argparse
from types import ModuleType

from api.verbs import arguments as shared
from api.verbs import steps
from api.verbs.case_steps import assign, contest, decide, examiners, explain, listing, reopen, show

SUMMARY = "take, judge, contest and explain the cases that searches opened"

STEPS: tuple[ModuleType, ...] = (listing, assign, show, decide, contest, reopen, explain, examiners)
"""Each also with ROLE, the capacity in which it is usually done."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    for step, module in steps.declare(parser, STEPS):
        shared.add_actor(step)
        shared.add_role(step, module.ROLE)
        module.add_arguments(step)


def run(arguments: argparse.Namespace) -> int:
    """Do the step."""
    return steps.run(arguments)
