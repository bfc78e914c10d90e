"""`kura keys rotate`: a new root key in the place of the old one."""

from __future__ import annotations

import argparse

from api.verbs import arguments as shared
from api.verbs import asking

NAME = "rotate"
SUMMARY = "make a new root key and wrap all keys by it, beside everybody's work; interrupted, it goes on when repeated"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Wrap piece by piece; an engine serves everybody else between two pieces."""
    from api.progress import progress_display
    from enrollment.operations.keys import BEGIN_ROTATION, ROTATE

    done = 0
    with asking.service(arguments) as service, progress_display() as progress:
        begun = service.call(BEGIN_ROTATION, None)
        piece = service.call(ROTATE, None)
        while not piece.finished:
            done += piece.wrapped
            progress(done, max(begun.left, done), "keys")
            piece = service.call(ROTATE, None)
        done += piece.wrapped
    document = {"generation": begun.generation, "keys": done, "destroyed": list(piece.destroyed)}
    said = f"{shared.counted(done, 'key')} wrapped by generation {begun.generation} of the root key; the former is gone"
    return asking.report(arguments, document, [said])
