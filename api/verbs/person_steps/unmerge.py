"""`kura person unmerge`: a merge undone."""

from __future__ import annotations

import argparse

from api.person_views import merge_document
from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.person_steps import inputs

NAME, SUMMARY = "unmerge", "undo a merge: the encounters that came with it go back, what was enrolled since stays"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("merge", metavar="MERGE|PERSON", help="the merge, or the person who was merged")
    shared.add_actor(step)
    inputs.add_reason(step)


def run(arguments: argparse.Namespace) -> int:
    """Undo the merge."""
    from enrollment.operations.merging import UNMERGE, UnmergePersons

    done = asking.ask(arguments, UNMERGE, UnmergePersons(merge=arguments.merge, reason=arguments.reason))
    moved = shared.counted(len(done.merge.encounters), "encounter")
    names = [shared.named(one.label, one.simulated) for one in (done.source, done.into)]
    line = f"{names[0]} and {names[1]} are two persons again; {moved} went back"
    return asking.report(arguments, merge_document(done), [line])
