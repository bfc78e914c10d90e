"""What the registry keeps about persons: every statement with when, by whom and why it was recorded and ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from biometrics.errors import PersonDataError
from biometrics.people.evidence import Evidence
from biometrics.people.exceptions import CaptureException
from biometrics.people.identifiers import PersonNumber
from biometrics.people.life import Guardian, LifeEvent
from biometrics.people.record import PersonRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonVersion:
    """A record and its place among the versions of its subject, from 1; the highest is the current one."""

    subject_id: str
    version: int
    recorded_at: datetime
    actor: str
    reason: str
    record: PersonRecord
    encounter_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldNumber:
    """A number that a subject holds, or held until `ended_at`."""

    identifier_id: str
    subject_id: str
    number: PersonNumber
    valid_from: datetime
    actor: str
    reason: str
    ended_at: datetime | None = None
    end_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldEvidence:
    """A paper that a subject presented; `replaced_by` names the evidence that came in its place."""

    evidence_id: str
    subject_id: str
    evidence: Evidence
    recorded_at: datetime
    actor: str
    encounter_id: str | None = None
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedException:
    """An exception in an encounter, with the operator who asked for it.

    Raises
    ------
    PersonDataError
        When the operator approved it.
    """

    encounter_id: str
    exception: CaptureException
    operator: str
    recorded_at: datetime

    def __post_init__(self) -> None:
        if self.operator == self.exception.approver:
            raise PersonDataError(
                "an exception is approved by its own operator", remedy="let a supervisor or another person approve it"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldGuardian:
    """Who speaks for a subject, or spoke until `ended_at`."""

    guardian_id: str
    subject_id: str
    guardian: Guardian
    recorded_at: datetime
    actor: str
    reason: str
    ended_at: datetime | None = None
    end_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedLifeEvent:
    """A life event of a subject; one with `annulled_at` was recorded wrongly and counts no more."""

    event_id: str
    subject_id: str
    event: LifeEvent
    recorded_at: datetime
    actor: str
    reason: str
    annulled_at: datetime | None = None
    annulled_by: str | None = None
    annulment_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFile:
    """Everything recorded about one subject beside the biometrics, history included."""

    subject_id: str
    versions: tuple[PersonVersion, ...] = ()
    numbers: tuple[HeldNumber, ...] = ()
    evidence: tuple[HeldEvidence, ...] = ()
    exceptions: tuple[GrantedException, ...] = ()
    guardians: tuple[HeldGuardian, ...] = ()
    life_events: tuple[RecordedLifeEvent, ...] = ()

    @property
    def current(self) -> PersonVersion | None:
        """The version that counts; None when nothing was stated yet."""
        return max(self.versions, key=lambda one: one.version, default=None)
