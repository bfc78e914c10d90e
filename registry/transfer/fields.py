"""Fields of exchanged JSON objects that hold times, identifiers and text; what is wrong is named, never repeated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from biometrics.errors import PersonDataError
from biometrics.people.evidence import required_text

LONGEST_TEXT = 2000

_IDENTIFIER = re.compile(r"[A-Za-z0-9._-]{1,64}")


def read_time(value: object, *, what: str) -> datetime:
    """Return a moment written as `2026-01-31T12:00:00+00:00`.

    Raises
    ------
    PersonDataError
        When it is none, or has no zone.
    """
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise PersonDataError(f"{what} is not a time with its zone", remedy="write it like 2026-01-31T12:00:00+00:00")
    return moment.astimezone(UTC)


def read_identifier(value: object, *, what: str) -> str:
    """Return an identifier: up to 64 letters, digits, dots, hyphens and underscores.

    Raises
    ------
    PersonDataError
        When it is none.
    """
    if not (isinstance(value, str) and _IDENTIFIER.fullmatch(value)):
        raise PersonDataError(
            f"{what} is not an identifier", remedy="use up to 64 letters, digits, dots, hyphens and underscores"
        )
    return value


def read_text(value: object, *, what: str) -> str:
    """Return text of a line or two.

    Raises
    ------
    PersonDataError
        When it is no text, empty, too long or unreadable.
    """
    return required_text(value, what=what, longest=LONGEST_TEXT)


def read_whole(value: object, *, what: str, least: int, most: int) -> int:
    """Return a whole number within limits.

    Raises
    ------
    PersonDataError
        When it is anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise PersonDataError(f"{what} is not a whole number from {least} to {most}")
    return value


def read_number(value: object, *, what: str) -> float:
    """Return a number; JSON knows none that is not finite.

    Raises
    ------
    PersonDataError
        When it is anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PersonDataError(f"{what} is not a number")
    try:
        return float(value)
    except OverflowError:
        raise PersonDataError(f"{what} is too large") from None


def told(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object without the fields that tell nothing."""
    return {name: value for name, value in document.items() if value is not None}
