"""`kura gallery`: the galleries that people are searched in, as they lie in memory and on the disk."""

from __future__ import annotations

import argparse
from types import ModuleType

from api.verbs import steps
from api.verbs.gallery_steps import build, compact, renew, stats, verify

SUMMARY = "write, verify, describe, tidy and renew the gallery on disk that an engine or a command starts from"

STEPS: tuple[ModuleType, ...] = (build, verify, stats, compact, renew)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    for step, module in steps.declare(parser, STEPS):
        module.add_arguments(step)


def run(arguments: argparse.Namespace) -> int:
    """Do the step."""
    return steps.run(arguments)
