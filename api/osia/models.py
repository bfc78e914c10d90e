"""What OSIA's interfaces share: biometric data and the blocks that go with them, checked strictly.

Field names follow OSIA by an alias (`biometric_sub_type` is `biometricSubType`); what a description does not name is
refused, and so is a null where it does not allow one.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from api.osia.formats import Address, Int64, Moment, Whole

BiometricType = Literal["FACE", "FINGER", "IRIS", "SIGNATURE", "UNKNOWN"]
CompressionType = Literal["NONE", "WSQ", "JPEG", "JPEG2000", "PNG"]
PresenceWord = Literal["BANDAGED", "AMPUTATED", "DAMAGED"]
ImpressionType = Literal[
    "LIVE_SCAN_PLAIN", "LIVE_SCAN_ROLLED", "NONLIVE_SCAN_PLAIN", "NONLIVE_SCAN_ROLLED",
    "LATENT_IMPRESSION", "LATENT_TRACING", "LATENT_PHOTO", "LATENT_LIFT",
    "LIVE_SCAN_SWIPE", "LIVE_SCAN_VERTICAL_ROLL", "LIVE_SCAN_PALM", "NONLIVE_SCAN_PALM",
    "LATENT_PALM_IMPRESSION", "LATENT_PALM_TRACING", "LATENT_PALM_PHOTO", "LATENT_PALM_LIFT",
    "LIVE_SCAN_OPTICAL_CONTACTLESS_PLAIN", "OTHER", "UNKNOWN",
]  # fmt: skip
BiometricSubType = Literal[
    "UNKNOWN",
    "RIGHT_THUMB", "RIGHT_INDEX", "RIGHT_MIDDLE", "RIGHT_RING", "RIGHT_LITTLE",
    "LEFT_THUMB", "LEFT_INDEX", "LEFT_MIDDLE", "LEFT_RING", "LEFT_LITTLE",
    "PLAIN_RIGHT_FOUR_FINGERS", "PLAIN_LEFT_FOUR_FINGERS", "PLAIN_THUMBS",
    "UNKNOWN_PALM", "RIGHT_FULL_PALM", "RIGHT_WRITERS_PALM", "LEFT_FULL_PALM", "LEFT_WRITERS_PALM",
    "RIGHT_LOWER_PALM", "RIGHT_UPPER_PALM", "LEFT_LOWER_PALM", "LEFT_UPPER_PALM", "RIGHT_OTHER", "LEFT_OTHER",
    "RIGHT_INTERDIGITAL", "RIGHT_THENAR", "RIGHT_HYPOTHENAR", "LEFT_INTERDIGITAL", "LEFT_THENAR", "LEFT_HYPOTHENAR",
    "RIGHT_INDEX_AND_MIDDLE", "RIGHT_MIDDLE_AND_RING", "RIGHT_RING_AND_LITTLE",
    "LEFT_INDEX_AND_MIDDLE", "LEFT_MIDDLE_AND_RING", "LEFT_RING_AND_LITTLE", "RIGHT_INDEX_AND_LEFT_INDEX",
    "RIGHT_INDEX_AND_MIDDLE_AND_RING", "RIGHT_MIDDLE_AND_RING_AND_LITTLE",
    "LEFT_INDEX_AND_MIDDLE_AND_RING", "LEFT_MIDDLE_AND_RING_AND_LITTLE",
    "EYE_UNDEF", "EYE_RIGHT", "EYE_LEFT", "EYE_BOTH",
    "PORTRAIT", "LEFT_PROFILE", "RIGHT_PROFILE",
]  # fmt: skip


def _without_null(schema: dict[str, Any]) -> None:
    """Say in the schema what the validator below holds: an optional property is absent, never null."""
    for described in schema.get("properties", {}).values():
        kinds = [kind for kind in described.get("anyOf", []) if kind != {"type": "null"}]
        if "anyOf" in described and len(kinds) == 1:
            del described["anyOf"]
            described.update(kinds[0])
        if described.get("default", 0) is None:
            del described["default"]


class OsiaModel(BaseModel):
    """A JSON object of OSIA: names by alias, exact types, nothing beyond what is described."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=False,
        json_schema_extra=_without_null,
    )
    any_value: ClassVar[frozenset[str]] = frozenset()
    """Properties that OSIA gives no type; only they may be null."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_null(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for name, value in data.items():
                if value is None and name not in cls.any_value:
                    raise ValueError("a property is null; leave it out")
        return data

    def as_sent(self) -> dict[str, Any]:
        """Return the JSON object that this was read from."""
        return self.model_dump(by_alias=True, exclude_unset=True)


class Error(OsiaModel):
    """Why a request was refused."""

    code: int = Field(json_schema_extra={"format": "int32"})
    message: str


class Encryption(OsiaModel):
    """Which part of the data is encrypted, and how."""

    type: Literal["JWE", "PKCS7"]
    scope: str


class Integrity(OsiaModel):
    """A digest, perhaps signed, of a part of the data."""

    id: str | None = None
    type: Literal["NONE", "JWS", "PKCS7"] = "NONE"
    scope: str
    alg: str
    encrypted: bool = False
    follow_ref: bool = False
    hash: str
    signature: str | None = None
    signature_ref: Address | None = None


class MissingPart(OsiaModel):
    """A part of the body that could not be captured, and what became of it."""

    biometric_sub_type: BiometricSubType | None = None
    presence: PresenceWord | None = None


class BiometricDataBase(OsiaModel):
    """One picture or template with what its sender says about it, without the encounter it belongs to."""

    biometric_type: BiometricType
    biometric_sub_type: BiometricSubType | None = None
    instance: str | None = None
    image: str | None = None
    image_ref: Address | None = None
    capture_date: Moment | None = None
    capture_device: str | None = None
    impression_type: ImpressionType | None = None
    width: Whole | None = None
    height: Whole | None = None
    bitdepth: Whole | None = None
    mime_type: str | None = None
    resolution: Whole | None = None
    compression: CompressionType | None = None
    missing: list[MissingPart] | None = None
    metadata: str | None = None
    comment: str | None = None
    template: str | None = None
    template_ref: Address | None = None
    template_format: str | None = None
    quality: Int64 | None = None
    quality_format: str | None = None
    algorithm: str | None = None
    vendor: str | None = None
    encryption: Encryption | None = None
    integrity: list[Integrity] | None = None


class BiometricData(BiometricDataBase):
    """One picture or template of OSIA Biometrics, which may name its encounter."""

    encounter_id: str | None = None
