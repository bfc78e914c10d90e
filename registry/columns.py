"""How Python values lie in columns: UTC times, canonical JSON and enumerations, all as text any database can hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Dialect, Integer, Text, bindparam
from sqlalchemy.types import TypeDecorator

from biometrics.errors import RecordError, StorageError

_DAMAGED = "restore a backup; run kura registry check to see what else is damaged"


SequenceNumber = BigInteger().with_variant(Integer(), "sqlite")
"""The number of a change or an event: billions, and in SQLite the row's own number."""


def canonical_json(value: object) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, no NaN, Unicode as it is.

    Raises
    ------
    RecordError
        When the value has no JSON form.
    """
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        text.encode()  # half of a surrogate pair is no Unicode
    except (TypeError, ValueError) as error:
        raise RecordError("a value cannot be recorded as JSON") from error
    return text


def utc_text(moment: datetime) -> str:
    """Return a time as UTC text of fixed width, so that order of text is order of time.

    Raises
    ------
    RecordError
        When the time has no zone.
    """
    if moment.tzinfo is None:
        raise RecordError("a time without a zone cannot be recorded", remedy="give UTC")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def require_storable(text: str) -> None:
    """Refuse text that not every database can hold, whether it lies there in the clear or sealed.

    Raises
    ------
    RecordError
        When it holds a NUL character or half of a surrogate pair.
    """
    if text.isascii():
        storable = "\0" not in text
    else:
        try:
            storable = b"\0" not in text.encode()
        except UnicodeEncodeError:
            storable = False
    if not storable:
        raise RecordError(
            "a text holds a NUL character, or half of a character",
            remedy="correct it where it comes from; nothing was recorded",
        )


class UtcTime(TypeDecorator[datetime]):
    """A moment, kept as `2026-01-31T12:00:00.000000+00:00`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Turn a zoned time into text."""
        return None if value is None else utc_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Turn text into a UTC time."""
        try:
            return None if value is None else datetime.fromisoformat(value).astimezone(UTC)
        except (TypeError, ValueError) as error:
            raise StorageError("a stored time is damaged", remedy=_DAMAGED) from error


class CanonicalJson(TypeDecorator[Any]):
    """A JSON value, kept as its canonical text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """Turn a value into its one text."""
        return canonical_json(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Turn the text into a value."""
        try:
            return json.loads(value)
        except (TypeError, ValueError) as error:
            raise StorageError("a stored JSON value is damaged", remedy=_DAMAGED) from error


class NameSet(TypeDecorator[frozenset[str]]):
    """A set of names, kept as a JSON list in order; None is NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: frozenset[str] | None, dialect: Dialect) -> str | None:
        """Turn a set into its one text."""
        return None if value is None else canonical_json(sorted(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> frozenset[str] | None:
        """Turn the text into a set."""
        try:
            names = None if value is None else json.loads(value)
        except (TypeError, ValueError) as error:
            raise StorageError("a stored set of names is damaged", remedy=_DAMAGED) from error
        if names is None:
            return None
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise StorageError("a stored set of names is damaged", remedy=_DAMAGED)
        return frozenset(names)


class Word(TypeDecorator[Any]):
    """A member of an enumeration, kept as its value."""

    impl = Text
    cache_ok = True

    def __init__(self, members: type[Enum]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: Enum | None, dialect: Dialect) -> str | None:
        """Turn a member into its value."""
        return None if value is None else str(value.value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Enum | None:
        """Turn a value into the member."""
        try:
            return None if value is None else self.members(value)
        except ValueError as error:
            raise StorageError(f"a stored {self.members.__name__} is damaged", remedy=_DAMAGED) from error


def fixed(member: Enum) -> BindParameter[Any]:
    """Return a member as part of a statement's text: of a parameter, no database knows that a partial index fits."""
    return bindparam(None, member, type_=Word(type(member)), literal_execute=True)
