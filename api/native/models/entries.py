"""What is recorded about a person beside the record: numbers, papers, exceptions, guardians, life events, merges."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.native.models.base import Asked, NameText, PositionWord, ReasonText, Told

LONGEST_SCAN = 20_000_000
"""Characters of base64, 15 MB of a file: a page scanned in colour at 300 dots per inch takes a tenth of it."""

ScanText = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_SCAN), Field(description="a file's bytes in base64")
]


EXCEPTION: dict[str, Any] = {
    "positions": ["left_thumb"],
    "reason": "amputated",
    "presence": "permanent",
    "approver": "a.traore",
    "without_photo": "the camera was broken",
}


class DateAsked(Asked):
    """A date as exactly as it is known: `1960`, `circa`."""

    value: Annotated[str, StringConstraints(max_length=10)] | None = None
    precision: Literal["day", "month", "year", "circa", "unknown"] = "unknown"


class PersonNameAsked(Asked):
    """A name as its bearer writes it."""

    kind: Literal["current", "birth", "alias"] = "current"
    family: Annotated[str, StringConstraints(max_length=200)] = ""
    given: Annotated[str, StringConstraints(max_length=200)] = ""


class NumberAsked(Asked):
    """A number that names the person elsewhere."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"scheme": "passport", "value": "AA0123456", "reason": "the passport was presented"}]
        }
    )

    scheme: Literal["nina", "passport", "id_card", "consular_card", "birth_act", "foreign", "other", "simulated"]
    value: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    temporary: bool = Field(default=False, description="a NINA for a time; of no other scheme")
    replaces: NameText | None = Field(default=None, description="identifier of the number that ends")
    reason: ReasonText


class EvidenceAsked(Asked):
    """A paper that was presented, and its scan."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "birth_act",
                    "number": "117/1990",
                    "issued_by": "Commune III",
                    "issued_on": {"value": "1990", "precision": "year"},
                }
            ]
        }
    )

    type: Literal[
        "birth_act",
        "jugement_suppletif",
        "acte_de_notoriete",
        "fiche_individuelle",
        "recepisse",
        "passport",
        "id_card",
        "other",
    ]
    number: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    issued_by: NameText | None = None
    issued_on: DateAsked = DateAsked()
    provisional: bool = False
    scan: ScanText | None = None
    encounter: NameText | None = Field(default=None, description="at which it was presented")
    replaces: NameText | None = Field(default=None, description="identifier of the evidence in whose place it comes")


class StatedException(Asked):
    """Positions that could not be captured, why, and who allowed it: not whoever sends this."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXCEPTION]})

    positions: Annotated[list[PositionWord], Field(min_length=1, max_length=11)]
    reason: Literal["missing", "amputated", "bandaged", "worn", "henna", "child", "unable", "other"]
    presence: Literal["permanent", "temporary"]
    approver: NameText
    without_photo: Annotated[str, StringConstraints(min_length=1, max_length=2000)] | None = Field(
        default=None, description="why there is no photo that shows it"
    )


class ExceptionsAsked(Asked):
    """Exceptions of an encounter, by default the newest, and the photo that shows those without a reason for none."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"exceptions": [EXCEPTION]}]})

    exceptions: Annotated[list[StatedException], Field(min_length=1, max_length=12)]
    encounter: NameText | None = None
    photo: ScanText | None = None


class GuardianAsked(Asked):
    """Who speaks for a child: somebody recorded here, or named."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"relation": "parent", "person": "ML-2026-000003", "reason": "both came together"}]
        }
    )

    relation: Literal["parent", "tutor", "other"]
    person: NameText | None = Field(default=None, description="the guardian, where recorded here")
    name: PersonNameAsked | None = None
    document_number: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    reason: ReasonText


class LifeEventAsked(Asked):
    """A death, or that the record is out of use or in use again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "death", "date": {"value": "2026-03", "precision": "month"}, "reason": "certificate 12/2026"}
            ]
        }
    )

    kind: Literal["death", "inactive", "active"]
    date: DateAsked = DateAsked()
    evidence: NameText | None = Field(default=None, description="identifier of the person's evidence of it")
    reason: ReasonText


class ReasonAsked(Asked):
    """Why something ends or is undone."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "recorded for the wrong person"}]})

    reason: ReasonText


class MergeAsked(Asked):
    """Who the person is, and who else looked at it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"into": "ML-2026-000003", "reason": "same prints, see the file", "approver": "a.traore"}]
        }
    )

    into: NameText
    reason: ReasonText
    approver: NameText = Field(description="another person than who asks, who agrees")


class EntryTold(Told):
    """The identifier of what was recorded or ended."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": "0197c2a4f1d27a90b7c4a4b1f0d2e6c8"}]})

    id: str


class MergeTold(Told):
    """A merge as it stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "merge_id": "0197c2a4f1d27a90b7c4a4b1f0d2e6c8",
                    "person": "ML-2026-000017",
                    "into": "ML-2026-000003",
                    "subject_id": "0197c2a4f1d07c5b8f0e0c7a9d3b1e42",
                    "into_id": "0197c2a4f1d07c5b8f0e0c7a9d3b1e11",
                    "simulated": False,
                    "encounters": ["0197c2a4f1d27a90b7c4a4b1f0d2e6c9"],
                    "reason": "same prints, see the file",
                    "actor": "m.keita",
                    "case_id": None,
                    "merged_at": "2026-11-27T08:00:00+00:00",
                    "undone_at": None,
                }
            ]
        }
    )

    merge_id: str
    person: str
    into: str
    subject_id: str
    into_id: str
    simulated: bool
    encounters: list[str]
    reason: str
    actor: str
    case_id: str | None
    merged_at: str
    undone_at: str | None


class MovedTold(Told):
    """Under whom an encounter is filed now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "encounter": "0197c2a4f1d27a90b7c4a4b1f0d2e6c8",
                    "person": "ML-2026-000003",
                    "subject_id": "0197c2a4f1d07c5b8f0e0c7a9d3b1e11",
                    "simulated": False,
                }
            ]
        }
    )

    encounter: str
    person: str
    subject_id: str
    simulated: bool
