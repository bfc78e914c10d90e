"""JSON as devices send it, read so that it can mean one thing only."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from biometrics.errors import DeviceProtocolError

_LONGEST_TEXT = 200
"""Characters of names and numbers that devices state about themselves."""

_MOST_THINGS = 10_000
"""Members and elements of one text, all together: the largest answer has some hundreds; each takes 80 bytes here."""

_MOST_DIGITS = 30
_NUMBER = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?")
_REMEDY = "see that the service of the device is of version 0.9.5, and up to date"


def read_json(data: bytes, source: str) -> Any:
    """Return what a JSON text says.

    Raises
    ------
    DeviceProtocolError
        When it is no JSON in UTF-8, says a member twice, is nested too deeply, holds a number out of all bounds, or far
        more than any answer.
    """
    # Counted before anything is made of it: a record is one long text in base64, which has none of these.
    if sum(data.count(mark) for mark in (b",", b"[", b"{")) > _MOST_THINGS:
        raise wrong("what the device sent holds too much to be an answer", source)
    try:
        return json.loads(
            data.decode(),
            object_pairs_hook=_once,
            parse_constant=_no_number,
            parse_int=_whole,
            parse_float=_number,
        )
    except (ValueError, RecursionError) as error:
        raise wrong("what the device sent is no JSON that can be understood", source) from error


def member(value: object, name: str, source: str) -> Any:
    """Return a member that an object must have.

    Raises
    ------
    DeviceProtocolError
        When it lacks it, or is no object.
    """
    if not isinstance(value, Mapping) or name not in value:
        raise wrong(f"what the device sent lacks {name}", source)
    return value[name]


def text(value: object, name: str, source: str) -> str:
    """Return a member that must be a text of at most 200 characters, none of them a control character.

    Raises
    ------
    DeviceProtocolError
        When it is not.
    """
    found = member(value, name, source)
    if not isinstance(found, str) or len(found) > _LONGEST_TEXT or not found.isprintable():
        raise wrong(f"{name}, as the device sent it, is no short text", source)
    return found


def optional_text(value: Mapping[str, Any], name: str, source: str) -> str:
    """Return the same, or nothing where there is none or null.

    Raises
    ------
    DeviceProtocolError
        When it is something else.
    """
    return "" if value.get(name) is None else text(value, name, source)


def number(value: Any) -> float | None:
    """Return a number that was sent as one or as text; None when it is neither."""
    if type(value) in (int, float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        found = float(value)
        return found if math.isfinite(found) else None
    return None


def wrong(message: str, source: str) -> DeviceProtocolError:
    """Return the error of a device that does not keep to the interface."""
    return DeviceProtocolError(message, source=source, remedy=_REMEDY)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member is said twice")
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError("a number is too long")
    return int(digits)


def _number(digits: str) -> float:
    if len(digits) > 2 * _MOST_DIGITS or not math.isfinite(float(digits)):
        raise ValueError("a number is too long or too large")
    return float(digits)
