"""`kura registry export`: everybody, or a gallery, in open formats."""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from api.verbs import arguments as shared
from api.verbs import asking

if TYPE_CHECKING:
    from api.rights.rights_settings import Abroad

NAME = "export"
SUMMARY = "write persons as JSON Lines with their images into a new folder; an interrupted export is gone on with"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("folder", type=Path, metavar="FOLDER", help="a new folder, or that of an interrupted export")
    step.add_argument("--gallery", metavar="NAME", help="only encounters of this gallery, and whose they are")
    step.add_argument("--cbeff", action="store_true", help="images as a CBEFF file per encounter")
    step.add_argument("--country", metavar="CODE", help="where the folder goes, if to another country (FRA)")
    step.add_argument("--transfer-authorisation", metavar="TEXT", help="what allows that it goes there")
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Export; the audit trail names everybody whose data leave, and --purpose."""
    from api import serving
    from api.installation import open_installation
    from api.progress import progress_display
    from biometrics.rights.abroad import flagged
    from registry.rights.actions import TRANSFER_ABROAD
    from registry.transfer.exporting import ExportOrder, export_people

    installation = open_installation(arguments.home, create=False)
    going = _abroad(arguments, installation.home)
    actor = shared.actor_of(arguments)
    actor = actor if going is None else replace(actor, scope=flagged(None, going.country))
    order = ExportOrder(actor=actor, gallery=arguments.gallery, cbeff=arguments.cbeff)
    with serving.owned_registry(installation, create=False) as registry, progress_display() as progress:
        if going is not None:
            with registry.writing(actor) as writer:
                writer.append_event(TRANSFER_ABROAD, None, asdict(going))
        manifest = export_people(registry, arguments.folder, order, progress)
    simulated = f", {manifest.simulated_persons} of them simulated" if manifest.simulated_persons else ""
    lines = [
        f"{shared.counted(manifest.persons, 'person')}{simulated}",
        f"{shared.counted(manifest.encounters, 'encounter')}, {shared.counted(manifest.samples, 'sample')}, "
        f"{shared.counted(manifest.references, 'template')}",
        f"all of it is in {arguments.folder}, unencrypted: keep it from others",
        "its manifest is signed: whoever gets it verifies it with the keys of kura sign keys --purpose-of-key exports",
    ]
    return asking.report(arguments, {"folder": str(arguments.folder), **asdict(manifest)}, lines)


def _abroad(arguments: argparse.Namespace, home: Path) -> Abroad | None:
    """Return to which other country the folder goes.

    Raises
    ------
    ConfigurationError
        When nothing is said that allows it.
    """
    from api.rights.rights_settings import Abroad, read_rights_settings
    from biometrics.errors import ConfigurationError

    if arguments.country is None:
        return None
    going = Abroad(country=arguments.country, authorisation=arguments.transfer_authorisation or "")
    if going.country == read_rights_settings(home).authority.country:
        return None
    if not going.authorisation:
        raise ConfigurationError(
            "nothing is said to allow that data leave the country",
            source=going.country,
            remedy="name the authorisation with --transfer-authorisation",
        )
    return going
