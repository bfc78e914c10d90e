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

    installation = open_installation(arguments.home, create=False)
    if arguments.check:
        found = serving.planned_migration(installation)
    else:
        found = serving.migrate_registry(installation, shared.actor_of(arguments), copy=not arguments.no_copy)
    document = {
        "from_version": found.before,
        "to_version": found.after,
        "needed": found.needed,
        "migrated": found.needed and not arguments.check,
        "copy": None if found.copy is None else str(found.copy),
    }
    lines = [f"the registry has schema version {found.before}, which is the present one"]
    if found.needed:
        told = "to be migrated" if arguments.check else "migrated"
        lines = [f"{told} from schema version {found.before} to {found.after}"]
    if found.copy is not None:
        lines.append(f"the older registry is kept as {found.copy}; remove it once all is well")
    return asking.report(arguments, document, lines)
