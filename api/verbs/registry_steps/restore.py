"""`kura registry restore`: a backup put back."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import arguments as shared
from api.verbs import asking

NAME, SUMMARY = "restore", "put a backup back, into a new home or over an older state of the same registry"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("folder", type=Path, metavar="FOLDER", help="what kura registry backup wrote")
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Restore; no engine may be running."""
    from api import serving
    from api.installation import look_at_installation, open_installation
    from api.progress import progress_display
    from registry.backup.restoring import read_restorable, require_opening_in

    told = read_restorable(arguments.folder)  # before a home is made for nothing
    looked_at = look_at_installation(arguments.home)
    require_opening_in(looked_at.home, arguments.folder, told, looked_at.settings.protection.open())
    installation = open_installation(arguments.home, create=True)
    actor = shared.actor_of(arguments)
    with serving.owned_registry(installation, create=True) as registry, progress_display() as progress:
        manifest = registry.upkeep.restore(arguments.folder, actor, progress)
        persons = registry.counts().subjects
    document = {
        "persons": persons,
        "change": manifest.change_sequence,
        "event": manifest.event_sequence,
        "event_digest": manifest.event_digest,
        "samples": manifest.samples,
    }
    counted = f"{shared.counted(persons, 'person')} and {shared.counted(manifest.samples, 'file')} restored"
    lines = [counted, f"the backup ends at event {manifest.event_sequence} with digest {manifest.event_digest}"]
    return asking.report(arguments, document, lines)
