"""`kura rights`: what people ask about their data, and what is done about it."""

from __future__ import annotations

import argparse
from types import ModuleType

from api.verbs import arguments as shared
from api.verbs import steps
from api.verbs.rights_steps import (
    answer,
    erase,
    erasures,
    explain,
    export,
    hold,
    lift,
    listing,
    lock,
    notices,
    notify,
    reapply,
    register,
    release,
    request,
    retention,
    show,
)

SUMMARY = "requests of people about their data: access, correction, lock, objection, erasure, explanation; retention"

STEPS: tuple[ModuleType, ...] = (
    request,
    listing,
    show,
    export,
    explain,
    answer,
    lock,
    lift,
    hold,
    release,
    erase,
    erasures,
    reapply,
    retention,
    register,
    notices,
    notify,
)
"""Each also with ROLE, the capacity in which it is usually done."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    for step, module in steps.declare(parser, STEPS):
        shared.add_actor(step)
        shared.add_role(step, module.ROLE)
        module.add_arguments(step)


def run(arguments: argparse.Namespace) -> int:
    """Do the step."""
    return steps.run(arguments)
