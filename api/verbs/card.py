"""`kura card`: signed records that documents are personalised with."""

from __future__ import annotations

import argparse
from types import ModuleType

from api.verbs import steps
from api.verbs.card_steps import issue, profiles, verify

SUMMARY = "make and verify the signed records that documents are personalised with"

STEPS: tuple[ModuleType, ...] = (profiles, issue, verify)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    for step, module in steps.declare(parser, STEPS):
        module.add_arguments(step)


def run(arguments: argparse.Namespace) -> int:
    """Do the step."""
    return steps.run(arguments)
