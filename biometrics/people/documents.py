"""Reading JSON forms of what is stated about persons, strictly; messages name fields and never what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

from biometrics.errors import PersonDataError

Words = TypeVar("Words", bound=Enum)


def stated_word(text: object, words: type[Words], what: str) -> Words:
    """Return the member of an enumeration that a text names.

    Raises
    ------
    PersonDataError
        When it names none, saying which there are.
    """
    try:
        return words(text)
    except ValueError:
        known = ", ".join(str(member.value) for member in words)
        raise PersonDataError(f"{what} is none of the known words", remedy=f"write one of {known}") from None


def partial_fields(document: object, what: str, *, others: frozenset[str] = frozenset()) -> tuple[str, str]:
    """Return value and precision of a JSON object that has these two, and at most `others` besides.

    Raises
    ------
    PersonDataError
        When it is anything else.
    """
    how = f"write {what} as an object with {', '.join(sorted({'value', 'precision'} | others))}"
    if not isinstance(document, Mapping) or not {"precision"} <= set(document) <= {"value", "precision"} | others:
        raise PersonDataError(f"{what} is not an object with value and precision", remedy=how)
    value, word = document.get("value"), document["precision"]
    if not isinstance(value, str | None) or not isinstance(word, str):
        raise PersonDataError(f"value and precision of {what} are not text", remedy=how)
    return value or "", word
