"""Models of an installation's own: file, description and manifest, kept in its home since nothing can rebuild them.

`models/NAME/VERSION/` holds `model.onnx`, `description.toml` as given, and `manifest.json` with the digests of both,
written last: a folder without it is a model whose adding was interrupted, and counts as absent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from biometrics.errors import BiometricsError, ConfigurationError, ModelUnavailableError, StorageError
from biometrics.files import write_whole
from models.catalogue import CATALOGUE, COMPOSITES
from models.own.description import ModelDescription
from models.own.reading import check_model_id, parse_description

_BUILT_IN_NAMES = frozenset(one.model_id.split("/")[0] for one in (*CATALOGUE, *COMPOSITES))
"""Later versions of built-in models must find their names free."""

_MODEL, _DESCRIPTION, _MANIFEST = "model.onnx", "description.toml", "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnModel:
    """A model of the library, verified.

    Parameters
    ----------
    description
        What its owner says about it.
    file
        The ONNX file.
    sha256
        Digest of that file.
    tried
        What the trial at its adding measured, as JSON values.
    """

    description: ModelDescription
    file: Path
    sha256: str
    tried: Mapping[str, Any] = field(default_factory=dict)

    def read(self) -> bytes:
        """Return the ONNX file.

        Raises
        ------
        ModelUnavailableError
            When it is missing or not what was added.
        """
        return _verified(self.file, self.sha256, self.description.model_id)


class ModelLibrary:
    """The folder of added models.

    Parameters
    ----------
    folder
        Where they lie; it need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ids(self) -> tuple[str, ...]:
        """Return the identifiers of all added models, sorted; whether they are whole is not looked at."""
        manifests = self._folder.glob(f"*/*/{_MANIFEST}")
        return tuple(sorted(f"{path.parent.parent.name}/{path.parent.name}" for path in manifests))

    def add(self, data: bytes, text: str, *, tried: Mapping[str, Any]) -> OwnModel:
        """Keep a model that was tried.

        Parameters
        ----------
        data
            The ONNX file.
        text
            Its description.
        tried
            What the trial measured, as JSON values.

        Raises
        ------
        ConfigurationError
            When the identifier is taken: templates name it, so it never stands for another file.
        StorageError
            When the folder cannot be written.
        """
        description = parse_description(text, source="the description")
        self.require_free(description.model_id)
        folder = self._place(description.model_id)
        manifest = {
            "model_id": description.model_id,
            "model_sha256": hashlib.sha256(data).hexdigest(),
            "description_sha256": hashlib.sha256(text.encode()).hexdigest(),
            "tried": dict(tried),
        }
        write_whole(folder / _MODEL, data)
        write_whole(folder / _DESCRIPTION, text.encode())
        write_whole(folder / _MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())
        return self.get(description.model_id)

    def require_free(self, model_id: str) -> None:
        """Refuse an identifier that a model has already.

        Raises
        ------
        ConfigurationError
            When it is taken.
        """
        name = model_id.split("/", maxsplit=1)[0]
        if name in _BUILT_IN_NAMES:
            raise ConfigurationError(
                f"the name {name} belongs to a built-in model", source=model_id, remedy="give the model another name"
            )
        if model_id in self.ids():
            raise ConfigurationError(
                "there is a model with this id already",
                source=model_id,
                remedy="give another version: templates name their model by it",
            )

    def get(self, model_id: str) -> OwnModel:
        """Return a model whose description and manifest are whole; its file is verified by `OwnModel.read`.

        Raises
        ------
        ModelUnavailableError
            When there is none with this identifier, or it is damaged.
        """
        if model_id not in self.ids():
            known = ", ".join(self.ids()) or "none yet"
            raise ModelUnavailableError(
                "no such model in this installation",
                source=model_id,
                remedy=f"add it with kura models add; there are: {known}; face_model may be default, the built-in one",
            )
        folder = self._place(model_id)
        try:
            manifest = json.loads((folder / _MANIFEST).read_bytes())
            text = _verified(folder / _DESCRIPTION, str(manifest["description_sha256"]), model_id).decode()
            description = parse_description(text, source=model_id)
            sha256, tried = str(manifest["model_sha256"]), dict(manifest["tried"])
        except (OSError, ValueError, KeyError, TypeError, ConfigurationError) as error:
            raise _damaged("its description or manifest cannot be read", model_id) from error
        if not description.model_id == manifest["model_id"] == model_id:
            raise _damaged(f"its description is that of {description.model_id}", model_id)
        return OwnModel(description=description, file=folder / _MODEL, sha256=sha256, tried=tried)

    def fault(self, model_id: str) -> str | None:
        """Return why a model cannot be used, or None when it is whole."""
        try:
            self.get(model_id).read()
        except BiometricsError as error:
            return error.message
        return None

    def remove(self, model_id: str) -> None:
        """Delete a model, whole or damaged.

        Raises
        ------
        ModelUnavailableError
            When there is none with this identifier.
        StorageError
            When it cannot be deleted.
        """
        if model_id not in self.ids():
            self.get(model_id)
        folder = self._place(model_id)
        try:
            for name in (_MANIFEST, _DESCRIPTION, _MODEL):  # without its manifest it is no model any more
                (folder / name).unlink(missing_ok=True)
            folder.rmdir()
        except OSError as error:
            raise StorageError(f"the model cannot be deleted: {error.strerror}", source=str(folder)) from error

    def _place(self, model_id: str) -> Path:
        name, version = check_model_id(model_id).split("/")
        return self._folder / name / version


def _verified(file: Path, sha256: str, model_id: str) -> bytes:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise _damaged(f"{file.name} cannot be read ({error.strerror})", model_id) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise _damaged(f"{file.name} is not what was added: its SHA-256 differs", model_id)
    return data


def _damaged(message: str, model_id: str) -> ModelUnavailableError:
    remedy = "restore it from a backup, or remove it and add it again"
    return ModelUnavailableError(f"the model is damaged: {message}", source=model_id, remedy=remedy)
