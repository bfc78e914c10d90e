"""Whether a snapshot is as it was written, and what it holds is what the registry holds."""

from __future__ import annotations

import time
from dataclasses import dataclass

from biometrics.errors import ConfigurationError, GalleryError, RecordError, TemplateError
from biometrics.protocols import Progress, no_progress
from enrollment.keeping.headers import Header
from enrollment.keeping.opening import GalleryMaker, Place, load_gallery
from matching.keeping import open_snapshot
from registry.gallery_view import GalleryView


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What is wrong with a snapshot, of which change it is, and what finding out took."""

    faults: tuple[str, ...]
    generation: int | None
    seconds: float


def verify_snapshot(
    view: GalleryView, place: Place, maker: GalleryMaker, progress: Progress = no_progress, *, quick: bool = False
) -> Verified:
    """Verify the last snapshot of a gallery: every byte, its history, and what a gallery from it holds.

    Parameters
    ----------
    view
        The gallery in an open section of the registry.
    place, maker, progress
        As for `open_gallery`.
    quick
        Compare counts with the registry, instead of every reference.
    """
    begun, generation, faults = time.monotonic(), None, list[str]()
    try:
        snapshot = open_snapshot(place.folder, place.keys.find)
        if snapshot is None:
            return Verified(faults=("there is no snapshot",), generation=None, seconds=time.monotonic() - begun)
        with snapshot:
            faults += snapshot.faults(progress)
            header = Header.read(snapshot.header)
            generation = header.generation
            header.require_same_history(view)
        if not faults:
            loaded = load_gallery(view, place, maker, progress)
            if loaded is not None and not quick:
                loaded[0].check(view)
    except (GalleryError, TemplateError, ConfigurationError, RecordError) as error:
        faults.append(error.message if error.source is None else f"{error.source}: {error.message}")
    return Verified(faults=tuple(faults), generation=generation, seconds=time.monotonic() - begun)
