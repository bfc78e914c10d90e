"""Pictures in, outcomes out: enrollment, identification and verification in one call each."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.native.models.base import Asked, GalleryName, ModalityWord, NameText, PositionWord, Told
from api.native.models.entries import StatedException
from api.native.models.rights import NoticeAsked
from biometrics.records import DEFAULT_GALLERY

MOST_PICTURES = 30
MOST_CANDIDATES = 100

_PICTURE: dict[str, Any] = {"data": "iVBORw0KGgo...", "position": "right_index", "ppi": 500}
_PORTRAIT: dict[str, Any] = {"data": "/9j/4AAQSkZJRg...", "position": "face"}


class Picture(Asked):
    """One picture: what it shows, and its bytes."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PICTURE, _PORTRAIT]})

    data: Annotated[
        str,
        StringConstraints(min_length=1),
        Field(
            description="the file's bytes in standard base64 (RFC 4648 section 4): PNG, JPEG, JPEG 2000, BMP, TIFF, WSQ"
        ),
    ]
    position: PositionWord = "unknown"
    modality: ModalityWord | None = Field(default=None, description="told from the position or the picture if absent")
    ppi: Annotated[float, Field(gt=0, le=5000)] | None = Field(
        default=None, description="pixels per inch of a finger; the file's own if absent"
    )


Pictures = Annotated[list[Picture], Field(min_length=1, max_length=MOST_PICTURES)]


class Meeting(Asked):
    """Who met the person, where and why; what is absent is taken from the token."""

    operator: NameText | None = None
    station: NameText | None = None
    post: NameText | None = None
    appointment: NameText | None = None
    receipt: NameText | None = None
    purpose: NameText | None = None


class EnrollAsked(Asked):
    """A person to enroll."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"person": "ML-2026-000017", "pictures": [_PICTURE, _PORTRAIT], "meeting": {"post": "BKO-1"}}]
        }
    )

    person: NameText | None = Field(
        default=None, description="your identifier of the person, new to the registry; one is made if absent"
    )
    pictures: Pictures
    gallery: GalleryName = DEFAULT_GALLERY
    meeting: Meeting = Meeting()
    exceptions: Annotated[tuple[StatedException, ...], Field(max_length=12, strict=False)] = ()
    notice: NoticeAsked | None = Field(default=None, description="what the person was told before, in which language")
    record: dict[str, Any] | None = Field(
        default=None, description="what the person states, as PUT .../record takes it"
    )


class IdentifyAsked(Asked):
    """Pictures of one person, to be searched among all of a gallery."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"pictures": [_PICTURE], "limit": 5}]})

    pictures: Pictures
    gallery: GalleryName = DEFAULT_GALLERY
    limit: Annotated[int, Field(ge=1, le=MOST_CANDIDATES)] = 10


class VerifyAsked(Asked):
    """Pictures of one person, and who that is said to be."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"person": "ML-2026-000017", "pictures": [_PICTURE]}]})

    person: NameText
    pictures: Pictures
    gallery: GalleryName | None = Field(default=None, description="the person must be of this gallery; any if absent")


class ReasonTold(Told):
    """Why a sample could not be used, and what to do."""

    code: str
    advice: str


class SampleTold(Told):
    """What was found in one of the pictures, in their order."""

    position: PositionWord
    quality: int
    usable: bool
    reasons: list[ReasonTold]


class EnrollmentTold(Told):
    """What an enrollment came to; a duplicate and a doubt both wait for a person to decide the case."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "outcome": "unique",
                    "person": "ML-2026-000017",
                    "subject_id": "0197c2a4f1d07c5b8f0e0c7a9d3b1e42",
                    "encounter": "0197c2a4f1d27a90b7c4a4b1f0d2e6c8",
                    "case": None,
                    "simulated": False,
                    "repeated": False,
                    "reasons": [],
                    "samples": [{"position": "right_index", "quality": 78, "usable": True, "reasons": []}],
                }
            ]
        }
    )

    outcome: Literal["unique", "duplicate", "needs_review", "not_enrolled"]
    person: str | None
    subject_id: str | None
    encounter: str | None
    case: str | None
    simulated: bool
    repeated: bool = Field(description="the same request was answered before; nothing was written")
    reasons: list[ReasonTold]
    samples: list[SampleTold]


class Evidence(Told):
    """How alike two persons are; absent where the client's rights do not hold scores."""

    score: float = Field(description="-log10 of the person-level false match rate")
    fmr: float
    extrapolated: bool
    scores: dict[str, float] = Field(description="comparison scores by position")


class CandidateTold(Told):
    """Somebody who may be the person searched, the likeliest first."""

    rank: int
    person: str
    subject_id: str
    simulated: bool
    evidence: Evidence | None


class IdentificationTold(Told):
    """Who a person may be; an empty list of a complete search says: nobody of the gallery."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "found": True,
                    "candidates": [
                        {
                            "rank": 1,
                            "person": "ML-2026-000017",
                            "subject_id": "0197c2a4f1d07c5b8f0e0c7a9d3b1e42",
                            "simulated": False,
                            "evidence": {
                                "score": 11.2,
                                "fmr": 6.3e-12,
                                "extrapolated": True,
                                "scores": {"right_index": 143.0},
                            },
                        }
                    ],
                    "gallery_size": 120000,
                    "compared": 120000,
                    "complete": True,
                    "simulated": False,
                    "reasons": [],
                }
            ]
        }
    )

    found: bool
    candidates: list[CandidateTold]
    gallery_size: int
    compared: int
    complete: bool = Field(description="false: a part did not answer or may not; who is not listed is not unknown")
    simulated: bool = Field(description="the pictures sent are simulated: they show nobody")
    reasons: list[ReasonTold] = Field(description="why nobody was searched; empty when somebody was")


class VerificationTold(Told):
    """Whether a person is who they are said to be."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "match": True,
                    "comparable": True,
                    "person": "ML-2026-000017",
                    "probe_simulated": False,
                    "reference_simulated": False,
                    "reasons": [],
                    "evidence": None,
                }
            ]
        }
    )

    match: bool
    comparable: bool = Field(description="false: the two share no finger or face")
    person: str
    probe_simulated: bool
    reference_simulated: bool
    reasons: list[ReasonTold]
    evidence: Evidence | None
