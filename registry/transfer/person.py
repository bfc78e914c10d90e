"""One person as a line of an exchange tells of them: the subject, what they stated, and their encounters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from biometrics.people.history import PersonFile
from biometrics.records import Encounter, Subject
from biometrics.templates import BiometricReference


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangedEncounter:
    """An encounter with its references.

    Parameters
    ----------
    encounter
        With its samples, if the line names them.
    references
        Of its samples; none where only images are exchanged.
    cbeff
        Path of the CBEFF file that holds its samples, from the exchange folder on; None where they are loose.
    """

    encounter: Encounter
    references: tuple[BiometricReference, ...] = ()
    cbeff: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangedMerge:
    """That the subject was found to be another, why, and when."""

    into_id: str
    reason: str
    merged_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangedPerson:
    """A person, whole.

    Parameters
    ----------
    subject
        As it stood before it was merged, if it was.
    created_at
        When it was first recorded.
    file
        What is stated about the person, history included.
    encounters
        Those that came with a merge still belong to whom they came from.
    merge
        The merge that stands; None where the subject stands for itself.
    names_itself
        Whether the line gives the subject's identifier; if not, a new one was made.
    """

    subject: Subject
    created_at: datetime
    file: PersonFile
    encounters: tuple[ExchangedEncounter, ...] = ()
    merge: ExchangedMerge | None = None
    names_itself: bool = True

    @property
    def sample_digests(self) -> dict[str, None]:
        """Digests of every file that records about this person name, in order."""
        named: list[str | None] = [paper.evidence.scan_sha256 for paper in self.file.evidence]
        named += [one.exception.photo_sha256 for one in self.file.exceptions]
        named += [sample.sha256 for one in self.encounters for sample in one.encounter.samples]
        return dict.fromkeys(digest for digest in named if digest is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaid:
    """What counts where a line leaves something out."""

    at: datetime
    actor: str
    galleries: tuple[str, ...]
    reason: str = "imported"
    policy_version: str = "imported"
