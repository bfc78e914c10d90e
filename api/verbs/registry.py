"""`kura registry`: what is recorded, and whether it is whole."""

from __future__ import annotations

import argparse
from types import ModuleType

from api.verbs import steps
from api.verbs.registry_steps import (
    backup,
    check,
    events,
    export,
    extract,
    galleries,
    import_,
    init,
    migrate,
    persons,
    purge,
    receipts,
    reextract,
    reindex,
    restore,
    stats,
    status,
    sweep,
)

SUMMARY = "show what is recorded, check that it is whole, move it to another model"

STEPS: tuple[ModuleType, ...] = (
    init,
    migrate,
    status,
    stats,
    persons,
    events,
    galleries,
    check,
    receipts,
    sweep,
    backup,
    restore,
    purge,
    import_,
    extract,
    export,
    reextract,
    reindex,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    for step, module in steps.declare(parser, STEPS):
        module.add_arguments(step)


def run(arguments: argparse.Namespace) -> int:
    """Do the step."""
    return steps.run(arguments)
