"""`kura case`: questions for trained people, from taking one to explaining it to the applicant."""

from __future__ import annotations

import argparse
from types import ModuleType

from api.verbs import arguments as shared
from api.verbs.case_steps import assign, contest, decide, examiners, explain, listing, reopen, show

SUMMARY = "take, judge, contest and explain the cases that searches opened"

STEPS: tuple[ModuleType, ...] = (listing, assign, show, decide, contest, reopen, explain, examiners)
"""Each with NAME, SUMMARY, ROLE, `add_arguments` and `run`; it imports what it needs inside `run`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    verbs = parser.add_subparsers(title="steps", metavar="STEP", required=True, dest="step")
    for module in STEPS:
        step = verbs.add_parser(module.NAME, help=module.SUMMARY, description=module.SUMMARY)
        shared.add_home(step)
        shared.add_json(step)
        shared.add_actor(step)
        step.add_argument(
            "--role",
            choices=("operator", "examiner", "supervisor"),
            default=module.ROLE,
            help=f"in which capacity you act (default: {module.ROLE})",
        )
        module.add_arguments(step)
        step.set_defaults(step_module=module)


def run(arguments: argparse.Namespace) -> int:
    """Do the step."""
    code: int = arguments.step_module.run(arguments)
    return code
