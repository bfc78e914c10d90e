"""What OSIA's clients state about people, as far as Kura understands it."""

from __future__ import annotations

from typing import Any

import pytest

from api.osia.biographic import record_of
from biometrics.people.dates import UNKNOWN_DATE, DatePrecision, PartialDate
from biometrics.people.names import PersonName
from biometrics.people.record import PersonRecord, Sex

NAMED = (PersonName(given="John", family="Doo"),)


def test_what_is_understood_becomes_a_record() -> None:
    stated = {"firstName": "John", "lastName": "Doo", "dateOfBirth": "1985-11-30", "gender": "M", "nationality": "FRA"}
    assert record_of(stated | {"shoeSize": 43}) == PersonRecord(
        names=NAMED,
        sex=Sex.MALE,
        birth_date=PartialDate(value="1985-11-30", precision=DatePrecision.DAY),
        nationality="FRA",
    )


@pytest.mark.parametrize(
    ("birth", "precision"),
    [("1985-11", DatePrecision.MONTH), ("1985", DatePrecision.YEAR), ("1985-11-30", DatePrecision.DAY)],
)
def test_a_birth_is_as_exact_as_it_is_stated(birth: str, precision: DatePrecision) -> None:
    found = record_of({"lastName": "Doo", "dateOfBirth": birth})
    assert found is not None
    assert found.birth_date == PartialDate(value=birth, precision=precision)


@pytest.mark.parametrize(
    ("word", "sex"), [("F", Sex.FEMALE), ("female", Sex.FEMALE), ("x", Sex.UNSPECIFIED), ("MALE", Sex.MALE)]
)
def test_words_for_a_sex(word: str, sex: Sex) -> None:
    found = record_of({"lastName": "Doo", "gender": word})
    assert found is not None
    assert found.sex is sex


@pytest.mark.parametrize(
    "other",
    [
        {"gender": "W"},
        {"gender": 1},
        {"dateOfBirth": "30.11.1985"},
        {"dateOfBirth": "1985-02-30"},
        {"dateOfBirth": "1985-11-30T00:00:00Z"},
        {"dateOfBirth": 1985},
        {"nationality": "French"},
        {"nationality": "fra"},
        {"nationality": None},
    ],
)
def test_what_is_not_understood_is_left_out_and_not_guessed(other: dict[str, Any]) -> None:
    found = record_of({"firstName": "John", "lastName": "Doo"} | other)
    assert found == PersonRecord(names=NAMED)
    assert found.birth_date == UNKNOWN_DATE


@pytest.mark.parametrize(
    "stated",
    [None, [], "John", {}, {"firstName": ""}, {"firstName": 7}, {"firstName": "123"}, {"lastName": "x" * 300}],
)
def test_nobody_is_recorded_without_a_usable_name(stated: Any) -> None:
    assert record_of(stated) is None
