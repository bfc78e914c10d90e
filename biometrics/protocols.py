"""What rooms need of each other, so that they need not import each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable

from biometrics.cases import CaseCandidate, CasePriority, SearchEvidence
from biometrics.errors import RecordError
from biometrics.templates import BiometricReference


class ChangeKind(Enum):
    """What happened to a subject's references."""

    ADDED = "added"
    RETIRED = "retired"
    MOVED = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceChange:
    """One numbered change of the registry that the gallery follows.

    Parameters
    ----------
    sequence, kind
        Its number, and what happened.
    subject_id, galleries
        Whose the encounter is after the change, and in which galleries.
    references
        Those of one encounter: all it added, all it retired, or all it held when it moved to `subject_id`. They arrive
        together or not at all.
    attributes
        What is noted of them, so that searches can be limited to some: `simulated`, for example.
    from_subject_id, from_galleries
        Whose a moved encounter was before, and in which galleries; None and nothing for other kinds.

    Raises
    ------
    RecordError
        When it says whence it came although it did not move, or does not although it did.
    """

    sequence: int
    kind: ChangeKind
    subject_id: str
    references: tuple[BiometricReference, ...]
    galleries: frozenset[str] = frozenset()
    from_subject_id: str | None = None
    from_galleries: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if (self.kind is ChangeKind.MOVED) != (self.from_subject_id is not None):
            raise RecordError("a moved encounter, and no other, comes from somebody", source=str(self.sequence))


@runtime_checkable
class ReferenceSource(Protocol):
    """The registry, as the gallery sees it."""

    def latest_sequence(self) -> int:
        """Return the number of the last change; 0 when there is none."""
        ...

    def changes_since(self, sequence: int) -> Iterator[ReferenceChange]:
        """Yield every change numbered above `sequence`, ascending and without gaps."""
        ...

    def active_subjects(self) -> int:
        """Return how many subjects have at least one active reference."""
        ...

    def active_references(self) -> int:
        """Return how many references are active."""
        ...

    def mark(self, sequence: int) -> str:
        """Return a digest that no other registry, and no other history of this one, has at a change."""
        ...


@runtime_checkable
class CaseSink(Protocol):
    """Whoever takes the questions that searches raise."""

    def open_case(
        self,
        *,
        subject_id: str,
        candidates: tuple[CaseCandidate, ...],
        priority: CasePriority,
        reason: str,
        evidence: SearchEvidence | None = None,
    ) -> str:
        """Open a case, or return the case that asks or answered the same; the result is its identifier."""
        ...

    def answered(self, subject_id: str, other_id: str) -> bool:
        """Return whether people decided that two subjects are not one, and nothing was added about either since."""
        ...


@runtime_checkable
class Progress(Protocol):
    """Whoever shows how far long work has come."""

    def __call__(self, done: int, total: int, what: str) -> None:
        """Take note that `done` of `total` steps of `what` are finished."""
        ...


def no_progress(done: int, total: int, what: str) -> None:
    """Show nothing."""
