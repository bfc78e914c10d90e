"""`kura registry`: what is recorded, and whether it is whole."""

from __future__ import annotations

import argparse
from types import ModuleType

from api.verbs import arguments as shared
from api.verbs.registry_steps import (
    backup,
    check,
    events,
    export,
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
    export,
    reextract,
    reindex,
)
"""Each with NAME, SUMMARY, `add_arguments` and `run`; it imports what it needs inside `run`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    verbs = parser.add_subparsers(title="steps", metavar="STEP", required=True, dest="step")
    for module in STEPS:
        step = verbs.add_parser(module.NAME, help=module.SUMMARY, description=module.SUMMARY)
        shared.add_home(step)
        shared.add_json(step)
        module.add_arguments(step)
        step.set_defaults(step_module=module)


def run(arguments: argparse.Namespace) -> int:
    """Do the step."""
    code: int = arguments.step_module.run(arguments)
    return code
