"""`kura registry export`: everybody, or a gallery, in open formats."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from api.verbs import arguments as shared
from api.verbs import asking

NAME = "export"
SUMMARY = "write persons as JSON Lines with their images into a new folder; an interrupted export is gone on with"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("folder", type=Path, metavar="FOLDER", help="a new folder, or that of an interrupted export")
    step.add_argument("--gallery", metavar="NAME", help="only encounters of this gallery, and whose they are")
    step.add_argument("--cbeff", action="store_true", help="images as a CBEFF file per encounter")
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Export; the audit trail names everybody whose data leave, and --purpose."""
    from api import serving
    from api.installation import open_installation
    from api.progress import progress_display
    from registry.transfer.exporting import ExportOrder, export_people

    order = ExportOrder(actor=shared.actor_of(arguments), gallery=arguments.gallery, cbeff=arguments.cbeff)
    installation = open_installation(arguments.home, create=False)
    with serving.owned_registry(installation, create=False) as registry, progress_display() as progress:
        manifest = export_people(registry, arguments.folder, order, progress)
    simulated = f", {manifest.simulated_persons} of them simulated" if manifest.simulated_persons else ""
    lines = [
        f"{shared.counted(manifest.persons, 'person')}{simulated}",
        f"{shared.counted(manifest.encounters, 'encounter')}, {shared.counted(manifest.samples, 'sample')}, "
        f"{shared.counted(manifest.references, 'template')}",
        f"all of it is in {arguments.folder}, unencrypted: keep it from others",
        "its manifest is signed: whoever gets it verifies it with the keys of kura sign keys --purpose exports",
    ]
    return asking.report(arguments, {"folder": str(arguments.folder), **asdict(manifest)}, lines)
