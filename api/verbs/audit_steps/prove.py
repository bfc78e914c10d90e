"""`kura audit prove`: that one event is in the log, without showing any other."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import arguments as shared
from api.verbs import asking

NAME, SUMMARY = "prove", "write the proof that an event is in the log; it shows this event and no other"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("event", type=shared.positive, metavar="N", help="number of the event")
    step.add_argument("file", type=Path, metavar="FILE", help="where to write the proof")
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Prove."""
    from biometrics.files import write_whole
    from enrollment.operations.auditing import PROVE_EVENT, ProveEvent

    shared.require_writable(arguments.file)
    proof = asking.ask(arguments, PROVE_EVENT, ProveEvent(sequence=arguments.event))
    write_whole(arguments.file, proof.encode() + b"\n")
    document = {"file": str(arguments.file), "event": arguments.event}
    return asking.report(arguments, document, [f"the proof of event {arguments.event} is in {arguments.file}"])
