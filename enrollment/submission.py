"""What is handed in for enrollment: who, and which image files."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace
from pathlib import Path

from biometrics.errors import BiometricsError, ManifestError
from biometrics.people.text import has_surrogates, text_fault
from biometrics.positions import Modality, Position
from biometrics.records import DEFAULT_GALLERY, EncounterContext
from enrollment.context import NO_CONTEXT, filled
from registry.rights.notices import NoticeText

LONGEST_LABEL = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSource:
    """One image file with what its sender says about it.

    Parameters
    ----------
    path
        The image file.
    modality
        None when the sender did not say; it then follows from the position, or is told from the picture.
    position
        Which finger; `UNKNOWN` when nobody said. A face is always at position `FACE`.
    ppi
        Pixels per inch; None to trust the file's own tag.
    simulated
        Whether the picture shows no person; None when the sender did not say and only the file's own mark tells.
    origin
        Where this was said (`people.csv:12`), for error messages.

    Raises
    ------
    ManifestError
        When modality and position contradict each other, or the file's name is not UTF-8.
    """

    path: Path
    modality: Modality | None = None
    position: Position = Position.UNKNOWN
    ppi: float | None = None
    simulated: bool | None = None
    origin: str

    def __post_init__(self) -> None:
        if has_surrogates(str(self.path)):
            raise ManifestError(
                f"the file's name is not Unicode text: {printable(str(self.path))}",
                source=printable(self.origin),
                remedy="rename the file in UTF-8",
            )
        if self.modality is Modality.FACE and self.position not in (Position.FACE, Position.UNKNOWN):
            raise ManifestError(
                f"a face has no position {self.position.value}",
                source=self.origin,
                remedy="leave the position empty, or say that it is a finger",
            )
        if self.modality is Modality.FINGER and self.position is Position.FACE:
            raise ManifestError(
                "a finger cannot be at position face",
                source=self.origin,
                remedy="name the finger, or leave the position empty",
            )
        # Modality and position complete each other here, so that nobody else has to.
        if self.modality is Modality.FACE:
            object.__setattr__(self, "position", Position.FACE)
        if self.modality is None and self.position is not Position.UNKNOWN:
            object.__setattr__(self, "modality", self.position.modality)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One person and all their samples; `label` is the sender's identifier of the person.

    The person is searched in the gallery `gallery_id` alone, and recorded in it; `context` tells who met them where,
    `notice` what they were told before.
    """

    label: str
    sources: tuple[SampleSource, ...]
    gallery_id: str = DEFAULT_GALLERY
    context: EncounterContext = NO_CONTEXT
    notice: NoticeText | None = None


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

    def into(self, gallery_id: str) -> Intake:
        """Return the same people, to be searched and recorded in a gallery."""
        return replace(self, submissions=tuple(replace(one, gallery_id=gallery_id) for one in self.submissions))

    def told(self, notice: NoticeText | None) -> Intake:
        """Return the same people, who were given a notice."""
        return replace(self, submissions=tuple(replace(one, notice=notice) for one in self.submissions))

    def met(self, context: EncounterContext) -> Intake:
        """Return the same people, met as a context tells where they do not tell otherwise.

        Raises
        ------
        ManifestError
            When several people would share a receipt or an appointment.
        """
        if self.persons > 1 and (context.receipt or context.appointment):
            raise ManifestError(
                "one receipt or appointment is given for several persons",
                remedy="enroll one person at a time, or give them in the manifest",
            )
        submissions = (replace(one, context=filled(one.context, context)) for one in self.submissions)
        return replace(self, submissions=tuple(submissions))


def check_label(text: str, origin: str) -> str:
    """Return a person's label in normal form (Unicode NFC, without surrounding space).

    Refused is what could break a listing or pass one identifier off as another: control characters, line and
    paragraph separators, and the invisible characters that rearrange text (bidirectional embeddings, overrides,
    isolates). Joiners and direction marks stay, as names in Persian, Hebrew or Hindi are spelled with them.

    Raises
    ------
    ManifestError
        When it is empty, longer than 200 characters, no Unicode text (a file name that is not UTF-8), or holds a
        refused character.
    """
    label = unicodedata.normalize("NFC", text.strip())
    if not label:
        raise ManifestError("the person is missing", source=origin, remedy="fill the person column")
    fault = f"is longer than {LONGEST_LABEL} characters" if len(label) > LONGEST_LABEL else text_fault(label)
    if fault:
        raise ManifestError(
            f"the person's identifier {fault}", source=printable(origin), remedy="use a short printable identifier"
        )
    return label


def printable(text: str) -> str:
    """Return the text with everything that cannot be printed safely, or at all, as a backslash escape."""
    return "".join(letter.encode("unicode_escape").decode() if text_fault(letter) else letter for letter in text)
