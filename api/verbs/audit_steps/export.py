"""`kura audit export`: the log as a file that anybody can verify."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.registry_steps import showing

NAME, SUMMARY = "export", "write the whole log into a new file, an event a line, under a signed head"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("file", type=Path, metavar="FILE", help="a new file")
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Export; others may go on meanwhile."""
    from api.progress import progress_display
    from enrollment.operations.auditing import SIGN_HEAD
    from registry.audit_log.anchors import read_anchor

    shared.require_writable(arguments.file)
    head = read_anchor(asking.ask(arguments, SIGN_HEAD, None))
    with showing.opened(arguments) as registry, progress_display() as progress:
        registry.audit_log.export(head, arguments.file, progress)
    state = head.anchor.head
    document = {"file": str(arguments.file), "log": state.log_id, "events": state.size, "root": state.root.hex()}
    return asking.report(
        arguments,
        document,
        [f"{shared.counted(state.size, 'event')} are in {arguments.file}", f"root {document['root']}"],
    )
