"""What is handed in for enrollment: who, and which image files."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from biometrics.errors import BiometricsError, ManifestError
from biometrics.positions import Modality, Position

LONGEST_LABEL = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSource:
    """One image file with what its sender says about it.

    Parameters
    ----------
    path
        The image file.
    modality
        None when the sender did not say; it is then told from the picture.
    position
        Which finger; `UNKNOWN` when nobody said.
    ppi
        Pixels per inch; None to trust the file's own tag.
    origin
        Where this was said (`people.csv:12`), for error messages.
    """

    path: Path
    modality: Modality | None = None
    position: Position = Position.UNKNOWN
    ppi: float | None = None
    origin: str

    def __post_init__(self) -> None:
        if self.modality is Modality.FACE and self.position not in (Position.FACE, Position.UNKNOWN):
            raise ManifestError(f"a face has no position {self.position.value}", source=self.origin)
        if self.modality is Modality.FINGER and self.position is Position.FACE:
            raise ManifestError("a finger cannot be at position face", source=self.origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One person and all their samples; `label` is the sender's identifier of the person."""

    label: str
    sources: tuple[SampleSource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedSubmission:
    """One person whose lines or files cannot be used, and why."""

    label: str
    error: BiometricsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Everything that was handed in together; `ignored` counts files in folders that do not look like images."""

    submissions: tuple[Submission, ...]
    refused: tuple[RefusedSubmission, ...] = ()
    ignored: int = field(default=0)

    @property
    def persons(self) -> int:
        """How many persons were handed in, refused ones included."""
        return len(self.submissions) + len(self.refused)


def check_label(text: str, origin: str) -> str:
    """Return a person's label in normal form.

    Raises
    ------
    ManifestError
        When it is empty, longer than 200 characters, or holds a control character.
    """
    label = unicodedata.normalize("NFC", text.strip())
    if not label:
        raise ManifestError("the person is missing", source=origin, remedy="fill the person column")
    if len(label) > LONGEST_LABEL or any(unicodedata.category(letter) == "Cc" for letter in label):
        raise ManifestError(
            f"the person's identifier is longer than {LONGEST_LABEL} characters or holds control characters",
            source=origin,
            remedy="use a short printable identifier",
        )
    return label
