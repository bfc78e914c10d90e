"""What OSIA Third Party Services 1.2 exchanges, beside what it shares with the other interfaces."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from api.osia.formats import Int64, Moment
from api.osia.models import BiometricData, BiometricSubType, BiometricType, Encryption, Integrity, OsiaModel

CredentialStatus = Literal["NEW", "ACTIVE", "SUSPENDED", "REVOKED", "OTHER"]


class CredentialData(OsiaModel):
    """A credential that somebody holds."""

    credential_id: str | None = Field(default=None, json_schema_extra={"readOnly": True})
    status: CredentialStatus | None = Field(default=None, json_schema_extra={"readOnly": True})
    status_other: str | None = Field(default=None, json_schema_extra={"readOnly": True})
    credential_number: str | None = None
    person_id: str | None = None
    credential_type: str | None = None
    issued_date: Moment | None = None
    expiry_date: Moment | None = None
    serial_number: str | None = None
    issuing_authority: str | None = None
    issuing_place: str | None = None
    others: dict[str, Any] | None = None


class AttributeSet(OsiaModel):
    """What is stated, or answered, about one person."""

    biographic_data: dict[str, Any] | None = None
    biometric_data: list[BiometricData] | None = None
    credential_data: list[CredentialData] | None = None
    contact_data: dict[str, Any] | None = None
    encryption: Encryption | None = None
    integrity: list[Integrity] | None = None


class IdentifyRequest(OsiaModel):
    """Whom to look for, and which set of attributes to answer."""

    attribute_set: AttributeSet
    output_attribute_set_name: str


class TaskId(OsiaModel):
    """Under which identifier a result can be read later."""

    task_id: str
    others: dict[str, Any] | None = None


class VerifyResult(OsiaModel):
    """Whether what was stated agrees, and where asked for, a proof of the answer."""

    verification_code: Int64
    verification_message: str
    verification_proof: str | None = None


class WantedBiometrics(OsiaModel):
    """Which biometrics a client would like to read; the description allows more than it names."""

    model_config = ConfigDict(extra="allow")

    biometric_type: BiometricType | None = None
    biometric_sub_type: BiometricSubType | None = None
    biometric_data_fields: list[str] | None = None


class WantedCredentials(OsiaModel):
    """Which credentials a client would like to read; the description allows more than it names."""

    model_config = ConfigDict(extra="allow")

    credential_type: str | None = None
    credential_data_fields: list[str] | None = None


class OutputAttributeSet(OsiaModel):
    """Which attributes a client would like to read."""

    output_biographic_data: list[str] | None = None
    output_biometric_data: list[WantedBiometrics] | None = None
    output_credential_data: list[WantedCredentials] | None = None
    output_contact_data: list[str] | None = None
