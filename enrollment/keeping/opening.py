"""A gallery comes into memory: from its snapshot and the changes since, or from all changes, and why so."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from numpy.typing import NDArray

from biometrics.errors import ConfigurationError, GalleryError, RecordError, TemplateError
from biometrics.protocols import Progress, no_progress
from enrollment.keeping.headers import Header
from enrollment.keeping.keys import SnapshotKeys
from matching.gallery import Gallery
from matching.keeping import open_snapshot
from registry.gallery_view import GalleryView
from registry.reading import Reader

NO_SNAPSHOT = "there was no snapshot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A snapshot on the disk: of which change, when it was written, and its bytes."""

    generation: int
    written_at: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the snapshots of a gallery lie, and who knows the keys they are sealed with."""

    folder: Path
    keys: SnapshotKeys


class Origin(Enum):
    """Where a gallery in memory came from."""

    SNAPSHOT = "snapshot"
    REGISTRY = "registry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A gallery in memory that agrees with the registry, and how it came there.

    Parameters
    ----------
    gallery
        The gallery.
    origin, reason
        Where it came from, and why not from a snapshot; None when it did.
    followed
        Changes applied after the snapshot, or all.
    seconds
        What it took.
    kept
        The snapshot it came from.
    """

    gallery: Gallery
    origin: Origin
    reason: str | None
    followed: int
    seconds: float
    kept: Kept | None


@runtime_checkable
class GalleryMaker(Protocol):
    """Whoever knows how the galleries of an installation compare."""

    def require_fitting(self, section: Reader) -> None:
        """Refuse a registry whose templates these galleries cannot compare.

        Raises
        ------
        ConfigurationError
            When it has such.
        """
        ...

    def new(self, gallery_id: str) -> Gallery:
        """Return an empty gallery."""
        ...

    def restore(self, gallery_id: str, content: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Gallery:
        """Return the gallery that was exported.

        Raises
        ------
        GalleryError, TemplateError, ConfigurationError
            When it does not fit together, or was made for other models or calibrations.
        """
        ...


def open_gallery(
    view: GalleryView,
    place: Place,
    maker: GalleryMaker,
    progress: Progress = no_progress,
    *,
    without: Collection[str] = (),
) -> Opened:
    """Bring a gallery into memory and make sure that it agrees with the registry.

    Parameters
    ----------
    view
        The gallery in an open section of the registry: all that is read is of one moment.
    place
        Where its snapshots lie, and who knows their keys.
    maker
        Who makes it.
    progress
        Told how far it has come.
    without
        Subjects who were erased since: the registry no longer tells what to drop.

    Raises
    ------
    GalleryError
        When even a gallery that was built anew disagrees with the registry.
    RecordError
        When the registry cannot be read.
    """
    begun = time.monotonic()
    reason, loaded = NO_SNAPSHOT, None
    try:
        loaded = load_gallery(view, place, maker, progress, without=without)
    except (GalleryError, TemplateError, RecordError, ConfigurationError) as error:
        reason = error.message
    if loaded is not None:
        gallery, kept = loaded
        seconds = time.monotonic() - begun
        followed = gallery.generation - kept.generation
        return Opened(
            gallery=gallery, origin=Origin.SNAPSHOT, reason=None, followed=followed, seconds=seconds, kept=kept
        )
    gallery = maker.new(view.gallery_id)
    followed = gallery.follow(view, progress)
    gallery.check(view)
    seconds = time.monotonic() - begun
    return Opened(gallery=gallery, origin=Origin.REGISTRY, reason=reason, followed=followed, seconds=seconds, kept=None)


def load_gallery(
    view: GalleryView,
    place: Place,
    maker: GalleryMaker,
    progress: Progress = no_progress,
    *,
    without: Collection[str] = (),
) -> tuple[Gallery, Kept] | None:
    """Restore a gallery from its snapshot, let it follow, and hold it against the registry without reading all of it.

    The mark says that what the snapshot holds is this registry's history; the counts, that nothing was lost on the
    way since. Returns the gallery and what it came from, or None when there is no snapshot.

    Raises
    ------
    SnapshotError
        When the snapshot is damaged, altered, sealed with another key, or of another history.
    GalleryError, TemplateError, ConfigurationError, RecordError
        When it cannot be restored, or does not agree.
    """
    snapshot = open_snapshot(place.folder, place.keys.find, progress)
    if snapshot is None:
        return None
    with snapshot:
        header = Header.read(snapshot.header)
        header.require_same_history(view)
        gallery = maker.restore(view.gallery_id, header.content, snapshot.arrays)
        snapshot.require_all_read()
    if gallery.generation != header.generation:
        raise GalleryError(f"the snapshot is of change {header.generation}, the gallery in it of {gallery.generation}")
    gallery.forget(without)
    gallery.follow(view, progress)
    require_counts(gallery, view)
    manifest = snapshot.manifest
    kept = Kept(generation=header.generation, written_at=manifest.written_at, bytes=manifest.bytes)
    return gallery, kept


def require_counts(gallery: Gallery, view: GalleryView) -> None:
    """Refuse a gallery that is not at the registry's last change, or holds more or fewer persons or references.

    A purge takes the references of a retired encounter away before a gallery that was asleep can be told to drop
    them: only the counts show that.

    Raises
    ------
    GalleryError
        Saying what differs.
    """
    for what, here, there in (
        ("the last change", gallery.generation, view.latest_sequence()),
        ("the number of persons", gallery.size, view.active_subjects()),
        ("the number of references", gallery.stats().references, view.active_references()),
    ):
        if here != there:
            raise GalleryError(f"{what} is {there} in the registry, {here} in the gallery from the snapshot")
