"""The personalisation record: everything a maker of cards needs for one card, as JSON that is then signed."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from biometrics.documents.zone import NAME_LENGTH, Zone, day_text
from biometrics.documents.zone_text import write_zone
from biometrics.errors import PersonDataError, RecordConflictError
from biometrics.images import decode_image
from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.history import HeldNumber
from biometrics.people.identifiers import IdentifierScheme
from biometrics.people.record import PersonRecord, Sex
from biometrics.people.transliteration import mrz_name
from biometrics.records import Subject
from enrollment.issuing.profile import CardField, DocumentProfile, OptionalData

FORMAT = "kura-personalisation-record-1"

SIMULATED_STATE = "UTO"
"""Utopia, the state of ICAO's specimens: a document of a simulated person is nobody's, and says so."""

_LARGEST_PORTRAIT = 2_000_000
_SEX = {Sex.MALE: "M", Sex.FEMALE: "F"}
_BIRTH = {DatePrecision.DAY: 6, DatePrecision.MONTH: 4, DatePrecision.YEAR: 2, DatePrecision.CIRCA: 2}
"""Digits of a birth that stand in a zone; fillers stand for what is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardHolder:
    """Whose card it is, and what is recorded of them."""

    subject: Subject
    person: PersonRecord
    numbers: tuple[HeldNumber, ...]

    @property
    def nina(self) -> str | None:
        """The NINA held now, permanent or temporary."""
        held = [one for one in self.numbers if one.ended_at is None and one.number.scheme is IdentifierScheme.NINA]
        return held[-1].number.value if held else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOrder:
    """What is ordered: which document, its number, the day it is issued on, and when its record is made (UTC text)."""

    profile: DocumentProfile
    number: str
    issued_on: date
    made_at: str

    @property
    def expires_on(self) -> date:
        """The last day on which the document is valid."""
        return expiry_of(self.issued_on, self.profile.validity_years)


def expiry_of(issued_on: date, years: int) -> date:
    """Return the last day on which a document is valid: the day before its anniversary."""
    try:
        anniversary = issued_on.replace(year=issued_on.year + years)
    except ValueError:  # 29 February
        anniversary = date(issued_on.year + years, 3, 1)
    return anniversary - timedelta(days=1)


def zone_of(order: CardOrder, holder: CardHolder) -> Zone:
    """Return the machine-readable zone.

    Raises
    ------
    PersonDataError
        When a name cannot be transliterated, or the number cannot stand in it.
    RecordConflictError
        When the nationality is not recorded.
    """
    profile, person, simulated = order.profile, holder.person, holder.subject.simulated
    if person.nationality is None and not simulated:
        raise RecordConflictError(
            "the person's nationality is not recorded", remedy="correct the record first: kura person correct"
        )
    nina = holder.nina if profile.optional_data is OptionalData.NINA else None
    return Zone(
        format=profile.zone,
        code=profile.code,
        state=SIMULATED_STATE if simulated else profile.issuing_state,
        number=order.number,
        birth=_birth(person.birth_date),
        sex=_SEX.get(person.sex, "<"),
        expiry=day_text(order.expires_on),
        nationality=SIMULATED_STATE if simulated or person.nationality is None else person.nationality,
        name=mrz_name(person.name, NAME_LENGTH[profile.zone]).rstrip("<"),
        optional=nina or "",
    )


def personalisation_record(
    order: CardOrder, holder: CardHolder, *, portrait: bytes, fingers: dict[str, Any] | None
) -> bytes:
    """Return the record as UTF-8 JSON; these bytes are what is signed.

    Parameters
    ----------
    order, holder
        What is ordered, and for whom.
    portrait
        A JPEG file, as `portraits.document_portrait` makes it.
    fingers
        As `fingers.document_fingers` returns them.

    Raises
    ------
    PersonDataError, RecordConflictError
        As `zone_of`.
    SampleError
        When the portrait is no picture, or too large.
    """
    zone, profile = zone_of(order, holder), order.profile
    document = {
        "format": FORMAT,
        "profile": {"name": profile.name, "title": profile.title, "sha256": profile.sha256},
        "document": {
            "code": zone.code,
            "number": zone.number,
            "issuing_state": zone.state,
            "issued_on": order.issued_on.isoformat(),
            "expires_on": order.expires_on.isoformat(),
        },
        "subject_id": holder.subject.subject_id,
        "simulated": holder.subject.simulated,
        "fields": {one.value: _field(one, holder) for one in profile.fields},
        "mrz": write_zone(zone).split("\n"),
        "portrait": _portrait(portrait),
        "fingers": fingers,
        "made_at": order.made_at,
    }
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


def _field(field: CardField, holder: CardHolder) -> Any:
    person = holder.person
    values: dict[CardField, Any] = {
        CardField.FAMILY_NAME: person.name.family,
        CardField.GIVEN_NAMES: person.name.given,
        CardField.SEX: person.sex.value,
        CardField.BIRTH_DATE: person.birth_date.document(),
        CardField.BIRTH_PLACE: person.birth_place.document(),
        CardField.NATIONALITY: person.nationality,
        CardField.FATHER: None if person.father is None else person.father.document(),
        CardField.MOTHER: None if person.mother is None else person.mother.document(),
        CardField.NINA: holder.nina,
    }
    return values[field]


def _portrait(data: bytes) -> dict[str, Any]:
    if len(data) > _LARGEST_PORTRAIT or not data.startswith(b"\xff\xd8\xff"):
        raise PersonDataError("the portrait is no JPEG file of at most 2 MB", remedy="cut it with kura card issue")
    height, width = decode_image(data, source="the portrait").pixels.shape[:2]
    sha256 = hashlib.sha256(data).hexdigest()
    encoded = base64.b64encode(data).decode()
    return {"media_type": "image/jpeg", "width": width, "height": height, "sha256": sha256, "data": encoded}


def _birth(born: PartialDate) -> str:
    digits = _BIRTH.get(born.precision, 0)
    return born.value.replace("-", "")[2:][:digits].ljust(6, "<")
