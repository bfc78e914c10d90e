"""`kura devices`: what is connected, what it sees, and what is missing for it to work."""

from __future__ import annotations

import argparse
from types import ModuleType

from api.verbs import steps
from api.verbs.devices_steps import capture, doctor, info, listing, preview, simulate

SUMMARY = "list capture devices, preview and capture, say what is missing and how to install it, simulate devices"

STEPS: tuple[ModuleType, ...] = (listing, info, preview, capture, doctor, simulate)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    for step, module in steps.declare(parser, STEPS):
        module.add_arguments(step)


def run(arguments: argparse.Namespace) -> int:
    """Do the step."""
    return steps.run(arguments)
