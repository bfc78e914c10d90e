"""`kura audit`: the log of everything that was done, read and decided; proved, exported, anchored and verified."""

from __future__ import annotations

import argparse
from types import ModuleType

from api.verbs import steps
from api.verbs.audit_steps import anchor, check_proof, export, prove, status, verify

SUMMARY = "verify the audit log offline, prove events, export it, and see that it is anchored"

STEPS: tuple[ModuleType, ...] = (status, verify, export, prove, check_proof, anchor)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    for step, module in steps.declare(parser, STEPS):
        module.add_arguments(step)


def run(arguments: argparse.Namespace) -> int:
    """Do the step."""
    return steps.run(arguments)
