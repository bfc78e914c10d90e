"""`kura registry sweep`: files that no record names."""

from __future__ import annotations

import argparse

from api.verbs import arguments as shared
from api.verbs import asking

NAME, SUMMARY = "sweep", "remove sample files that an interrupted enrollment left behind"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Remove."""
    from enrollment.operations.upkeep import SWEEP

    removed = asking.ask(arguments, SWEEP, None)
    return asking.report(arguments, {"removed": removed}, [f"{removed} files removed"])
