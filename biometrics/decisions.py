"""Policies and what an enrollment came to. A score opens a case; only a person decides against somebody."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from biometrics.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPolicy:
    """How much false-positive risk a search of the whole gallery may take.

    The threshold on the person-level false match rate follows from the gallery size N: a search makes a false positive
    with probability 1 - (1 - FMR)^N, so FMR = 1 - (1 - FPIR)^(1/N).

    Parameters
    ----------
    version
        Name that every decision records.
    duplicate_fpir
        False positive identification rate at which a candidate is reported as a duplicate.
    review_fpir
        The larger rate at which a candidate is reported as doubtful.
    verification_fmr
        False match rate of a 1:1 comparison.
    smallest_gallery
        N is never taken as less than this, so that thresholds do not start out lax.
    least_compared_share
        Nobody is unique when a smaller share of the gallery could be compared.
    require_pad
        Whether every face must have been judged by presentation attack detection. There is none for fingers.
    """

    version: str
    duplicate_fpir: float
    review_fpir: float
    verification_fmr: float
    smallest_gallery: int
    least_compared_share: float
    require_pad: bool = False

    def __post_init__(self) -> None:
        if not 0.0 < self.duplicate_fpir <= self.review_fpir < 1.0:
            raise ConfigurationError("policy rates must satisfy 0 < duplicate_fpir <= review_fpir < 1")
        if not 0.0 < self.verification_fmr < 1.0:
            raise ConfigurationError("verification_fmr must lie between 0 and 1")
        if self.smallest_gallery < 1 or not 0.0 <= self.least_compared_share <= 1.0:
            raise ConfigurationError("smallest_gallery must be at least 1 and least_compared_share within 0-1")


class Reason(Enum):
    """Why somebody was not enrolled; each is advice to the operator, never a verdict on the person."""

    NO_FACE = "no_face"
    FACE_TURNED = "face_turned"
    FACE_UNUSABLE = "face_unusable"
    BLANK_PRINT = "blank_print"
    TOO_FEW_MINUTIAE = "too_few_minutiae"
    SAMPLE_TOO_SMALL = "sample_too_small"
    NO_USABLE_SAMPLE = "no_usable_sample"
    ATTACK_SUSPECTED = "attack_suspected"

    @property
    def advice(self) -> str:
        """What the operator can do."""
        return _ADVICE[self]


_ADVICE = {
    Reason.NO_FACE: "no face was found; take the portrait again, facing the camera in even light",
    Reason.FACE_TURNED: "the face is seen from the side; take the portrait again, facing the camera",
    Reason.FACE_UNUSABLE: "too little of the face can be made out; take the portrait again, sharp and in even light",
    Reason.BLANK_PRINT: "no ridges were found; clean the sensor and capture the finger again",
    Reason.TOO_FEW_MINUTIAE: "too few minutiae to compare; moisten or dry the finger and press it flat",
    Reason.SAMPLE_TOO_SMALL: "the picture or its face is too small to judge; come closer, or capture at full size",
    Reason.ATTACK_SUSPECTED: "the picture may show a photograph, a screen or a mask; capture again under supervision",
    Reason.NO_USABLE_SAMPLE: "no sample could be used; capture again or record an exception",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique:
    """Nobody in the gallery came near; the subject is active."""

    subject_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """The gallery very likely holds this person; the encounter is pending and a case is open."""

    subject_id: str
    of: str
    case_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsReview:
    """Doubtful candidates or samples, or too little of the gallery compared; the encounter is pending with a case."""

    subject_id: str
    case_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEnrolled:
    """No sample could be used; nothing was recorded but the attempt."""

    reasons: tuple[Reason, ...]


EnrollmentOutcome: TypeAlias = Unique | Duplicate | NeedsReview | NotEnrolled
