"""Places, as exactly as they are known; of a village that no map shows, the cercle may be all there is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from biometrics.errors import PersonDataError
from biometrics.people.fields import partial_fields, stated_word
from biometrics.people.text import stated_text

LONGEST_PLACE = 200
_COUNTRY = re.compile(r"[A-Z]{3}")
_HOW = "give the place as exactly as it is known, or the precision unknown without a value"


class PlacePrecision(Enum):
    """What kind of place is named, from the closest to the widest: a cercle holds communes, a region cercles."""

    LOCALITY = "locality"
    COMMUNE = "commune"
    CERCLE = "cercle"
    REGION = "region"
    COUNTRY = "country"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialPlace:
    """A place by its name, as exactly as it is known.

    Parameters
    ----------
    value
        The name, at most 200 characters, kept in Unicode NFC; empty when unknown.
    precision
        What kind of place the name is of.
    country
        Three capital letters as in ISO 3166-1 alpha-3 (`MLI`); None where it was not stated. Only the shape is
        checked: travel documents also use codes of ICAO's own.

    Raises
    ------
    PersonDataError
        When the name is missing, there although nothing is known, or no readable text, or the country is no such code.
    """

    value: str = ""
    precision: PlacePrecision = PlacePrecision.UNKNOWN
    country: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.precision, PlacePrecision):
            raise PersonDataError("a place has no precision", remedy=_HOW)
        object.__setattr__(self, "value", stated_text(self.value, what="the name of a place", longest=LONGEST_PLACE))
        if self.precision is PlacePrecision.UNKNOWN and self.value:
            raise PersonDataError("a place is given and its precision says unknown", remedy=_HOW)
        if self.precision is not PlacePrecision.UNKNOWN and not self.value:
            raise PersonDataError(f"a place of precision {self.precision.value} has no value", remedy=_HOW)
        if self.country is not None and not _COUNTRY.fullmatch(self.country):
            raise PersonDataError("the country of a place is no code of three letters", remedy="write it like MLI")

    @classmethod
    def parse(cls, document: object) -> PartialPlace:
        """Return the place of `{"value": ..., "precision": ..., "country": ...}`; the country may be left out.

        Raises
        ------
        PersonDataError
            When it is anything else, or no place.
        """
        value, word = partial_fields(document, "a place", others=frozenset({"country"}))
        country = document.get("country") if isinstance(document, Mapping) else None
        if not isinstance(country, str | None):
            raise PersonDataError("the country of a place is not text", remedy="write it like MLI")
        precision = stated_word(word, PlacePrecision, "the precision of a place")
        return cls(value=value, precision=precision, country=country)

    def document(self) -> dict[str, Any]:
        """Return the JSON form that `parse` reads."""
        told = {"value": self.value or None, "precision": self.precision.value}
        return told if self.country is None else {**told, "country": self.country}


UNKNOWN_PLACE = PartialPlace()
