"""`kura gallery verify`: whether the snapshot of a gallery is whole, and agrees with the registry."""

from __future__ import annotations

import argparse

from api.verbs import asking
from api.verbs.gallery_steps import showing

NAME, SUMMARY = "verify", "compare the snapshot of a gallery with what was written, and with the registry"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    showing.add_arguments(step)
    step.add_argument(
        "--quick", action="store_true", help="read files and counts only, instead of comparing every reference"
    )


def run(arguments: argparse.Namespace) -> int:
    """Verify in this process, beside an engine or without; 1 with reasons when anything differs."""
    from api import wiring
    from api.command_line import DONE, NEGATIVE
    from api.installation import open_installation
    from api.progress import progress_display

    installation = open_installation(arguments.home, create=False)
    with wiring.open_registry(installation, create=False) as registry, progress_display() as progress:
        galleries = wiring.open_galleries(registry, installation)
        found = galleries.verify(arguments.gallery, progress, quick=arguments.quick)
    told = {
        "gallery": arguments.gallery,
        "whole": not found.faults,
        "faults": list(found.faults),
        "generation": found.generation,
        "compared": not arguments.quick,
        "seconds": round(found.seconds, 3),
    }
    what = "its files and counts are" if arguments.quick else "every reference is"
    good = f"the snapshot of change {found.generation} is as it was written, and {what} as the registry says"
    asking.report(arguments, told, [f"FAULT  {fault}" for fault in found.faults] or [good])
    return NEGATIVE if found.faults else DONE
