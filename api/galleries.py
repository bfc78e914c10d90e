"""How an installation's galleries compare, and where they are kept between processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from api.installation import Installation
from api.volumes import is_protected
from biometrics.errors import ConfigurationError, StorageError
from biometrics.positions import Modality
from biometrics.templates import TemplateFormat
from enrollment.keeping.forgetting import kept_galleries as names_of_kept
from matching.calibration import Calibration
from matching.describing import PersonDescriber
from matching.face_store import FaceMatcher, use_one_faiss_thread
from matching.gallery import Gallery
from matching.print_matcher import PrintMatcher
from matching.rotation import VectorRotation
from registry.reading import Reader

VECTORS_KEY = "vectors"
"""Name of the key that turns the vectors of all galleries."""


class InstalledGalleries:
    """Makes galleries that compare by the settings of an installation; a `GalleryMaker`.

    Parameters
    ----------
    calibrations
        Loads what scores mean.
    require_fitting
        Refuses a registry whose faces the chosen model cannot be compared with.
    faces
        Returns the format of the chosen model's templates.
    rotation
        Turns the vectors that these galleries hold and compare.
    folder
        Where prints, faces and vectors in full precision lie while they are in use; None for memory.
    """

    def __init__(
        self,
        *,
        calibrations: Callable[[], Mapping[Modality, Calibration]],
        require_fitting: Callable[[Reader], None],
        faces: Callable[[], TemplateFormat],
        rotation: VectorRotation,
        folder: Path | None = None,
    ) -> None:
        use_one_faiss_thread()
        self._calibrations, self._require_fitting = calibrations, require_fitting
        self._faces, self._rotation, self._folder = faces, rotation, folder

    def require_fitting(self, section: Reader) -> None:
        """Refuse a registry whose templates these galleries cannot compare.

        Raises
        ------
        ConfigurationError
            When it has such.
        """
        self._require_fitting(section)

    def new(self, gallery_id: str) -> Gallery:
        """Return an empty gallery."""
        return Gallery(**self._how())

    def restore(self, gallery_id: str, content: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Gallery:
        """Return the gallery that was exported.

        Raises
        ------
        GalleryError, TemplateError, ConfigurationError
            When it does not fit together, or was made for other models or calibrations.
        """
        return Gallery.restore(content, arrays, **self._how())

    def _how(self) -> dict[str, Any]:
        """Return how galleries compare, and where."""
        calibrations = self._calibrations()
        return {
            "calibrations": calibrations,
            "matchers": {Modality.FINGER: PrintMatcher(), Modality.FACE: FaceMatcher(rotation=self._rotation)},
            "described": PersonDescriber(self._faces(), calibrations[Modality.FACE], self._rotation),
            "folder": self._folder,
            "threads": len(os.sched_getaffinity(0)),
        }


def folder_in_use(installation: Installation) -> Path | None:
    """Return where galleries lie while they are in use, by the settings, made where it is missing; None for memory.

    Raises
    ------
    ConfigurationError
        When whoever takes the disk could read what lies there.
    StorageError
        When it cannot be made.
    """
    settings = installation.settings
    if not settings.gallery_folder:
        return None
    folder = installation.home / Path(settings.gallery_folder).expanduser()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"the folder of galleries in use cannot be made: {error.strerror}"
        raise StorageError(message, source=str(folder), remedy="check free space and permissions") from error
    if not settings.gallery_folder_encrypted and not is_protected(folder):
        raise ConfigurationError(
            "gallery_folder is neither in memory nor on a volume that is seen to be encrypted: prints and faces would "
            "lie there for whoever takes the disk",
            source=str(folder),
            remedy="use a folder on LUKS or tmpfs, or set gallery_folder_encrypted to true if something else encrypts",
        )
    return folder


def galleries_folder(installation: Installation) -> Path:
    """Return where each gallery has a folder for its snapshots."""
    return installation.home / "galleries"


def kept_galleries(installation: Installation) -> tuple[str, ...]:
    """Return the names of all galleries that have a snapshot."""
    return names_of_kept(galleries_folder(installation))
