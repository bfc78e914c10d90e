"""Persons: what is found, listed and shown, and the record they state."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.native.models.base import Asked, GalleryName, NameText, ReasonText, Told

SUBJECT_ID = "0197c2a4f1d07c5b8f0e0c7a9d3b1e42"
RECORD: dict[str, Any] = {
    "names": [{"kind": "current", "family": "Traoré", "given": "Awa"}],
    "sex": "female",
    "birth_date": {"value": "1990-02", "precision": "month"},
    "birth_place": {"value": "Kayes", "precision": "commune", "country": "MLI"},
    "nationality": "MLI",
    "father": {"kind": "current", "family": "Traoré", "given": "Moussa"},
    "mother": None,
}

DayText = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$"), Field(description="a day, 1990-02-28")]
PersonStatusWord = Literal["active", "inactive", "deceased", "merged", "purged"]


class FindAsked(Asked):
    """Whom to find: by a number alone, or by name and birth; names in any spelling. Never part of an address."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Traore", "given": "Awa", "born_from": "1990-01-01", "born_to": "1990-12-31"},
                {"number": "AA0123456"},
            ]
        }
    )

    name: NameText | None = None
    given: NameText | None = None
    born_from: DayText | None = None
    born_to: DayText | None = None
    number: NameText | None = Field(default=None, description="a NINA or other number, a label, or a receipt")
    gallery: GalleryName | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, StringConstraints(max_length=400)] | None = None


class FoundTold(Told):
    """Somebody found, and what they state now."""

    person: str
    subject_id: str
    simulated: bool
    status: PersonStatusWord
    survivor: str | None = Field(description="whom the person was found to be")
    record: dict[str, Any] | None


class FoundPersonsTold(Told):
    """The persons found, the closest spelling first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "person": "ML-2026-000017",
                            "subject_id": SUBJECT_ID,
                            "simulated": False,
                            "status": "active",
                            "survivor": None,
                            "record": RECORD,
                        }
                    ],
                    "complete": True,
                    "next": None,
                }
            ]
        }
    )

    items: list[FoundTold]
    complete: bool = Field(description="false: there are more than these; narrow the search, or go on by the cursor")
    next: str | None = Field(description="cursor of the next page; null on the last")


class ListedPersonTold(Told):
    """A person, and where each encounter stands, the oldest first."""

    person: str
    subject_id: str
    simulated: bool
    encounters: list[Literal["pending", "active", "rejected", "retired"]]


class PersonsTold(Told):
    """A page of everybody, by internal identifier."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "person": "ML-2026-000017",
                            "subject_id": SUBJECT_ID,
                            "simulated": False,
                            "encounters": ["active"],
                        }
                    ],
                    "next": None,
                }
            ]
        }
    )

    items: list[ListedPersonTold]
    next: str | None = Field(description="cursor of the next page; null on the last")


class PersonTold(Told):
    """Everything that is recorded about a person but pictures and templates."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person": "ML-2026-000017",
                    "subject_id": SUBJECT_ID,
                    "simulated": False,
                    "status": "active",
                    "survivor": None,
                    "current": None,
                    "versions": None,
                    "numbers": [],
                    "evidence": [],
                    "guardians": [],
                    "life_events": [],
                    "exceptions": [],
                    "encounters": [],
                    "cases": [],
                    "merges": [],
                    "words": None,
                }
            ]
        }
    )

    person: str
    subject_id: str
    simulated: bool
    status: PersonStatusWord
    survivor: str | None
    current: dict[str, Any] | None = Field(description="the current version of the record")
    versions: list[dict[str, Any]] | None = Field(description="all versions, where the history is asked for")
    numbers: list[dict[str, Any]]
    evidence: list[dict[str, Any]]
    guardians: list[dict[str, Any]]
    life_events: list[dict[str, Any]]
    exceptions: list[dict[str, Any]]
    encounters: list[dict[str, Any]]
    cases: list[str]
    merges: list[dict[str, Any]]
    words: list[str] | None = Field(description="the same in lines to read aloud, where asked for, in en or fr")


class RecordAsked(Asked):
    """What a person states, whole; a correction makes a new version, and the ones before it stay readable."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"record": RECORD, "reason": "the birth certificate was presented"}]}
    )

    record: dict[str, Any]
    reason: ReasonText


class RecordTold(Told):
    """The current version of what a person states."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person": "ML-2026-000017",
                    "subject_id": SUBJECT_ID,
                    "simulated": False,
                    "version": 2,
                    "record": RECORD,
                }
            ]
        }
    )

    person: str
    subject_id: str
    simulated: bool
    version: int
    record: dict[str, Any]
