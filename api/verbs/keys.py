"""`kura keys`: what protects the registry, and how its keys are exchanged."""

from __future__ import annotations

import argparse
from types import ModuleType

from api.verbs import steps
from api.verbs.keys_steps import change, check, make, recovery, rotate, status, token

SUMMARY = "say which key protects the registry, exchange keys, make a recovery key, check that all opens"

STEPS: tuple[ModuleType, ...] = (status, check, rotate, recovery, make, token, change)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    for step, module in steps.declare(parser, STEPS):
        module.add_arguments(step)


def run(arguments: argparse.Namespace) -> int:
    """Do the step."""
    return steps.run(arguments)
