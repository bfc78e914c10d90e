"""Dates are kept as exactly as they are known, and no date is kept that does not exist."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import PersonDataError
from biometrics.people.dates import CIRCA_MARGIN_YEARS, FIRST_YEAR, DatePrecision, PartialDate
from biometrics.people.wording import birth_words, date_words

THIS_YEAR = datetime.now(UTC).year


def stated(value: str, precision: str) -> PartialDate:
    return PartialDate(value=value, precision=DatePrecision(precision))


@pytest.mark.parametrize(
    ("value", "precision", "complaint"),
    [
        ("2023-02-29", "day", "no such date"),
        ("1900-02-29", "day", "no such date"),
        ("2001-04-31", "day", "no such date"),
        ("2001-13-01", "day", "no such date"),
        ("2001-00", "month", "no such date"),
        ("2001-02-03", "month", "has not the form 2001-02"),
        ("2001-02", "day", "has not the form"),
        ("2001-02-03", "circa", "has not the form"),
        ("2001-2-3", "day", "has not the form"),
        ("2001-W01-1", "day", "has not the form"),
        ("20010203", "day", "has not the form"),
        ("2001\n", "year", "has not the form"),
        ("٢٠٠١", "year", "has not the form"),
        ("03/02/2001", "day", "has not the form"),
        (str(FIRST_YEAR - 1), "year", "lies before 1850"),
        (str(THIS_YEAR + 2), "year", "in the future"),
        ("0000-01-01", "day", "lies before 1850"),
        ("", "day", "has no value"),
        ("", "circa", "has no value"),
        ("2001", "unknown", "says unknown"),
    ],
)
def test_dates_that_cannot_be_are_refused(value: str, precision: str, complaint: str) -> None:
    with pytest.raises(PersonDataError, match=complaint):
        stated(value, precision)


@pytest.mark.parametrize(
    "document",
    [
        None,
        "2001",
        [],
        {},
        {"value": "2001"},
        {"value": 2001, "precision": "year"},
        {"value": "2001", "precision": "about"},
        {"value": "2001", "precision": None},
        {"value": "2001", "precision": "year", "calendar": "gregorian"},
    ],
)
def test_other_documents_are_no_dates(document: object) -> None:
    with pytest.raises(PersonDataError):
        PartialDate.parse(document)


def test_an_error_does_not_repeat_the_date() -> None:
    with pytest.raises(PersonDataError) as caught:
        stated("1987-06-31", "day")
    assert "1987" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "precision", "earliest", "latest"),
    [
        ("2024-02-29", "day", "2024-02-29", "2024-02-29"),
        ("2024-02", "month", "2024-02-01", "2024-02-29"),
        ("2023-12", "month", "2023-12-01", "2023-12-31"),
        ("1985", "year", "1985-01-01", "1985-12-31"),
        ("1985", "circa", "1980-01-01", "1990-12-31"),
        ("", "unknown", None, None),
    ],
)
def test_a_date_reaches_from_its_first_day_to_its_last(
    value: str, precision: str, earliest: str | None, latest: str | None
) -> None:
    date_ = stated(value, precision)
    assert (date_.earliest, date_.latest) == (earliest, latest)


@given(st.dates(date(FIRST_YEAR + CIRCA_MARGIN_YEARS, 1, 1), date(THIS_YEAR, 12, 31)), st.sampled_from(DatePrecision))
def test_what_a_date_reaches_over_holds_the_day_it_was_made_of(day: date, precision: DatePrecision) -> None:
    length = {DatePrecision.DAY: 10, DatePrecision.MONTH: 7, DatePrecision.UNKNOWN: 0}.get(precision, 4)
    made = PartialDate(value=day.isoformat()[:length], precision=precision)
    assert PartialDate.parse(made.document()) == made
    if made.earliest is not None and made.latest is not None:
        assert made.earliest <= day.isoformat() <= made.latest
        longest = {DatePrecision.DAY: 0, DatePrecision.MONTH: 30, DatePrecision.YEAR: 365, DatePrecision.CIRCA: 4017}
        assert date.fromisoformat(made.latest) - date.fromisoformat(made.earliest) <= timedelta(days=longest[precision])


@pytest.mark.parametrize(
    ("value", "precision", "french", "english"),
    [
        ("1985", "circa", "né(e) vers 1985", "born about 1985"),
        ("1985", "year", "né(e) en 1985", "born in 1985"),
        ("1985-08", "month", "né(e) en août 1985", "born in August 1985"),
        ("1985-02-01", "day", "né(e) le 1er février 1985", "born on 1 February 1985"),
        ("1985-12-02", "day", "né(e) le 2 décembre 1985", "born on 2 December 1985"),
        ("", "unknown", "date de naissance inconnue", "birth date unknown"),
    ],
)
def test_a_birth_in_words(value: str, precision: str, french: str, english: str) -> None:
    birth = stated(value, precision)
    assert (birth_words(birth, "fr"), birth_words(birth, "en")) == (french, english)


def test_an_unknown_date_in_words() -> None:
    assert date_words(PartialDate(), "fr") == "date inconnue"
