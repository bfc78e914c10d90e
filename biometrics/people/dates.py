"""Dates of people's lives, as exactly as they are known: many births were recorded as "ne vers 1960"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any

from biometrics.errors import PersonDataError
from biometrics.people.fields import partial_fields, stated_word

FIRST_YEAR = 1850
"""Nobody born earlier is alive, nor a parent of anybody who is."""

CIRCA_MARGIN_YEARS = 5
"""How far from the stated year a search looks where it is stated as "about": stated ages cluster at multiples of five.
Kura's own choice; no study of the registers it serves is known to us."""

_HOW = "give the date as exactly as it is known: day, month, year or circa with a value, or unknown without one"
_CHECK = "check the document it was read from; give month or year alone where the day is not known"


class DatePrecision(Enum):
    """How exactly a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    CIRCA = "circa"
    UNKNOWN = "unknown"


_SHAPES = {
    DatePrecision.DAY: (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "2001-02-03"),
    DatePrecision.MONTH: (re.compile(r"[0-9]{4}-[0-9]{2}"), "2001-02"),
    DatePrecision.YEAR: (re.compile(r"[0-9]{4}"), "2001"),
    DatePrecision.CIRCA: (re.compile(r"[0-9]{4}"), "2001"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialDate:
    """A date that exists, as exactly as it is known.

    Parameters
    ----------
    value
        `2001-02-03`, `2001-02`, `2001` by the precision; empty when unknown.
    precision
        What the value says; `CIRCA` is a year that is an estimate.

    Raises
    ------
    PersonDataError
        When the value has not the shape its precision asks for, is no date of the calendar, lies before 1850 or after
        the next year, is missing, or is there although nothing is known.
    """

    value: str = ""
    precision: DatePrecision = DatePrecision.UNKNOWN

    def __post_init__(self) -> None:
        if not isinstance(self.value, str) or not isinstance(self.precision, DatePrecision):
            raise PersonDataError("a date is not text with its precision", remedy=_HOW)
        if self.precision is DatePrecision.UNKNOWN:
            if self.value:
                raise PersonDataError("a date is given and its precision says unknown", remedy=_HOW)
            return
        if not self.value:
            raise PersonDataError(f"a date of precision {self.precision.value} has no value", remedy=_HOW)
        shape, example = _SHAPES[self.precision]
        if not shape.fullmatch(self.value):
            raise PersonDataError(f"a date of precision {self.precision.value} has not the form {example}", remedy=_HOW)
        if not FIRST_YEAR <= int(self.value[:4]) <= datetime.now(UTC).year + 1:
            raise PersonDataError(f"the year of a date lies before {FIRST_YEAR} or in the future", remedy=_CHECK)
        try:
            date.fromisoformat((self.value + "-01-01")[:10])
        except ValueError as error:
            raise PersonDataError("there is no such date in the calendar", remedy=_CHECK) from error

    @classmethod
    def parse(cls, document: object) -> PartialDate:
        """Return the date of `{"value": ..., "precision": ...}`; a value of null is an unknown one.

        Raises
        ------
        PersonDataError
            When it is anything else, or no date.
        """
        value, word = partial_fields(document, "a date")
        return cls(value=value, precision=stated_word(word, DatePrecision, "the precision of a date"))

    def document(self) -> dict[str, Any]:
        """Return the JSON form that `parse` reads."""
        return {"value": self.value or None, "precision": self.precision.value}

    @property
    def earliest(self) -> str | None:
        """First day it can mean, as ISO text; None when unknown."""
        first = self.first
        if first is None or self.precision is not DatePrecision.CIRCA:
            return None if first is None else first.isoformat()
        return first.replace(year=first.year - CIRCA_MARGIN_YEARS).isoformat()

    @property
    def latest(self) -> str | None:
        """Last day it can mean, as ISO text; None when unknown."""
        first = self.first
        if first is None or self.precision is DatePrecision.DAY:
            return None if first is None else first.isoformat()
        if self.precision is DatePrecision.MONTH:
            return ((first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).isoformat()
        margin = CIRCA_MARGIN_YEARS if self.precision is DatePrecision.CIRCA else 0
        return date(first.year + margin, 12, 31).isoformat()

    @property
    def first(self) -> date | None:
        """First day of the value as stated, without any margin; None when unknown."""
        return date.fromisoformat((self.value + "-01-01")[:10]) if self.value else None


UNKNOWN_DATE = PartialDate()
