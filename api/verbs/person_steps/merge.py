"""`kura person merge`: two persons on record found to be one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

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
    return asking.report(arguments, document(done), [line])


def document(done: Merged) -> dict[str, Any]:
    """Return a merge as JSON shows it."""
    merge = done.merge
    return {
        "merge_id": merge.merge_id,
        "person": done.source.label,
        "into": done.into.label,
        "subject_id": merge.source_id,
        "into_id": merge.into_id,
        "simulated": done.source.simulated,
        "encounters": list(merge.encounters),
        "reason": merge.reason,
        "actor": merge.actor,
        "case_id": merge.case_id,
        "merged_at": merge.merged_at.isoformat(),
        "undone_at": None if merge.undone_at is None else merge.undone_at.isoformat(),
    }


def _named(done: Merged) -> tuple[str, str]:
    return (
        shared.named(done.source.label, done.source.simulated),
        shared.named(done.into.label, done.into.simulated),
    )
