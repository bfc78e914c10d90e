"""`kura rights reapply-erasures`: after the restore of an older backup, whoever was erased since is erased again."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.rights_steps import inputs

NAME, SUMMARY = "reapply-erasures", "after a restore, erase again whoever the list names; this takes two people"
ROLE = "supervisor"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("file", type=Path, metavar="FILE", help="the list that kura rights erasures --list-to wrote")
    inputs.add_second(step)


def run(arguments: argparse.Namespace) -> int:
    """Erase again, and say whom."""
    from api.rights.reapplying import read_list, reapply

    listed = read_list(arguments.file)
    with asking.service(arguments) as service:
        done = reapply(service.call, listed, arguments.approver)
    document = {"erased": list(done.erased), "known": done.known, "refused": list(done.refused)}
    lines = [f"{shared.counted(len(done.erased), 'person')} erased again, {done.known} were not there"]
    return asking.report(arguments, document, [*lines, *done.refused])
