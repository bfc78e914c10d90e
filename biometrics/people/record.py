"""What a person states: names, sex, birth, parents. A correction makes a new one; none is ever changed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import Any

from biometrics.errors import PersonDataError
from biometrics.people.dates import UNKNOWN_DATE, PartialDate
from biometrics.people.fields import named, optionally, read_fields, read_list, read_text, stated_word
from biometrics.people.names import NameKind, PersonName
from biometrics.people.places import UNKNOWN_PLACE, PartialPlace

MOST_NAMES = 20

_COUNTRY = re.compile(r"[A-Z]{3}")
_OPTIONAL = ("sex", "birth_date", "birth_place", "nationality", "father", "mother")


class Sex(Enum):
    """ISO/IEC 5218 in words; `UNSPECIFIED` where the person's document says X or nothing."""

    MALE = "male"
    FEMALE = "female"
    UNSPECIFIED = "unspecified"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """What somebody states about themselves.

    Parameters
    ----------
    names
        Exactly one current name, at most one of birth, and aliases; 20 at most.
    sex, birth_date, birth_place
        Unknown where nobody said.
    nationality
        Three capital letters as in ISO 3166-1 alpha-3; None where it was not stated.
    father, mother
        Their names; None where they were not stated.

    Raises
    ------
    PersonDataError
        When the current name is missing or one of several, or the nationality is no such code.
    """

    names: tuple[PersonName, ...]
    sex: Sex = Sex.UNKNOWN
    birth_date: PartialDate = UNKNOWN_DATE
    birth_place: PartialPlace = UNKNOWN_PLACE
    nationality: str | None = None
    father: PersonName | None = None
    mother: PersonName | None = None

    def __post_init__(self) -> None:
        kinds = Counter(name.kind for name in self.names)
        if kinds[NameKind.CURRENT] != 1 or kinds[NameKind.BIRTH] > 1:
            raise PersonDataError(
                "a record needs one current name and has at most one birth name", remedy="give further names as aliases"
            )
        if len(self.names) > MOST_NAMES or len(set(self.names)) < len(self.names):
            raise PersonDataError(f"names are repeated, or more than {MOST_NAMES}", remedy="give each name once")
        code = self.nationality
        if code is not None and not (isinstance(code, str) and _COUNTRY.fullmatch(code)):
            raise PersonDataError("the nationality is no code of three letters", remedy="write it like MLI")

    @property
    def name(self) -> PersonName:
        """The current name."""
        return next(name for name in self.names if name.kind is NameKind.CURRENT)

    @classmethod
    def parse(cls, document: object) -> PersonRecord:
        """Return the record of a JSON object as `document` writes it; all but the names may be left out.

        Raises
        ------
        PersonDataError
            When a field is missing, unknown, or of the wrong type.
        """
        fields = read_fields(document, what="a person's record", required=("names",), optional=_OPTIONAL)
        return cls(
            names=tuple(named("names", PersonName.parse, one) for one in read_list(fields["names"], what="names")),
            sex=stated_word(fields.get("sex", Sex.UNKNOWN.value), Sex, "the sex"),
            birth_date=optionally(fields, "birth_date", PartialDate.parse) or UNKNOWN_DATE,
            birth_place=optionally(fields, "birth_place", PartialPlace.parse) or UNKNOWN_PLACE,
            nationality=read_text(fields, "nationality"),
            father=optionally(fields, "father", PersonName.parse),
            mother=optionally(fields, "mother", PersonName.parse),
        )

    def document(self) -> dict[str, Any]:
        """Return the JSON form that `parse` reads."""
        return {
            "names": [name.document() for name in self.names],
            "sex": self.sex.value,
            "birth_date": self.birth_date.document(),
            "birth_place": self.birth_place.document(),
            "nationality": self.nationality,
            "father": None if self.father is None else self.father.document(),
            "mother": None if self.mother is None else self.mother.document(),
        }

    def changed_fields(self, earlier: PersonRecord) -> tuple[str, ...]:
        """Return the names of the fields that differ from an earlier record, never what they hold."""
        own, other = self.document(), earlier.document()
        return tuple(name for name in own if own[name] != other[name])
