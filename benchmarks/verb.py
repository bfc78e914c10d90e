"""`kura bench`: error rates and speed on data of your own, and calibrations of scores."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Protocol, cast

from benchmarks.verb_arguments import add_steps

SUMMARY = "measure error rates and speed on known persons, calibrate scores, compare simulated prints with real ones"


class Step(Protocol):
    """What the module of a benchmark offers, `benchmarks/steps/<name>.py`; it is imported only to run it."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Measure, publish, and return the exit code."""
        ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_steps(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do the benchmark."""
    step = cast("Step", import_module(f"benchmarks.steps.{arguments.step}"))
    return step.run(arguments)
