"""JSON objects about people, read strictly: a field that nobody knows, or of the wrong type, is refused and named."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from biometrics.errors import PersonDataError

_LONGEST_SHOWN = 40

Value = TypeVar("Value")


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
            shown = ascii(name)[:_LONGEST_SHOWN]
            raise PersonDataError(f"{what} has no field {shown}", remedy=f"its fields are {', '.join(known)}")
    return document


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
