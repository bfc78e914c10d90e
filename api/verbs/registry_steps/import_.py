"""`kura registry import`: many persons at once, from a folder or a file with a person per line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from api.verbs import asking

if TYPE_CHECKING:
    from registry.transfer.jobs import ImportJob

NAME = "import"
SUMMARY = "record many persons from an exchange folder or a JSON Lines file; an interrupted import is gone on with"

_GALLERY = "citizens"
_EXTRACT = "kura registry extract"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument(
        "source", type=Path, metavar="FOLDER|FILE", help="an exported folder, or a file with a person a line"
    )
    step.add_argument(
        "--errors",
        type=Path,
        metavar="FILE",
        help="where refused lines are reported, one JSON object each (default: in the reports of the home)",
    )
    step.add_argument(
        "--gallery",
        default=_GALLERY,
        metavar="NAME",
        help=f"gallery of encounters that name none (default: {_GALLERY})",
    )
    step.add_argument(
        "--signed-by",
        type=Path,
        metavar="KEYS.json",
        help="refuse a folder that none of these keys signed, as kura sign keys writes them (default: not asked)",
    )
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Import; 3 when lines were refused."""
    from api import serving
    from api.command_line import BAD_INPUT
    from api.installation import open_installation
    from api.progress import progress_display
    from api.verbs.sign_steps.verifying import trusted_keys
    from registry.transfer.importing import ImportOrder, import_people
    from registry.transfer.source import require_source

    if arguments.errors is not None:
        shared.require_writable(arguments.errors)
    actor = shared.actor_of(arguments)
    require_source(arguments.source)  # before a home is made for nothing
    signers = None if arguments.signed_by is None else trusted_keys(arguments.signed_by)
    installation = open_installation(arguments.home, create=True)
    order = ImportOrder(
        actor=actor,
        reports=installation.reports,
        report=arguments.errors,
        gallery=arguments.gallery,
        signers=signers,
    )
    with serving.owned_registry(installation, create=True) as registry, progress_display() as progress:
        job = import_people(registry, arguments.source, order, progress)
        with registry.reading() as record:
            waiting = record.extraction.waiting()
    code = asking.report(arguments, _document(job) | {"waiting_pictures": waiting}, _lines(job, waiting))
    return BAD_INPUT if job.refused else code


def _document(job: ImportJob) -> dict[str, Any]:
    return {
        "import_id": job.import_id,
        "source": job.source,
        "sha256": job.sha256,
        "added": job.added,
        "completed": job.completed,
        "skipped": job.skipped,
        "refused": job.refused,
        "encounters": job.encounters,
        "report": job.report if job.refused else None,
    }


def _lines(job: ImportJob, waiting: int) -> list[str]:
    lines = [f"{shared.counted(job.added, 'person')} added, with {shared.counted(job.encounters, 'encounter')}"]
    if job.completed:
        lines.append(f"{shared.counted(job.completed, 'person')} enrolled before, what they state added")
    if job.skipped:
        lines.append(f"{shared.counted(job.skipped, 'person')} recorded already, exactly so: skipped")
    if job.refused:
        lines.append(f"{shared.counted(job.refused, 'line')} refused: see {job.report}; correct them into a new file")
    if waiting:
        lines.append(f"{shared.counted(waiting, 'picture')} without templates: make them searchable with {_EXTRACT}")
    if job.encounters:
        lines.append("nobody was compared with anybody: find duplicates with kura dedup run")
    return lines
