"""What OSIA Enrollment 1.3 exchanges, beside what it shares with the other interfaces."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from api.osia.formats import Address, Moment, Whole
from api.osia.models import BiometricDataBase, Encryption, Integrity, OsiaModel

DocumentType = Literal["ID_CARD", "PASSPORT", "INVOICE", "BIRTH_CERTIFICATE", "FORM", "OTHER"]
Operator = Literal["<", ">", "=", ">=", "<=", "!="]
EnrollmentStatus = Literal["FINALIZED", "IN_PROGRESS"]


def _unambiguous(value: object) -> object:
    """Refuse whole numbers: OSIA allows one of text, integer, number, truth value, and they would be two of them."""
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if whole and not isinstance(value, bool):
        raise ValueError("a whole number is two of the allowed types; send it as text")
    return value


class DocumentPart(OsiaModel):
    """Some pages of a paper, as a picture, a file or a credential."""

    pages: list[Whole] | None = Field(default=None, min_length=1)
    data: str | None = None
    data_ref: Address | None = None
    width: Whole | None = None
    height: Whole | None = None
    mime_type: str | None = None
    capture_date: Moment | None = None
    capture_device: str | None = None
    encryption: Encryption | None = None
    integrity: list[Integrity] | None = None


class DocumentData(OsiaModel):
    """A paper that somebody showed."""

    document_type: DocumentType
    document_type_other: str | None = None
    instance: str | None = None
    parts: list[DocumentPart] = Field(min_length=1)
    integrity: list[Integrity] | None = None


class Collected(OsiaModel):
    """What was collected about a person: everything may be left out, and what Kura itself says may be repeated."""

    any_value: ClassVar[frozenset[str]] = frozenset(
        {"enrollmentFlags", "requestData", "contextualData", "biographicData"}
    )

    enrollment_id: str | None = Field(default=None, json_schema_extra={"readOnly": True})
    status: EnrollmentStatus | None = Field(default=None, json_schema_extra={"readOnly": True})
    enrollment_type: str | None = None
    enrollment_flags: Any = None
    request_data: Any = None
    contextual_data: Any = None
    biographic_data: Any = None
    biometric_data: list[BiometricDataBase] | None = None
    document_data: list[DocumentData] | None = None
    encryption: Encryption | None = None
    integrity: list[Integrity] | None = None


class Enrollment(Collected):
    """An enrollment as it is answered."""

    enrollment_id: str = Field(json_schema_extra={"readOnly": True})
    status: EnrollmentStatus = Field(json_schema_extra={"readOnly": True})


class SearchExpression(OsiaModel):
    """A comparison of an attribute with a value."""

    attribute_name: str
    operator: Operator
    value: Annotated[str | float | bool, BeforeValidator(_unambiguous)]


class BufferAdded(OsiaModel):
    """Under which identifier a buffer is kept."""

    buffer_id: str
