"""`kura person`: what is recorded about somebody, and how it is corrected."""

from __future__ import annotations

import argparse
from types import ModuleType

from api.verbs import arguments as shared
from api.verbs import steps
from api.verbs.person_steps import correct, event, evidence, except_, find, guardian, merge, move, number, show, unmerge

SUMMARY = "find persons, show what is recorded about them, and correct it"

STEPS: tuple[ModuleType, ...] = (show, find, correct, number, evidence, except_, guardian, event, merge, unmerge, move)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments; in another role than the usual one, locked persons are seen and corrected too."""
    for step, module in steps.declare(parser, STEPS):
        module.add_arguments(step)
        shared.add_role(step, "operator")


def run(arguments: argparse.Namespace) -> int:
    """Do the step."""
    return steps.run(arguments)
