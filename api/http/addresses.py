"""Paths and query strings as they came: only what every proxy and every program on the way reads alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from api.http.problems import Refusal

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ENCODED_SEPARATOR = re.compile(rb"%2f|%5c", re.IGNORECASE)


def require_plain_path(scope: Mapping[str, Any]) -> None:
    """Refuse a path that could be read in two ways.

    Raises
    ------
    Refusal
        When it holds an encoded slash or backslash, a dot segment, a control character or invalid UTF-8.
    """
    raw: bytes = scope.get("raw_path") or b""
    raw = raw.partition(b"?")[0]
    text = _decoded(raw, "path", "the path")
    if _ENCODED_SEPARATOR.search(raw) or "\\" in text:
        raise Refusal("unusable", "the path holds an encoded slash or a backslash")
    if any(segment in (".", "..") for segment in text.split("/")):
        raise Refusal("unusable", "the path holds a dot segment")


def require_known_query(scope: Mapping[str, Any], single: Collection[str], several: Collection[str]) -> None:
    """Refuse a query string that holds anything but the parameters of the operation.

    Parameters
    ----------
    scope
        Of the request.
    single, several
        Names of parameters that may be given once, and of those that may be repeated.

    Raises
    ------
    Refusal
        When it holds another one, one too often, control characters or invalid UTF-8.
    """
    query: bytes = scope.get("query_string") or b""
    if not query:
        return
    named = [part.partition(b"=") for part in query.split(b"&") if part]
    names = Counter(_decoded(name.replace(b"+", b" "), "invalid", "the query") for name, _, _ in named)
    for _, _, value in named:
        _decoded(value, "invalid", "the query")
    for name, times in names.items():
        if name not in single and name not in several:
            raise Refusal("invalid", "the query holds a parameter that the operation does not have")
        if times > 1 and name not in several:
            raise Refusal("invalid", f"the parameter {name} is given {times} times")


def _decoded(raw: bytes, kind: str, where: str) -> str:
    if not raw.isascii():  # some read such bytes as Latin-1, some as UTF-8
        raise Refusal(kind, f"{where} holds characters that are not percent-encoded")
    if _BAD_ESCAPE.search(raw):
        raise Refusal(kind, f"{where} holds a percent sign that encodes nothing")
    try:
        text = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(kind, f"{where} is no valid UTF-8") from error
    if any(character < " " or character == "\x7f" for character in text):
        raise Refusal("unusable", f"{where} holds a control character")
    return text
