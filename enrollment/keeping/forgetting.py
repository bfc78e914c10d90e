"""Whether a snapshot names somebody who was erased, and which galleries have one."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from biometrics.errors import GalleryError, RecordNotFoundError
from enrollment.keeping.headers import Header
from enrollment.keeping.opening import Place
from matching.keeping import latest_snapshot, open_snapshot
from matching.transfer import kept_subjects
from registry.gallery_view import GalleryView
from registry.reading import Reader


def kept_galleries(folder: Path) -> tuple[str, ...]:
    """Return the names of all galleries that have a snapshot in a folder, in order."""
    if not folder.is_dir():
        return ()
    return tuple(sorted(one.name for one in folder.iterdir() if latest_snapshot(one) is not None))


def snapshot_names(place: Place, subject_ids: Collection[str]) -> bool:
    """Return, within a section, whether the last snapshot holds one of these subjects, or cannot tell.

    Raises
    ------
    StorageError
        When the disk cannot be read.
    """
    try:
        snapshot = open_snapshot(place.folder, place.keys.find)
        if snapshot is None:
            return False
        with snapshot:
            ids = kept_subjects(snapshot.arrays)
    except GalleryError:
        return True
    return any(ids.number(one) is not None for one in subject_ids)


def has_other_history(view: GalleryView, place: Place) -> bool:
    """Return, within a section, whether the next start could not begin with the last snapshot.

    References that were deleted, of whomever, make its history another one where they are among the last it followed.

    Raises
    ------
    StorageError
        When the disk cannot be read.
    """
    try:
        snapshot = open_snapshot(place.folder, place.keys.find)
        if snapshot is not None:
            with snapshot:
                Header.read(snapshot.header).require_same_history(view)
    except GalleryError:
        return True
    return False


def require_erased(section: Reader, subject_ids: Collection[str]) -> None:
    """Refuse subjects who still have references in the registry: a gallery would differ from it.

    Raises
    ------
    GalleryError
        Naming the first.
    """
    for subject_id in subject_ids:
        if _references(section, subject_id):
            remedy = "erase the person in the registry first"
            raise GalleryError("the registry still has references of this person", source=subject_id, remedy=remedy)


def _references(section: Reader, subject_id: str) -> int:
    try:
        return len(section.references(subject_id))
    except RecordNotFoundError:
        return 0
