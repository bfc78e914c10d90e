"""Cases: what is listed, what an examiner sees before the verdict, and everything after it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.native.models.base import Asked, NameText, PositionWord, ReasonText, Sha256Text, Told

CASE_ID = "0197c2a4f1d27a90b7c4a4b1f0d2e6c8"
_SAMPLE = {"sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "position": "right_index"}
_SHOWN: dict[str, Any] = {**_SAMPLE, "simulated": False}

StatusWord = Literal["open", "awaiting_second", "disputed", "closed"]
PriorityWord = Literal["high", "normal"]
OutcomeWord = Literal[
    "same_person",
    "fraud",
    "different_persons",
    "twin_or_relative",
    "data_error",
    "insufficient_quality",
    "unfounded",
]


class AssignAsked(Asked):
    """Who shall hold the case; whoever asks, if absent."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"examiner": "f.diarra"}]})

    examiner: NameText | None = None


class VerdictAsked(Asked):
    """What was found, why, and about which candidate, by the number under which it is shown."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"outcome": "different_persons", "reason": "the cores differ in both thumbs"},
                {"outcome": "same_person", "candidate": 1, "reason": "the same scar in the right index"},
            ]
        }
    )

    outcome: OutcomeWord
    reason: ReasonText
    candidate: Annotated[int, Field(ge=1, le=1000)] | None = None


class VerdictTold(Told):
    """That a verdict is recorded; what it led to is not told to whoever gave it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"case_id": CASE_ID, "outcome": "different_persons"}]})

    case_id: str
    outcome: OutcomeWord


class OpenedAgainTold(Told):
    """The round that begins."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"case_id": CASE_ID, "round": 2}]})

    case_id: str
    round: int


class HeldTold(Told):
    """Who holds a case until when."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"case_id": CASE_ID, "examiner": "f.diarra", "until": "2026-11-27T09:00:00+00:00"}]
        }
    )

    case_id: str
    examiner: str | None
    until: str | None


class PersonTold(Told):
    """Whom a case is about."""

    person: str
    simulated: bool


class ListedCaseTold(PersonTold):
    """A case of a list, without verdicts and scores."""

    case_id: str
    priority: PriorityWord
    status: StatusWord
    outcome: OutcomeWord | None
    contested: bool
    assigned_to: str | None
    reason: str
    opened_at: str
    candidates: list[PersonTold]


class CasesTold(Told):
    """A page of cases, the most urgent first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "case_id": CASE_ID,
                            "priority": "high",
                            "status": "open",
                            "outcome": None,
                            "contested": False,
                            "assigned_to": None,
                            "reason": "very likely enrolled already",
                            "opened_at": "2026-11-27T08:00:00+00:00",
                            "person": "ML-2026-000017",
                            "simulated": False,
                            "candidates": [{"person": "ML-2026-000003", "simulated": False}],
                        }
                    ],
                    "next": None,
                }
            ]
        }
    )

    items: list[ListedCaseTold]
    next: str | None = Field(description="cursor of the next page; null on the last")


class HeldCasesTold(Told):
    """The cases that whoever asks holds now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"items": [{"case_id": CASE_ID, "examiner": "f.diarra", "until": "2026-11-27T09:00:00+00:00"}]}
            ]
        }
    )

    items: list[HeldTold]


class ShownSampleTold(Told):
    """A picture to look at, under `pictures/{sha256}` of the case."""

    sha256: Sha256Text
    position: PositionWord
    simulated: bool


class ShownCandidateTold(Told):
    """Somebody to compare with, under a number that means nothing."""

    number: int
    samples: list[ShownSampleTold]


class BlindCaseTold(Told):
    """A case for whoever is to judge it: pictures side by side and a question; no scores, no names, no verdicts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "case_id": CASE_ID,
                    "samples": [_SHOWN],
                    "candidates": [{"number": 1, "samples": [_SHOWN]}],
                    "doubts": [],
                    "outcomes": ["same_person", "fraud", "different_persons", "twin_or_relative"],
                }
            ]
        }
    )

    case_id: str
    samples: list[ShownSampleTold]
    candidates: list[ShownCandidateTold]
    doubts: list[str]
    outcomes: list[OutcomeWord]


class RevealedCandidateTold(ShownCandidateTold):
    """A candidate with the evidence."""

    subject_id: str
    score: float
    scores: dict[str, float]
    fmrs: dict[str, float]
    extrapolated: bool


class RevealedCaseTold(Told):
    """A case with everything known about it: for those who judged it, and for supervisors who do not."""

    case_id: str
    subject_id: str
    samples: list[ShownSampleTold]
    candidates: list[RevealedCandidateTold]
    doubts: list[str]
    priority: PriorityWord
    status: StatusWord
    outcome: OutcomeWord | None
    reason: str
    opened_at: str
    closed_at: str | None
    round: int
    evidence: dict[str, Any] = Field(description="policy, thresholds, sizes, models and calibrations of the search")
    verdicts: list[dict[str, Any]]
    reopenings: list[dict[str, Any]]


class ExplanationTold(Told):
    """Why there is a case, in words for the applicant."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "case_id": CASE_ID,
                    "language": "fr",
                    "simulated": False,
                    "explanation": ["Vos empreintes ressemblent à celles d'un autre dossier."],
                }
            ]
        }
    )

    case_id: str
    language: Literal["en", "fr"]
    simulated: bool
    explanation: list[str]


class RateTold(Told):
    """An error rate with its 95 % interval."""

    errors: int
    trials: int
    low: float
    high: float


class ExaminerTold(Told):
    """How often an examiner erred on cases whose answer is known."""

    examiner: str
    false_matches: RateTold | None
    false_non_matches: RateTold | None
    undecided: int


class ExaminersTold(Told):
    """The errors of all examiners."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "examiner": "f.diarra",
                            "false_matches": {"errors": 0, "trials": 40, "low": 0.0, "high": 0.088},
                            "false_non_matches": None,
                            "undecided": 1,
                        }
                    ]
                }
            ]
        }
    )

    items: list[ExaminerTold]
