"""The sentences of explanations, and numbers and dates as each language writes them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "fr")
"""ISO 639-1 codes of the languages in which applicants are told about their case."""

_SEPARATORS = {"en": ",", "fr": "\u202f"}

LARGEST_NUMBER = 10**12
"""Larger ones are not told: a million million pairs are beyond what anybody can imagine or check."""


def sentence(key: str, language: str, **values: str) -> str:
    """Return the sentence of a key, its gaps filled."""
    return all_messages()[key][language].format(**values)


def written_date(moment: datetime, language: str) -> str:
    """Return a day as people write it."""
    months = sentence("months", language).split()
    return sentence("date", language, day=str(moment.day), month=months[moment.month - 1], year=str(moment.year))


def written_number(number: int, language: str) -> str:
    """Return a number with its thousands apart."""
    return f"{number:,}".replace(",", _SEPARATORS[language])


def pairs_of_strangers(fmr: float) -> int:
    """Return among how many pairs of different people about one reaches a false match rate, in two digits."""
    number = min(1.0 / fmr, float(LARGEST_NUMBER))
    return int(float(f"{number:.1e}"))


@cache
def all_messages() -> Mapping[str, Mapping[str, str]]:
    """Return all texts: key, language, text."""
    return tomllib.loads(Path(__file__).with_name("messages.toml").read_text(encoding="utf-8"))
