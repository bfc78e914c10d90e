"""What requests and answers of OSIA Biometrics hold."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from api.osia.formats import Base64, GalleryList, Moment
from api.osia.models import BiometricData, BiometricSubType, BiometricType, Encryption, Integrity, OsiaModel

StatusWord = Literal["ACTIVE", "INACTIVE"]


class EncounterBody(OsiaModel):
    """One encounter of a person; the identifier is read-only, so that requests may leave it out."""

    any_value: ClassVar[frozenset[str]] = frozenset(("contextualData", "biographicData"))

    encounter_id: str | None = None
    status: StatusWord
    encounter_type: str
    created_date: Moment | None = None
    updated_date: Moment | None = None
    galleries: GalleryList
    client_data: Base64 | None = None
    contextual_data: Any = None
    biographic_data: Any = None
    biometric_data: list[BiometricData]
    encryption: Encryption | None = None
    integrity: list[Integrity] | None = None


class IdentifyBody(OsiaModel):
    """Biometric data to search with, and how to narrow the search."""

    filter: dict[str, Any]
    biometric_data: list[BiometricData]
    encryption: Encryption | None = None
    integrity: list[Integrity] | None = None


class VerifyFromIdBody(OsiaModel):
    """Biometric data to compare with a person's."""

    biometric_data: list[BiometricData]
    encryption: Encryption | None = None
    integrity: list[Integrity] | None = None


class VerifyFromBioBody(OsiaModel):
    """Two sets of biometric data to compare with each other."""

    biometric_data1: list[BiometricData] = Field(alias="biometricData1")
    biometric_data2: list[BiometricData] = Field(alias="biometricData2")
    encryption: Encryption | None = None
    integrity: list[Integrity] | None = None


class PersonIds(OsiaModel):
    """A person and one of their encounters."""

    person_id: str
    encounter_id: str


class ExtendablePersonIds(PersonIds):
    """A person, an encounter, and what came of recording it."""

    others: dict[str, Any] | None = None


class TaskIdBody(OsiaModel):
    """The task that will bring the result."""

    task_id: str
    others: dict[str, Any] | None = None


class ScoreDetail(OsiaModel):
    """How alike two parts of the body are."""

    score: float
    encounter_id: str | None = None
    galleries: GalleryList | None = None
    biometric_type: BiometricType | None = None
    biometric_sub_type: BiometricSubType | None = None
    instance: str | None = None
    others: dict[str, Any] | None = None


class CandidateBody(OsiaModel):
    """One person whom a search found."""

    person_id: str
    rank: int = Field(json_schema_extra={"format": "int32"})
    score: float
    scores: list[ScoreDetail] | None = None
    others: dict[str, Any] | None = None


class VerificationBody(OsiaModel):
    """Whether two are the same person."""

    decision: bool
    scores: list[ScoreDetail] | None = None


class ComputedData(OsiaModel):
    """A template and its quality."""

    biometric_type: BiometricType
    biometric_sub_type: BiometricSubType | None = None
    instance: str | None = None
    template: str
    template_format: str | None = None
    quality: int | None = None
    quality_format: str | None = None
    algorithm: str | None = None
    vendor: str | None = None
