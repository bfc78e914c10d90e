"""`kura receipt`: signed receipts of what was captured."""

from __future__ import annotations

import argparse
from types import ModuleType

from api.verbs import steps
from api.verbs.receipt_steps import issue, waiting

SUMMARY = "make signed receipts of what was captured; kura sign verify --as receipts verifies them"

STEPS: tuple[ModuleType, ...] = (issue, waiting)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    for step, module in steps.declare(parser, STEPS):
        module.add_arguments(step)


def run(arguments: argparse.Namespace) -> int:
    """Do the step."""
    return steps.run(arguments)
