"""Verbs made of steps, each in a module of its own."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from types import ModuleType

from api.verbs import arguments as shared


def declare(
    parser: argparse.ArgumentParser, modules: Iterable[ModuleType]
) -> Iterator[tuple[argparse.ArgumentParser, ModuleType]]:
    """Add a step per module, with --home and --json, and yield its parser for the module's own arguments.

    A module has NAME, SUMMARY, `add_arguments` and `run`; it imports what it needs inside `run`.
    """
    verbs = parser.add_subparsers(title="steps", metavar="STEP", required=True, dest="step")
    for module in modules:
        step = verbs.add_parser(module.NAME, help=module.SUMMARY, description=module.SUMMARY)
        shared.add_home(step)
        shared.add_json(step)
        step.set_defaults(step_module=module)
        yield step, module


def run(arguments: argparse.Namespace) -> int:
    """Do the step that the command names."""
    code: int = arguments.step_module.run(arguments)
    return code
