"""`kura registry galleries`: who is searched together, and for what."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from api.verbs import arguments as shared
from api.verbs import asking

if TYPE_CHECKING:
    from enrollment.engine.service import EnrollmentService
    from registry.galleries import GalleryRecord

NAME, SUMMARY = "galleries", "list the galleries, add one, or put an encounter into one or take it out"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    asked = step.add_mutually_exclusive_group()
    asked.add_argument("--add", metavar="GALLERY", help="create a gallery; --for says what it is for")
    asked.add_argument("--put", nargs=2, metavar=("ENCOUNTER", "GALLERY"), help="let an encounter be found there too")
    asked.add_argument("--take-out", nargs=2, metavar=("ENCOUNTER", "GALLERY"), help="let it no longer be found there")
    step.add_argument("--for", dest="gallery_purpose", metavar="TEXT", help="purpose of a new gallery")
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Do what is asked, and list the galleries."""
    from api.command_line import MISUSE

    if (arguments.add is None) != (arguments.gallery_purpose is None):
        shared.complain("--add and --for go together")
        return MISUSE
    with asking.service(arguments) as service:
        found = _ask(arguments, service)
    documents = [
        {
            "gallery": one.gallery_id,
            "purpose": one.purpose,
            "encounters": one.encounters,
            "created_at": one.created_at.isoformat(),
        }
        for one in found
    ]
    lines = [f"{one.gallery_id}  {one.purpose}  {shared.counted(one.encounters, 'encounter')}" for one in found]
    return asking.report(arguments, documents, lines)


def _ask(arguments: argparse.Namespace, service: EnrollmentService) -> tuple[GalleryRecord, ...]:
    from enrollment.operations.galleries import (
        CREATE_GALLERY,
        KNOWN_GALLERIES,
        PLACE_ENCOUNTER,
        CreateGallery,
        PlaceEncounter,
    )

    if arguments.add is not None:
        asked = CreateGallery(gallery_id=arguments.add, purpose=arguments.gallery_purpose)
        return service.call(CREATE_GALLERY, asked)
    if (placed := arguments.put or arguments.take_out) is not None:
        encounter_id, gallery_id = placed
        take_out = arguments.put is None
        place = PlaceEncounter(encounter_id=encounter_id, gallery_id=gallery_id, take_out=take_out)
        return service.call(PLACE_ENCOUNTER, place)
    return service.call(KNOWN_GALLERIES, None)
