"""`kura gallery build`: a gallery brought into memory, and a snapshot of it written."""

from __future__ import annotations

import argparse

from api.verbs import asking
from api.verbs.gallery_steps import showing

NAME, SUMMARY = (
    "build",
    "load a gallery from disk, or build it from the registry, and write a snapshot",
)


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    showing.add_arguments(step)


def run(arguments: argparse.Namespace) -> int:
    """Build, write, and say which of the two ways it went and why."""
    with showing.service(arguments) as service:
        figures = service.keep_gallery(gallery_id=arguments.gallery)
    return asking.report(arguments, showing.document(figures), [showing.how_opened(figures), showing.how_kept(figures)])
