"""`kura person merge`: two persons on record found to be one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from api.person_views import merge_document
from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.person_steps import inputs

if TYPE_CHECKING:
    from enrollment.operations.merging import Merged

NAME, SUMMARY = "merge", "record that a person is another one: encounters move there, nothing is lost, it can be undone"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    inputs.add_person(step)
    step.add_argument("into", metavar="INTO", help="who the person is, named in the same ways")
    inputs.add_reason(step)
    inputs.add_second(step)


def run(arguments: argparse.Namespace) -> int:
    """Merge, and name the merge."""
    from enrollment.operations.merging import MERGE, MergePersons

    asked = MergePersons(
        person=arguments.person, into=arguments.into, reason=arguments.reason, approver=arguments.approver
    )
    done = asking.ask(arguments, MERGE, asked)
    moved = shared.counted(len(done.merge.encounters), "encounter")
    line = f"{_named(done)[0]} is {_named(done)[1]} now, with {moved}; merge {done.merge.merge_id}"
    return asking.report(arguments, merge_document(done), [line])


def _named(done: Merged) -> tuple[str, str]:
    return (
        shared.named(done.source.label, done.source.simulated),
        shared.named(done.into.label, done.into.simulated),
    )
