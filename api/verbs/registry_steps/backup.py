"""`kura registry backup`: everything recorded, in one folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.registry_steps import showing

NAME, SUMMARY = "backup", "copy everything recorded into a new folder, verified; an interrupted backup is finished"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("folder", type=Path, metavar="FOLDER", help="a new folder, or that of an interrupted backup")
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Copy; enrollments may go on meanwhile."""
    from api.progress import progress_display
    from enrollment.operations.upkeep import NOTE_BACKUP

    asking.ask(arguments, NOTE_BACKUP, None)
    with showing.opened(arguments) as registry, progress_display() as progress:
        manifest = registry.upkeep.write_backup(arguments.folder, progress)
    rows = sum(table.rows for table in manifest.tables.values())
    document = {
        "folder": str(arguments.folder),
        "made_at": manifest.made_at,
        "change": manifest.change_sequence,
        "event": manifest.event_sequence,
        "event_digest": manifest.event_digest,
        "rows": rows,
        "samples": manifest.samples,
    }
    lines = [
        f"{shared.counted(rows, 'row')} and {shared.counted(manifest.samples, 'file')} are in {arguments.folder}",
        f"it ends at event {manifest.event_sequence} with digest {manifest.event_digest}",
        "the settings and models of one's own lie beside the registry: copy settings.toml and models too",
        "the key that opens it is not in it: keep that, or the recovery key, in another place",
    ]
    return asking.report(arguments, document, lines)
