"""`kura gallery renew`: other vectors for everybody, so that galleries that were copied match nothing any more."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.gallery_steps import showing

if TYPE_CHECKING:
    from api.installation import Installation
    from biometrics.protocols import Progress
    from biometrics.records import Actor
    from enrollment.keeping import GalleryFigures

NAME, SUMMARY = "renew", "turn all vectors by a new key and build every gallery anew; no engine may be running"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Make the key anew, build and write; a run that is cut off is made good by the next start of any gallery."""
    from api.installation import open_installation
    from api.progress import progress_display

    installation = open_installation(arguments.home, create=False)
    with progress_display() as progress:
        done = _renew(installation, shared.actor_of(arguments), progress)
    lines = [f"{one.gallery_id}: {showing.how_kept(one)}" for one in done]
    told = {"galleries": [showing.document(one) for one in done]}
    return asking.report(arguments, told, ["vectors are turned by a new key", *lines])


def _renew(installation: Installation, actor: Actor, progress: Progress) -> list[GalleryFigures]:
    """Renew the key, and every gallery that has a snapshot.

    Raises
    ------
    RecordBusyError
        When an engine runs.
    RecordError, GalleryError, ConfigurationError
        When a gallery cannot be built.
    """
    from api import serving, wiring
    from api.galleries import VECTORS_KEY, kept_galleries
    from registry.access import VECTORS_RENEWED

    with serving.owned_registry(installation, create=False) as registry:
        wiring.open_galleries(registry, installation)  # refuses what could not be built before anything is changed
        registry.keys.renew(VECTORS_KEY)
        with registry.writing(actor) as writer:
            writer.append_event(VECTORS_RENEWED, None, {"galleries": list(kept_galleries(installation))})
        galleries = wiring.open_galleries(registry, installation)
        for gallery_id in kept_galleries(installation):
            galleries.open(gallery_id, progress)
            galleries.keep(gallery_id)
        return [galleries.figures(gallery_id) for gallery_id in kept_galleries(installation)]
