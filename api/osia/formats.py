"""Formats of text that OSIA's descriptions name: moments, addresses, base64, numbers without a fraction."""

from __future__ import annotations

import base64
import binascii
import calendar
import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-](\d\d):(\d\d))", re.ASCII)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*", re.ASCII)
_LEAP_CYCLE_YEARS = 400
"""Leap years repeat with it, so that the year 0000, which RFC 3339 allows, has a calendar too."""


def check_moment(text: str) -> str:
    """Return the text of an RFC 3339 date and time.

    Raises
    ------
    ValueError
        When it is none, or names a day or an hour that does not exist.
    """
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError("not a date and time of RFC 3339")
    year, month, day, hour, minute, second, off_hour, off_minute = (int(part or 0) for part in found.groups())
    if not (1 <= month <= 12 and hour <= 23 and minute <= 59 and second <= 60 and off_hour <= 23 and off_minute <= 59):
        raise ValueError("a date and time that does not exist")
    if not 1 <= day <= calendar.monthrange(_LEAP_CYCLE_YEARS + year % _LEAP_CYCLE_YEARS, month)[1]:
        raise ValueError("a day that does not exist")
    return text


def check_address(text: str) -> str:
    """Return the text of an RFC 3986 URI with its scheme.

    Raises
    ------
    ValueError
        When it is none.
    """
    if _ADDRESS.fullmatch(text) is None or text.count("#") > 1:
        raise ValueError("not a URI of RFC 3986")
    parts = urlsplit(text)
    _ = parts.port  # raises where the port is no number of 0 to 65535
    return text


def check_base64(text: str) -> str:
    """Return text in the base64 of RFC 4648, padded.

    Raises
    ------
    ValueError
        When it is none.
    """
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64 of RFC 4648") from None
    return text


def whole(value: Any) -> Any:
    """Return a number that JSON writes with a fraction of zero as the whole number it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def check_distinct(values: list[str]) -> list[str]:
    """Return a list in which nothing stands twice.

    Raises
    ------
    ValueError
        When something does.
    """
    if len(set(values)) != len(values):
        raise ValueError("something stands twice in the list")
    return values


Moment = Annotated[str, AfterValidator(check_moment), Field(json_schema_extra={"format": "date-time"})]
Address = Annotated[str, AfterValidator(check_address), Field(json_schema_extra={"format": "uri"})]
Base64 = Annotated[str, AfterValidator(check_base64), Field(json_schema_extra={"format": "byte"})]
Whole = Annotated[int, BeforeValidator(whole), Field(strict=True)]
Int64 = Annotated[
    int,
    BeforeValidator(whole),
    Field(strict=True, ge=-(2**63), le=2**63 - 1, json_schema_extra={"format": "int64"}),
]
GalleryList = Annotated[
    list[Annotated[str, StringConstraints(strict=True)]],
    Field(min_length=1, json_schema_extra={"uniqueItems": True}),
    AfterValidator(check_distinct),
]
