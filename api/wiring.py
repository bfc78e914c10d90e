"""Where the rooms are joined: each part is built once, here, and handed to those who need it."""

from __future__ import annotations

from pathlib import Path

from api.installation import Installation
from biometrics.arrays import ColorPixels
from biometrics.positions import Modality
from biometrics.protocols import Progress, no_progress
from biometrics.samples import BiometricSample
from enrollment.enroll import EnrollmentOffice
from enrollment.preparation import Extractors
from matching import minutiae
from matching.calibration import Calibration, load_calibration, read_calibration
from matching.face import cosine_scale
from matching.face_store import use_one_faiss_thread
from matching.gallery import Gallery
from models.face.extractor import FACE_FORMAT, FaceExtractor
from models.finger.extractor import FingerExtractor
from models.store import ModelStore
from registry.store import Registry


def open_registry(installation: Installation, *, create: bool) -> Registry:
    """Open the installation's registry.

    Raises
    ------
    RecordError
        When it is busy, newer, damaged, or absent and not to be created.
    """
    return Registry.open(installation.home, create=create)


def load_extractors(progress: Progress = no_progress) -> Extractors:
    """Load both extractors, preparing their models when they are not ready.

    Raises
    ------
    ModelUnavailableError
        When weights are missing or cannot be prepared.
    """
    store = ModelStore()
    store.prepare(progress)
    return Extractors(finger=FingerExtractor.load(store), face=FaceExtractor.load(store))


def load_calibrations(installation: Installation) -> dict[Modality, Calibration]:
    """Load the calibrations an installation has chosen; a path starts at its home.

    Raises
    ------
    ConfigurationError
        When one is missing or wrong.
    """
    settings, home = installation.settings, installation.home
    return {
        Modality.FINGER: _calibration(settings.finger_calibration, minutiae.SCALE, home),
        Modality.FACE: _calibration(settings.face_calibration, cosine_scale(FACE_FORMAT), home),
    }


def _calibration(chosen: str, scale: str, home: Path) -> Calibration:
    if chosen.endswith(".json"):
        return read_calibration(home / Path(chosen).expanduser())
    return load_calibration(scale, None if chosen == "default" else chosen)


def open_gallery(registry: Registry, installation: Installation, progress: Progress = no_progress) -> Gallery:
    """Build the gallery from the registry and check that they agree.

    Raises
    ------
    GalleryError
        When they do not.
    """
    use_one_faiss_thread()
    gallery = Gallery(calibrations=load_calibrations(installation))
    # One snapshot for both: what another process commits in between must not look like a disagreement.
    with registry.reading() as snapshot:
        gallery.follow(snapshot, progress)
        gallery.check(snapshot)
    return gallery


def open_office(registry: Registry, installation: Installation, progress: Progress = no_progress) -> EnrollmentOffice:
    """Return the office that enrolls into this installation."""
    gallery = open_gallery(registry, installation, progress)
    return EnrollmentOffice(registry=registry, gallery=gallery, policy=installation.settings.policy)


def aligned_face(extractors: Extractors, sample: BiometricSample) -> ColorPixels | None:
    """Return the face as the embedder sees it; None when none is found or the extractor is another one."""
    extractor = extractors.face
    if not isinstance(extractor, FaceExtractor):
        return None
    faces = extractor.detect(sample)
    return extractor.align(sample, faces[0]) if faces else None
