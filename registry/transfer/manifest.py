"""The manifest of an exchange folder, which is written last: without it, the folder is not complete."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from biometrics.errors import ManifestError
from biometrics.files import write_whole
from registry.failures import file_error

MANIFEST, PERSONS = "manifest.json", "persons.jsonl"
FORMAT, VERSION = "kura-exchange", 1

_COPY_AGAIN = "copy the whole folder again from its origin"
_MOST_BYTES = 1 << 20
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a folder holds.

    Parameters
    ----------
    persons_bytes, persons_sha256
        Of the file of persons.
    persons, simulated_persons, encounters, samples, references
        How many.
    models
        Identifiers of the models that made the templates.
    gallery
        The one gallery whose encounters are there; None where all are.
    cbeff
        Whether samples are in CBEFF files.
    first_event, last_event
        Numbers of the audit events between which the persons were read; where they are the same but for what the
        export itself left, nothing changed meanwhile.
    made_at
        When, as text.
    """

    persons_bytes: int
    persons_sha256: str
    persons: int
    simulated_persons: int
    encounters: int
    samples: int
    references: int
    models: tuple[str, ...]
    gallery: str | None
    cbeff: bool
    first_event: int
    last_event: int
    made_at: str

    @property
    def content(self) -> bytes:
        """The file of the manifest; these bytes are what is signed."""
        document = {"format": FORMAT, "version": VERSION, "made_by": "kura", **asdict(self)}
        return f"{json.dumps(document, indent=2, sort_keys=True)}\n".encode()

    def write(self, folder: Path) -> None:
        """Write the manifest whole.

        Raises
        ------
        StorageError
            When it cannot be written.
        """
        write_whole(folder / MANIFEST, self.content)

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Return the manifest of a folder.

        Raises
        ------
        ManifestError
            When there is none, it is damaged, or of a version this Kura does not know.
        StorageError
            When it cannot be read.
        """
        path = folder / MANIFEST
        document = _document(path)
        if document.pop("format", None) != FORMAT:
            raise ManifestError("this is not the manifest of an exchange", source=str(path))
        version = document.pop("version", None)
        if version != VERSION:
            raise ManifestError(
                f"the exchange has version {version!r}, this Kura reads version {VERSION}",
                source=str(path),
                remedy="use the Kura that wrote it, or a newer one",
            )
        try:
            return cls(**{name: _tuple(document[name]) for name in cls.__dataclass_fields__})
        except (KeyError, TypeError):
            raise ManifestError("the manifest is damaged", source=str(path), remedy=_COPY_AGAIN) from None


def file_sha256(path: Path) -> str:
    """Return the digest of a file, read piece by piece.

    Raises
    ------
    StorageError
        When it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                digest.update(piece)
    except OSError as error:
        raise file_error(error, path) from error
    return digest.hexdigest()


def _document(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            document = json.loads(file.read(_MOST_BYTES))
    except FileNotFoundError:
        raise ManifestError(
            f"the folder has no {MANIFEST}",
            source=str(path.parent),
            remedy="finish its export, or name its file of persons instead of the folder",
        ) from None
    except OSError as error:
        raise file_error(error, path) from error
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise ManifestError("the manifest is damaged", source=str(path), remedy=_COPY_AGAIN)
    return document


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
