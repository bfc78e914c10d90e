"""JSON objects about persons, read strictly: messages name a field that is wrong, and never what it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from enum import Enum
from typing import Any, TypeVar

from biometrics.errors import PersonDataError

_LIKE_A_FIELD = re.compile(r"[a-z]+(?:_[a-z]+)*")
_LONGEST_SHOWN = 40

Value = TypeVar("Value")
Words = TypeVar("Words", bound=Enum)


def read_fields(
    document: object, *, what: str, required: Collection[str], optional: Collection[str] = ()
) -> Mapping[str, Any]:
    """Return a JSON object that holds the required fields and otherwise only optional ones.

    Raises
    ------
    PersonDataError
        When it is no object, lacks a field, or has one that is not known.
    """
    known = (*required, *optional)
    if not isinstance(document, Mapping):
        raise PersonDataError(f"{what} is not a JSON object", remedy=f"its fields are {', '.join(known)}")
    missing = [name for name in required if name not in document]
    if missing:
        raise PersonDataError(f"{what} lacks {', '.join(missing)}", remedy=f"its fields are {', '.join(known)}")
    for name in document:
        if name not in known:
            raise PersonDataError(f"{what} has {_unknown(name)}", remedy=f"its fields are {', '.join(known)}")
    return document


def _unknown(name: object) -> str:
    """Return which field is not known; one that is not named like a field may hold what belongs into one."""
    if isinstance(name, str) and len(name) <= _LONGEST_SHOWN and _LIKE_A_FIELD.fullmatch(name):
        return f"no field {name!r}"
    return "a field of a name that no field has"


def read_list(value: object, *, what: str) -> list[Any]:
    """Return a JSON array.

    Raises
    ------
    PersonDataError
        When it is anything else.
    """
    if not isinstance(value, list):
        raise PersonDataError(f"{what} is not a JSON array", remedy="write it in square brackets")
    return value


def read_flag(value: object, *, what: str) -> bool:
    """Return a JSON true or false.

    Raises
    ------
    PersonDataError
        When it is anything else.
    """
    if not isinstance(value, bool):
        raise PersonDataError(f"{what} is neither true nor false", remedy="write true or false without quotes")
    return value


def read_text(fields: Mapping[str, Any], name: str) -> str | None:
    """Return the text of a field; None where it is null or left out.

    Raises
    ------
    PersonDataError
        When it is anything else.
    """
    value = fields.get(name)
    if not isinstance(value, str | None):
        raise PersonDataError(f"{name} is not text", remedy="write it in quotes")
    return value


def optionally(fields: Mapping[str, Any], name: str, read: Callable[[Any], Value]) -> Value | None:
    """Return what `read` makes of a field; None where it is null or left out.

    Raises
    ------
    PersonDataError
        As `read`, naming the field.
    """
    value = fields.get(name)
    return None if value is None else named(name, read, value)


def named(name: str, read: Callable[[Any], Value], value: object) -> Value:
    """Return what `read` makes of a value; an error names the field.

    Raises
    ------
    PersonDataError
        As `read`.
    """
    try:
        return read(value)
    except PersonDataError as error:
        raise error.at(name) from error


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
