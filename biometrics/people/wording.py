"""Dates as people read them, in French and in English."""

from __future__ import annotations

from biometrics.people.dates import DatePrecision, PartialDate

LANGUAGES = ("fr", "en")

_MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
}  # fmt: skip
_DATE = {
    "en": {DatePrecision.CIRCA: "about {}", DatePrecision.UNKNOWN: "unknown date"},
    "fr": {DatePrecision.CIRCA: "vers {}", DatePrecision.UNKNOWN: "date inconnue"},
}
_BORN = {
    "en": {
        DatePrecision.DAY: "born on {}",
        DatePrecision.MONTH: "born in {}",
        DatePrecision.YEAR: "born in {}",
        DatePrecision.CIRCA: "born {}",
        DatePrecision.UNKNOWN: "birth date unknown",
    },
    "fr": {
        DatePrecision.DAY: "né(e) le {}",
        DatePrecision.MONTH: "né(e) en {}",
        DatePrecision.YEAR: "né(e) en {}",
        DatePrecision.CIRCA: "né(e) {}",
        DatePrecision.UNKNOWN: "date de naissance inconnue",
    },
}


def date_words(stated: PartialDate, language: str) -> str:
    """Return a date in French (`fr`) or English (`en`): `3 mars 2001`, `about 1985`, `unknown date`."""
    first = stated.first
    if first is None:
        return _DATE[language][DatePrecision.UNKNOWN]
    if stated.precision in (DatePrecision.YEAR, DatePrecision.CIRCA):
        return _DATE[language].get(stated.precision, "{}").format(first.year)
    month = f"{_MONTHS[language][first.month - 1]} {first.year}"
    if stated.precision is DatePrecision.MONTH:
        return month
    return f"{'1er' if language == 'fr' and first.day == 1 else first.day} {month}"


def birth_words(stated: PartialDate, language: str) -> str:
    """Return when somebody was born, in words: `né(e) vers 1985`, `born on 3 March 2001`."""
    return _BORN[language][stated.precision].format(date_words(stated, language))
