"""OSIA's biographic data and Kura's records of persons: five attributes mean the same on both sides."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from biometrics.errors import PersonDataError
from biometrics.people.dates import UNKNOWN_DATE, DatePrecision, PartialDate
from biometrics.people.names import PersonName
from biometrics.people.record import PersonRecord, Sex

GIVEN, FAMILY, BIRTH, SEX, NATIONALITY = "firstName", "lastName", "dateOfBirth", "gender", "nationality"
UNDERSTOOD = (GIVEN, FAMILY, BIRTH, SEX, NATIONALITY)
"""Attributes that Kura records and compares; OSIA leaves their names to the country, these are its examples'."""

_SEXES = {
    "M": Sex.MALE,
    "MALE": Sex.MALE,
    "F": Sex.FEMALE,
    "FEMALE": Sex.FEMALE,
    "X": Sex.UNSPECIFIED,
    "UNSPECIFIED": Sex.UNSPECIFIED,
}
_SHAPES = {
    DatePrecision.DAY: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    DatePrecision.MONTH: re.compile(r"[0-9]{4}-[0-9]{2}"),
    DatePrecision.YEAR: re.compile(r"[0-9]{4}"),
}

Value = TypeVar("Value")


def record_of(biographic: object) -> PersonRecord | None:
    """Return what a person states, as far as Kura understands it; None without a usable name.

    What is not understood stays in the document it came in: it is neither refused nor guessed.
    """
    if not isinstance(biographic, Mapping):
        return None
    try:
        name = name_of(biographic)
    except PersonDataError:
        return None
    return PersonRecord(
        names=(name,),
        sex=_understood(sex_of, biographic.get(SEX)) or Sex.UNKNOWN,
        birth_date=_understood(birth_of, biographic.get(BIRTH)) or UNKNOWN_DATE,
        nationality=_understood(nationality_of, biographic.get(NATIONALITY)),
    )


def name_of(biographic: Mapping[str, Any]) -> PersonName:
    """Return the name that is stated.

    Raises
    ------
    PersonDataError
        When there is none, or it is no readable text.
    """
    return PersonName.parse({"given": biographic.get(GIVEN, ""), "family": biographic.get(FAMILY, "")})


def sex_of(stated: object) -> Sex:
    """Return the sex that a word states: M, F, X, or written out.

    Raises
    ------
    PersonDataError
        When it is none of them.
    """
    found = _SEXES.get(stated.strip().upper()) if isinstance(stated, str) else None
    if found is None:
        raise PersonDataError(f"{SEX} is none of the known words", remedy="write one of M, F, X")
    return found


def birth_of(stated: object) -> PartialDate:
    """Return the date that is stated: a day, a month or a year as ISO 8601 writes them.

    Raises
    ------
    PersonDataError
        When it is none.
    """
    if isinstance(stated, str):
        for precision, shape in _SHAPES.items():
            if shape.fullmatch(stated):
                return PartialDate(value=stated, precision=precision)
    raise PersonDataError(f"{BIRTH} is no date", remedy="write it like 2001-02-03, 2001-02 or 2001")


def nationality_of(stated: object) -> str:
    """Return the code of a nationality.

    Raises
    ------
    PersonDataError
        When it is none.
    """
    if not (isinstance(stated, str) and re.fullmatch(r"[A-Z]{3}", stated)):
        raise PersonDataError(f"{NATIONALITY} is no code of three letters", remedy="write it like MLI")
    return stated


def _understood(read: Callable[[object], Value], stated: object) -> Value | None:
    try:
        return read(stated)
    except PersonDataError:
        return None
