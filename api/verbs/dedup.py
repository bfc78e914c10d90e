"""`kura dedup`: everybody enrolled against everybody, as runs that can be interrupted and gone on with."""

from __future__ import annotations

import argparse
from types import ModuleType

from api.verbs import arguments as shared
from api.verbs import steps
from api.verbs.dedup_steps import begin, report, resume, status

SUMMARY = "compare everybody enrolled with everybody and report possible duplicates"

STEPS: tuple[ModuleType, ...] = (begin, status, resume, report)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    verbs = parser.add_subparsers(title="steps", metavar="STEP", required=True)
    for module in STEPS:
        step = verbs.add_parser(module.NAME, help=module.SUMMARY, description=module.SUMMARY)
        shared.add_home(step)
        step.set_defaults(step_module=module)
        module.add_arguments(step)


def run(arguments: argparse.Namespace) -> int:
    """Do the step."""
    return steps.run(arguments)
