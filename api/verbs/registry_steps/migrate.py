"""`kura registry migrate`: a registry that an older Kura wrote, brought to the present version."""

from __future__ import annotations

import argparse

from api.verbs import arguments as shared
from api.verbs import asking

NAME, SUMMARY = "migrate", "bring a registry that an older Kura wrote to the present version"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    asked = step.add_mutually_exclusive_group()
    asked.add_argument("--check", action="store_true", help="only say what would be done")
    asked.add_argument("--no-copy", action="store_true", help="keep no copy of the older registry: there is a backup")
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Migrate, or say what would be done; no engine may be running."""
    from api import serving
    from api.installation import open_installation
    from api.progress import progress_display

    installation = open_installation(arguments.home, create=False)
    if arguments.check:
        found = serving.planned_migration(installation)
    else:
        actor = shared.actor_of(arguments)
        with progress_display() as progress:
            found = serving.migrate_registry(installation, actor, copy=not arguments.no_copy, progress=progress)
    document = {
        "from_version": found.before,
        "to_version": found.after,
        "needed": found.needed,
        "migrated": found.needed and not arguments.check,
        "erased": found.erased,
        "copy": None if found.copy is None else str(found.copy),
    }
    lines = [f"the registry has schema version {found.before}, which is the present one"]
    if found.before != found.after:
        told = "to be migrated" if arguments.check else "migrated"
        lines = [f"{told} from schema version {found.before} to {found.after}"]
    elif found.unfinished and arguments.check:
        lines.append("an earlier migration left files that lie open; the command without --check erases them")
    if found.erased:
        lines.append(f"{shared.counted(found.erased, 'file')} that lay open erased; what is kept now is sealed")
    if found.copy is not None:
        lines += [
            f"the tables of the older registry are kept as {found.copy}: everything in it lies open",
            "remove it as soon as kura registry check finds nothing; --no-copy keeps none",
        ]
    return asking.report(arguments, document, lines)
