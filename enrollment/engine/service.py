"""What the owner of a registry does for everybody: the same protocol in one process and over a socket.

Extraction, the expensive part, stays with whoever asks; templates, files and facts are handed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from biometrics.decisions import EnrollmentOutcome, NotEnrolled
from biometrics.protocols import Progress, no_progress
from biometrics.records import DEFAULT_GALLERY, Subject
from biometrics.templates import Template
from enrollment.deduplication.state import RunState
from enrollment.earlier import EarlierEnrollment
from enrollment.encounters.drafts import EncounterDraft, Placement, RecordedEncounter
from enrollment.encounters.search import PersonSearch, PersonsFound
from enrollment.keeping import GalleryFigures
from enrollment.operations.operation import Answer, Asked, Operation
from enrollment.preparation import PreparedSubmission
from enrollment.recognition import Identification, Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """An identification, and who the candidates are, in their order."""

    answer: Identification
    subjects: tuple[Subject, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A verification, and whom the person was compared with."""

    answer: Verification
    subject: Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryState:
    """How many persons can be found, as of which change of the registry, and by which policy."""

    persons: int
    generation: int
    policy_version: str


@runtime_checkable
class EnrollmentService(Protocol):
    """Whoever owns the registry and its gallery, acting for one actor; safe to share between threads.

    Every enrollment may be repeated: one that was recorded is found by `earlier`, and its label is taken.
    """

    def enroll(self, prepared: PreparedSubmission) -> EnrollmentOutcome:
        """Search a person, decide, and record the encounter durably; the answer is an acknowledgement.

        Raises
        ------
        RecordConflictError
            When the label is enrolled already.
        PadUnavailableError
            When the policy requires that attacks are looked for, and nothing could.
        RecordError
            When the registry cannot record; then nothing is.
        """
        ...

    def earlier(self, label: str, digests: tuple[str, ...]) -> EarlierEnrollment | None:
        """Return what became of the same samples under the same label; None when the label is new.

        Raises
        ------
        RecordConflictError
            When the label is enrolled with other samples.
        """
        ...

    def portraits_apart(self, portraits: tuple[Template, ...]) -> tuple[int, ...]:
        """Return the indices of one person's portraits that are unlike most of the others."""
        ...

    def identify(self, prepared: PreparedSubmission, limit: int) -> Identified:
        """Search a person; nothing is recorded about the probe.

        Raises
        ------
        PadUnavailableError
            As `enroll`.
        """
        ...

    def verify(self, prepared: PreparedSubmission, label: str) -> Verified:
        """Compare a person with the one enrolled under a label.

        Raises
        ------
        RecordNotFoundError
            When nobody is.
        PadUnavailableError
            As `enroll`.
        """
        ...

    def record_encounter(self, draft: EncounterDraft) -> RecordedEncounter | NotEnrolled:
        """Search a person in all galleries named, decide, and record the encounter durably.

        The person may be known: then nobody else may come near, and the samples must be like those recorded of them.

        Raises
        ------
        RecordConflictError
            When the person has an encounter of this name, is known although a new one is asked for, was merged into
            another, or is of another kind (simulated or not).
        RecordNotFoundError
            When there is no such gallery.
        PadUnavailableError
            As `enroll`.
        RecordError
            When nothing explains that there are no biometrics, or the registry cannot record; then nothing is.
        """
        ...

    def replace_encounter(self, draft: EncounterDraft) -> RecordedEncounter | NotEnrolled:
        """Put an encounter in the place of the person's own of the same name; it is decided like any other.

        Where the samples are the same, only what is kept with them changes, and where it is found.

        Raises
        ------
        RecordNotFoundError
            When there is no such person, encounter or gallery.
        RecordConflictError
            When the encounter was rejected, or the samples are of another kind (simulated or not).
        PadUnavailableError, RecordError
            As `record_encounter`.
        """
        ...

    def place_encounter(self, asked: Placement) -> RecordedEncounter:
        """Let an encounter be in these galleries and no others, searched in those that are new to it.

        Raises
        ------
        RecordNotFoundError
            When there is no such person, encounter or gallery.
        RecordError
            When no gallery is named.
        """
        ...

    def search_persons(self, asked: PersonSearch) -> PersonsFound:
        """Search a person in some galleries; nothing is recorded but that it was asked.

        Raises
        ------
        RecordNotFoundError
            When there is no such gallery, person or encounter.
        ConfigurationError
            When fewer than one person is asked for.
        RecordError
            When neither samples nor a person are given, or both, or no gallery.
        PadUnavailableError
            As `enroll`.
        """
        ...

    def verify_person(
        self, prepared: PreparedSubmission, person: str, gallery_id: str | None, in_use_only: bool = True
    ) -> Verified:
        """Compare a person with the one of a label, as far as that one is recorded in a gallery, or in any.

        Raises
        ------
        RecordNotFoundError
            When there is no such gallery, or nobody of this label in it.
        PadUnavailableError
            As `enroll`.
        """
        ...

    def deduplicate(
        self, progress: Progress = no_progress, *, gallery_id: str = DEFAULT_GALLERY, only_new: bool = False
    ) -> RunState:
        """Compare everybody in a gallery with everybody and open a case per pair that may be one person.

        The run is kept in the installation, with its pairs. It ends early when whoever asked goes away, and can then be
        gone on with.

        Parameters
        ----------
        progress
            Told pairs of persons compared, and how many there are.
        gallery_id
            Which gallery.
        only_new
            Compare only who came or changed since the last finished run with everybody.

        Raises
        ------
        RecordBusyError
            When another run is worked on.
        StorageError
            When a file of the run cannot be written.
        """
        ...

    def resume_deduplication(self, progress: Progress = no_progress, *, run_id: str) -> RunState:
        """Go on with a run that ended early, to its end.

        Raises
        ------
        RecordNotFoundError
            When there is no such run.
        RecordError, ConfigurationError
            When it is another registry's, or what it depends on changed.
        RecordBusyError, StorageError
            As `deduplicate`, or when the run's files are damaged.
        """
        ...

    def state(self, gallery_id: str = DEFAULT_GALLERY) -> GalleryState:
        """Return how many persons can be found in a gallery."""
        ...

    def keep_gallery(self, *, gallery_id: str = DEFAULT_GALLERY, compact: bool = False) -> GalleryFigures:
        """Open a gallery, let it drop what is retired where asked to, and write a snapshot of it.

        Raises
        ------
        StorageError, RecordBusyError
            When the snapshot cannot be written; the one before stays.
        """
        ...

    def gallery_figures(self, *, gallery_id: str = DEFAULT_GALLERY) -> GalleryFigures:
        """Return what a gallery holds, how it came into memory, and of what its snapshot is."""
        ...

    def call(self, operation: Operation[Asked, Answer], asked: Asked) -> Answer:
        """Perform an operation on the registry and return its answer, or raise what it raises."""
        ...
