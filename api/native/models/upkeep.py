"""Figures, long work, the audit trail and administration."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.native.models.base import Asked, GalleryName, Told
from biometrics.records import DEFAULT_GALLERY

RUN_ID = "20261127-080000-000000"


class StatisticsTold(Told):
    """What was done, what waits, and which operators to ask; rates with their 95 % intervals."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "first": "2026-11-01",
                    "last": "2026-11-27",
                    "by": "post",
                    "total": {"enrolled": 812},
                    "parts": [{"post": "BKO-1", "enrolled": 500}],
                    "backlog": [],
                    "alarms": [],
                }
            ]
        }
    )

    first: str
    last: str
    by: Literal["nothing", "day", "post", "operator"]
    total: dict[str, Any]
    parts: list[dict[str, Any]]
    backlog: list[dict[str, Any]]
    alarms: list[dict[str, Any]]


class DeduplicateAsked(Asked):
    """Whom to compare with each other."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"gallery": "citizens", "only_new": True}]})

    gallery: GalleryName = DEFAULT_GALLERY
    only_new: bool = Field(default=False, description="only who came or changed since the last finished run")


class RunTold(Told):
    """How a deduplication stands, as kura dedup status shows it."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {"run": RUN_ID, "kind": "everybody", "status": "running", "gallery": "citizens", "persons": 812}
            ]
        },
    )

    run: str
    kind: str
    status: Literal["running", "unfinished", "finished"]
    gallery: str
    persons: int


class RunsTold(Told):
    """All runs, the newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "run": RUN_ID,
                            "kind": "everybody",
                            "status": "finished",
                            "gallery": "citizens",
                            "persons": 812,
                        }
                    ]
                }
            ]
        }
    )

    items: list[RunTold]


class StartedTold(Told):
    """A run that was begun or gone on with; `run` is null where its name is not known yet."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"run": RUN_ID}]})

    run: str | None


class PairTold(Told):
    """Two persons who may be one, and the case that asks."""

    a: str
    b: str
    a_simulated: bool
    b_simulated: bool
    outcome: str
    score: float
    fmr: float
    extrapolated: bool
    scores: dict[str, float]
    case_id: str
    subject_a: str
    subject_b: str


class PairsTold(Told):
    """A page of the pairs a run reports, the likeliest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "a": "ML-2026-000003",
                            "b": "ML-2026-000017",
                            "a_simulated": False,
                            "b_simulated": False,
                            "outcome": "duplicate",
                            "score": 11.2,
                            "fmr": 6.3e-12,
                            "extrapolated": True,
                            "scores": {"right_index": 143.0},
                            "case_id": "0197c2a4f1d27a90b7c4a4b1f0d2e6c8",
                            "subject_a": "0197c2a4f1d07c5b8f0e0c7a9d3b1e11",
                            "subject_b": "0197c2a4f1d07c5b8f0e0c7a9d3b1e42",
                        }
                    ],
                    "next": None,
                }
            ]
        }
    )

    items: list[PairTold]
    next: str | None = Field(description="cursor of the next page; null on the last")


class EventTold(Told):
    """An event of the audit trail; its details hold identifiers, digests and counts, nothing personal."""

    sequence: int
    at: str
    action: str
    subject_id: str | None
    simulated: bool
    actor: str | None
    role: str | None
    post: str | None
    station: str | None
    purpose: str | None
    details: dict[str, Any]


class EventsTold(Told):
    """A page of the audit trail, in the order in which it was written."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "sequence": 4711,
                            "at": "2026-11-27T08:00:00+00:00",
                            "action": "person.read",
                            "subject_id": "0197c2a4f1d07c5b8f0e0c7a9d3b1e42",
                            "simulated": False,
                            "actor": "m.keita",
                            "role": "supervisor",
                            "post": "BKO-1",
                            "station": None,
                            "purpose": "complaint",
                            "details": {},
                        }
                    ],
                    "next": None,
                }
            ]
        }
    )

    items: list[EventTold]
    next: str | None = Field(description="cursor of the next page; null on the last")


class GalleryAsked(Asked):
    """A new gallery and what it is for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"gallery": "residents", "purpose": "residence"}]})

    gallery: GalleryName
    purpose: Annotated[str, StringConstraints(min_length=1, max_length=200)]


_GALLERY: dict[str, Any] = {
    "gallery": "citizens",
    "purpose": "national_identity",
    "encounters": 812,
    "created_at": "2026-11-01T08:00:00+00:00",
}


class GalleryTold(Told):
    """A gallery: who is searched together, and for what."""

    model_config = ConfigDict(json_schema_extra={"examples": [_GALLERY]})

    gallery: str
    purpose: str
    encounters: int
    created_at: str


class GalleriesTold(Told):
    """The galleries that the client may see."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_GALLERY]}]})

    items: list[GalleryTold]


class FiguresTold(Told):
    """What a gallery holds in memory, how it came there, and of what its snapshot is."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [{"gallery": "citizens", "origin": "snapshot", "latest_change": 900, "persons": 812}]
        },
    )

    gallery: str
    origin: str
    latest_change: int


class SnapshotAsked(Asked):
    """Whether what is retired is dropped from memory first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"compact": True}]})

    compact: bool = False


class StateTold(Told):
    """What is recorded and searched at this moment."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "policy": "kura-2",
                    "counts": {"subjects": 812, "simulated_subjects": 0, "open_cases": 3},
                    "tasks": {"to_perform": 0, "to_deliver": 1},
                }
            ]
        }
    )

    policy: str
    counts: dict[str, int]
    tasks: dict[str, int] = Field(description="tasks of all clients that wait to be performed, and to be delivered")


class ModelTold(Told):
    """A model, and how many references in use it made."""

    model_id: str
    references: int


class ModelsTold(Told):
    """The models that made the references in use; counting reads all of them."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [{"model_id": "leader-fingers-1", "references": 8120}]}]}
    )

    items: list[ModelTold]
