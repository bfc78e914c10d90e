"""`kura sign`: the keys that sign for this installation, and signatures verified."""

from __future__ import annotations

import argparse
from types import ModuleType

from api.verbs import steps
from api.verbs.sign_steps import end, keys, replace, token_key, verify

SUMMARY = "show, replace and end the keys that sign; verify signatures"

STEPS: tuple[ModuleType, ...] = (keys, replace, end, token_key, verify)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    for step, module in steps.declare(parser, STEPS):
        module.add_arguments(step)


def run(arguments: argparse.Namespace) -> int:
    """Do the step."""
    return steps.run(arguments)
