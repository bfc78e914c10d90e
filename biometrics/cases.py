"""Cases: questions that only a trained person answers, what they rest on, and the verdicts people give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class CasePriority(Enum):
    """Which cases to look at first."""

    HIGH = "high"
    NORMAL = "normal"


class CaseStatus(Enum):
    """Where a case stands; who holds it at the moment is another matter, see `AdjudicationCase.holder`."""

    OPEN = "open"
    AWAITING_SECOND = "awaiting_second"
    DISPUTED = "disputed"
    CLOSED = "closed"


class CaseKind(Enum):
    """Whether anybody waits for the answer, or it is known and measures the examiner."""

    QUESTION = "question"
    SEEDED = "seeded"


class CaseDoubt(Enum):
    """What a person should look at besides the candidates."""

    ATTACK_SUSPECTED = "attack_suspected"
    PORTRAITS_APART = "portraits_apart"
    GALLERY_NOT_SEARCHED = "gallery_not_searched"
    UNLIKE_OWN_RECORDS = "unlike_own_records"
    REJECTED_BEFORE = "rejected_before"


class CaseOutcome(Enum):
    """What a person found. `unfounded` answers cases without candidates, the others mostly those with some."""

    SAME_PERSON = "same_person"
    FRAUD = "fraud"
    DIFFERENT_PERSONS = "different_persons"
    TWIN_OR_RELATIVE = "twin_or_relative"
    DATA_ERROR = "data_error"
    INSUFFICIENT_QUALITY = "insufficient_quality"
    UNFOUNDED = "unfounded"

    @property
    def adverse(self) -> bool:
        """Whether it denies or merges somebody, so that a second examiner must find the same."""
        return self in (CaseOutcome.SAME_PERSON, CaseOutcome.FRAUD)

    @property
    def parts(self) -> bool:
        """Whether it says that the subject is none of the candidates."""
        return self in (CaseOutcome.DIFFERENT_PERSONS, CaseOutcome.TWIN_OR_RELATIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCandidate:
    """Whom a case compares the encounter with, and the evidence: person-level and per position.

    Parameters
    ----------
    subject_id
        Whom.
    score
        Person-level evidence, -log10 of the fused false match rate.
    scores, fmrs
        Comparison score and false match rate by position; rates are missing where none was calibrated or recorded.
    extrapolated
        Whether the person-level rate lies below what the calibration data support.
    """

    subject_id: str
    score: float
    scores: Mapping[str, float] = field(default_factory=dict)
    extrapolated: bool = False
    fmrs: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchEvidence:
    """What was searched when a case was opened, and by which rules; what was not recorded is empty.

    Parameters
    ----------
    policy_version
        The policy that was applied.
    duplicate_fmr, review_fmr
        Its person-level thresholds at this gallery size.
    gallery_size, compared
        Subjects there were, and subjects that shared a comparable position.
    models, calibrations
        By modality, the model that made the templates and the population its scores were calibrated on.
    doubts
        What to look at besides the candidates.
    """

    policy_version: str = ""
    duplicate_fmr: float | None = None
    review_fmr: float | None = None
    gallery_size: int | None = None
    compared: int | None = None
    models: Mapping[str, str] = field(default_factory=dict)
    calibrations: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[CaseDoubt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one examiner found, once and for all.

    Parameters
    ----------
    round
        1 until the case is reopened, then one more each time.
    ordinal
        1 for the first verdict of the case.
    examiner
        Whose; no examiner gives two verdicts on one case.
    outcome, candidate_id
        What was found; for adverse outcomes, about which candidate.
    reason
        Why, in the examiner's words. It may name people: it is shown to those concerned and never logged.
    given_at
        When.
    """

    round: int
    ordinal: int
    examiner: str
    outcome: CaseOutcome
    candidate_id: str | None
    reason: str
    given_at: datetime

    def agrees_with(self, other: Verdict) -> bool:
        """Return whether both found the same, about the same candidate where that matters."""
        same_candidate = not self.outcome.adverse or self.candidate_id == other.candidate_id
        return self.outcome is other.outcome and same_candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopening:
    """Why a closed case was opened again: a supervisor asked, or an applicant contested.

    `round` is the one it began.
    """

    round: int
    actor: str
    contested: bool
    reason: str
    reopened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicationCase:
    """A question for a trained person: whether the subject of this encounter is one of the candidates.

    `assigned_to` may decide it until `assigned_until`. `outcome` is there once it is closed; `round` counts from 1, one
    more whenever it is reopened.
    """

    case_id: str
    encounter_id: str
    subject_id: str
    candidates: tuple[CaseCandidate, ...]
    priority: CasePriority
    status: CaseStatus
    reason: str
    opened_at: datetime
    kind: CaseKind = CaseKind.QUESTION
    evidence: SearchEvidence = SearchEvidence()
    assigned_to: str | None = None
    assigned_until: datetime | None = None
    round: int = 1
    closed_at: datetime | None = None
    outcome: CaseOutcome | None = None
    verdicts: tuple[Verdict, ...] = ()
    reopenings: tuple[Reopening, ...] = ()

    def holder(self, moment: datetime) -> str | None:
        """Return who may decide the case at a moment; None when anybody may take it."""
        if self.assigned_until is None or self.assigned_until <= moment:
            return None
        return self.assigned_to

    @property
    def contested(self) -> bool:
        """Whether an applicant ever contested an outcome of it."""
        return any(one.contested for one in self.reopenings)

    @property
    def examiners(self) -> frozenset[str]:
        """Who gave a verdict on it, in whatever round."""
        return frozenset(one.examiner for one in self.verdicts)
