"""`kura person`: what is recorded about somebody, and how it is corrected."""

from __future__ import annotations

import argparse
from types import ModuleType

from api.verbs import arguments as shared
from api.verbs.person_steps import correct, event, evidence, except_, find, guardian, merge, move, number, show, unmerge

SUMMARY = "find persons, show what is recorded about them, and correct it"

STEPS: tuple[ModuleType, ...] = (show, find, correct, number, evidence, except_, guardian, event, merge, unmerge, move)
"""Each with NAME, SUMMARY, `add_arguments` and `run`; it imports what it needs inside `run`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    verbs = parser.add_subparsers(title="steps", metavar="STEP", required=True, dest="step")
    for module in STEPS:
        step = verbs.add_parser(module.NAME, help=module.SUMMARY, description=module.SUMMARY)
        shared.add_home(step)
        shared.add_json(step)
        module.add_arguments(step)
        step.set_defaults(step_module=module)


def run(arguments: argparse.Namespace) -> int:
    """Do the step."""
    code: int = arguments.step_module.run(arguments)
    return code
