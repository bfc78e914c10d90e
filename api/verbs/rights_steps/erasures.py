"""`kura rights erasures`: who was erased, by identifier, and erasures that were interrupted gone on with."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import arguments as shared
from api.verbs import asking

NAME, SUMMARY, ROLE = "erasures", "list erasures, finish interrupted ones, keep the list outside", "supervisor"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("--finish", action="store_true", help="go on with those that were interrupted")
    step.add_argument(
        "--list-to", type=Path, metavar="FILE", help="write the list, for kura rights reapply-erasures after a restore"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print a line each."""
    from api.rights.reapplying import write_list
    from api.rights.views import erasure_line, record_document
    from enrollment.operations.rights_erasure import ERASURES
    from enrollment.rights.erasing import resume, unfinished

    if arguments.list_to is not None:
        shared.require_writable(arguments.list_to)
    with asking.service(arguments) as service:
        if arguments.finish:
            for one in unfinished(service.call):
                resume(service.call, one)
        found = service.call(ERASURES, None)
    if arguments.list_to is not None:
        write_list(arguments.list_to, found)
    return asking.report(arguments, [record_document(one) for one in found], [erasure_line(one) for one in found])
