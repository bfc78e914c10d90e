"""Where the rooms are joined: each part is built once, here, and handed to those who need it."""

from __future__ import annotations

from pathlib import Path

from api.galleries import VECTORS_KEY, InstalledGalleries, folder_in_use, galleries_folder
from api.installation import Installation
from biometrics.arrays import ColorPixels
from biometrics.errors import ConfigurationError
from biometrics.extraction import Extraction
from biometrics.positions import Modality
from biometrics.protocols import Progress, no_progress
from biometrics.records import DEFAULT_GALLERY
from biometrics.samples import BiometricSample
from biometrics.templates import TemplateFormat
from enrollment.enroll import EnrollmentOffice
from enrollment.keeping import Galleries
from enrollment.preparation import Extractors
from matching import minutiae
from matching.calibration import Calibration, load_calibration, read_calibration
from matching.face import cosine_scale
from matching.gallery import Gallery
from matching.rotation import VectorRotation
from models.face.extractor import FACE_FORMAT, FaceExtractor
from models.face.turning import as_extracted
from models.finger.extractor import FingerExtractor
from models.own.library import ModelLibrary
from models.own.loading import load_attack_detector, load_embedder
from models.store import ModelStore
from registry import location
from registry.reading import Reader
from registry.store import Registry


def open_registry(installation: Installation, *, create: bool) -> Registry:
    """Open the installation's registry.

    Raises
    ------
    RecordError
        When it is busy, newer, damaged, or absent and not to be created.
    KeyUnavailableError
        When the key that protects it is missing, or is another one.
    """
    key = installation.settings.protection.open()
    return _signing(Registry.open(installation.home, create=create, key_encryption=key), installation)


def create_registry(installation: Installation, database: str | None) -> Registry:
    """Create the installation's registry, or open the one it has; `database` is the address of a PostgreSQL database.

    Raises
    ------
    ConfigurationError
        When that is no address, or the database cannot be used.
    RecordError
        When the registry is elsewhere, busy, of another version, or cannot be written.
    """
    key = installation.settings.protection.open()
    return _signing(Registry.open(installation.home, database=database, key_encryption=key), installation)


def _signing(registry: Registry, installation: Installation) -> Registry:
    """Let a registry sign with the keys that the settings name."""
    try:
        registry.signing.choose(installation.settings.signing.choices(installation.home))
    except BaseException:
        registry.close()
        raise
    return registry


def has_registry(installation: Installation) -> bool:
    """Return whether anybody was ever enrolled here."""
    return location.has_registry(installation.home)


def load_extractors(installation: Installation, progress: Progress = no_progress) -> Extractors:
    """Load both extractors with the models an installation has chosen, preparing built-in ones that are not ready.

    Raises
    ------
    ModelUnavailableError
        When weights are missing, damaged or cannot be prepared.
    ConfigurationError
        When the policy requires attack detection and no model for it is set, or a chosen model is of the wrong kind.
    """
    store = ModelStore()
    store.prepare(progress)
    return Extractors(finger=FingerExtractor.load(store), face=load_face_extractor(installation))


def load_face_extractor(installation: Installation, model_id: str | None = None) -> FaceExtractor:
    """Load the face extractor with the model that makes templates, by default the installation's choice.

    Raises
    ------
    ModelUnavailableError, ConfigurationError
        As `load_extractors`.
    """
    settings, library = installation.settings, open_library(installation)
    if settings.policy.require_pad and not settings.pad_model:
        raise ConfigurationError(
            "policy.require_pad is true, but no model for presentation attacks is set",
            source=str(installation.home),
            remedy="add one with kura models add and name it as pad_model in the settings, or set require_pad to false",
        )
    chosen = settings.face_model if model_id is None else model_id
    return FaceExtractor.load(
        ModelStore(),
        own_model=None if _is_built_in(chosen) else load_embedder(library, chosen),
        attacks=load_attack_detector(library, settings.pad_model) if settings.pad_model else None,
    )


def open_library(installation: Installation) -> ModelLibrary:
    """Return the installation's own models."""
    return ModelLibrary(installation.home / "models")


def face_format(installation: Installation, model_id: str | None = None) -> TemplateFormat:
    """Return the format of a model's face templates, by default that of the installation's choice; loads no weights.

    Raises
    ------
    ModelUnavailableError, ConfigurationError
        When there is no such model, or it makes no templates.
    """
    chosen = installation.settings.face_model if model_id is None else model_id
    return FACE_FORMAT if _is_built_in(chosen) else open_library(installation).get(chosen).description.format


def _is_built_in(model_id: str) -> bool:
    return model_id in ("default", FACE_FORMAT.model_id)


def load_calibrations(installation: Installation) -> dict[Modality, Calibration]:
    """Load the calibrations an installation has chosen; a path starts at its home.

    Raises
    ------
    ConfigurationError
        When one is missing or wrong.
    """
    settings, home = installation.settings, installation.home
    return {
        Modality.FINGER: read_chosen_calibration(settings.finger_calibration, minutiae.SCALE, home),
        Modality.FACE: read_chosen_calibration(
            settings.face_calibration, cosine_scale(face_format(installation)), home
        ),
    }


def read_chosen_calibration(chosen: str, scale: str, home: Path) -> Calibration:
    """Return the calibration that a setting names, for scores of a scale.

    Raises
    ------
    ConfigurationError
        When it is missing, wrong, or for scores of another scale.
    """
    if not chosen.endswith(".json"):
        return load_calibration(scale, None if chosen == "default" else chosen)
    path = home / Path(chosen).expanduser()
    calibration = read_calibration(path)
    if calibration.scale != scale:
        raise ConfigurationError(
            f"the calibration is for scores of {calibration.scale}, not of {scale}",
            source=str(path),
            remedy="fit one for this model with kura models calibrate, or name default for the shipped one",
        )
    return calibration


def open_gallery(
    registry: Registry,
    installation: Installation,
    progress: Progress = no_progress,
    *,
    gallery_id: str = DEFAULT_GALLERY,
) -> Gallery:
    """Bring one gallery into memory, from its snapshot or from the registry, and check that they agree.

    Raises
    ------
    RecordNotFoundError
        When the registry has no gallery of this name.
    GalleryError
        When they do not.
    ConfigurationError
        When a calibration or the key is missing, or the registry's faces are of another model than the chosen one.
    """
    return open_galleries(registry, installation).open(gallery_id, progress).gallery


def open_galleries(registry: Registry, installation: Installation) -> Galleries:
    """Return the galleries of an installation, none of them in memory yet."""
    maker = InstalledGalleries(
        calibrations=lambda: load_calibrations(installation),
        require_fitting=lambda section: require_chosen_face_model(section, installation),
        faces=lambda: face_format(installation),
        rotation=VectorRotation(registry.keys.named(VECTORS_KEY)),
        folder=folder_in_use(installation),
    )
    return Galleries(registry, galleries_folder(installation), maker)


def require_chosen_face_model(snapshot: Reader, installation: Installation) -> None:
    """Refuse a registry whose faces the chosen model cannot be compared with.

    Raises
    ------
    ConfigurationError
        When its faces are of another model.
    """
    chosen = face_format(installation).model_id
    for use in snapshot.models_in_use():
        if use.modality is not Modality.FACE or use.model_id == chosen:
            continue
        remedy = f"move them: kura registry reextract --model {chosen}"
        if _is_built_in(use.model_id) or use.model_id in open_library(installation).ids():
            remedy = f"set face_model to {use.model_id}, or {remedy}"
        raise ConfigurationError(
            f"{use.references} faces of this registry are of model {use.model_id}, the settings choose {chosen}",
            source=str(installation.home),
            remedy=remedy,
        )


def open_office(
    registry: Registry,
    installation: Installation,
    progress: Progress = no_progress,
    *,
    gallery_id: str = DEFAULT_GALLERY,
) -> EnrollmentOffice:
    """Return the office that enrolls into one gallery of this installation."""
    gallery = open_gallery(registry, installation, progress, gallery_id=gallery_id)
    return EnrollmentOffice(
        registry=registry, gallery=gallery, policy=installation.settings.policy, gallery_id=gallery_id
    )


def aligned_face(extractors: Extractors, sample: BiometricSample, extraction: Extraction) -> ColorPixels | None:
    """Return the face as the embedder saw it; None when none is found or the extractor is another one."""
    extractor = extractors.face
    if not isinstance(extractor, FaceExtractor):
        return None
    upright = as_extracted(sample, extraction)
    faces = extractor.detect(upright)
    return extractor.align(upright, faces[0]) if faces else None
