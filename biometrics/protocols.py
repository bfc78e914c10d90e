"""What rooms need of each other, so that they need not import each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable

from biometrics.cases import CaseCandidate, CasePriority
from biometrics.templates import BiometricReference


class ChangeKind(Enum):
    """What happened to a subject's references."""

    ADDED = "added"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceChange:
    """One numbered change of the registry that the gallery follows.

    `references` are those of one encounter: all it added, or all it retired. They arrive together or not at all.
    """

    sequence: int
    kind: ChangeKind
    subject_id: str
    references: tuple[BiometricReference, ...]


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


@runtime_checkable
class CaseSink(Protocol):
    """Whoever takes the questions that searches raise."""

    def open_case(
        self, *, subject_id: str, candidates: tuple[CaseCandidate, ...], priority: CasePriority, reason: str
    ) -> str:
        """Open a case, or return the open case that asks the same; the result is its identifier."""
        ...


@runtime_checkable
class Progress(Protocol):
    """Whoever shows how far long work has come."""

    def __call__(self, done: int, total: int, what: str) -> None:
        """Take note that `done` of `total` steps of `what` are finished."""
        ...


def no_progress(done: int, total: int, what: str) -> None:
    """Show nothing."""
