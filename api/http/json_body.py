"""JSON as it is taken from the network: nothing that two readers could understand differently."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from api.http.problems import Refusal

DEEPEST = 40
"""Objects and lists within each other; the deepest body of the APIs has 9."""

MOST_VALUES = 100_000
"""Values in one body; the largest encounter has a few hundred."""

_LONGEST_NUMBER = 400
"""Characters; beyond, a reader could be kept busy with digits that change nothing."""

_LEAST, _GREATEST = -(2**63), 2**63 - 1


def strict_json(data: bytes) -> Any:
    """Read one JSON document.

    Parameters
    ----------
    data
        UTF-8 without byte order mark.

    Returns
    -------
    Any
        What `json.loads` returns.

    Raises
    ------
    Refusal
        When it is no JSON, repeats a key, nests deeper than 40, holds more than 100,000 values (commas in texts
        count), a number that is not finite or beyond 64 bits, a NUL or a lone surrogate.
    """
    # Counted before anything is made of it, since each value takes a hundred times its room in memory.
    if data.count(b",") + data.count(b"[") + data.count(b"{") > MOST_VALUES:
        _not_taken(f"it holds more than {MOST_VALUES} values")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        _refuse("it is no valid UTF-8")
    if text.startswith("\ufeff"):
        _refuse("it begins with a byte order mark")
    try:
        document = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        _refuse(f"it cannot be read at character {error.pos}")
    except RecursionError:
        _not_taken(f"it nests deeper than {DEEPEST}")
    _check(document)
    return document


def _refuse(reason: str) -> NoReturn:
    raise Refusal("json", f"the body is no acceptable JSON: {reason}")


def _not_taken(reason: str) -> NoReturn:
    """Refuse what is JSON, and what no request of this service needs."""
    raise Refusal("unusable", f"the body cannot be used: {reason}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        _refuse("a key stands twice in one object")
    for key in made:
        _check_text(key)
    return made


def _whole(digits: str) -> int:
    # 20 characters hold every 64-bit number; longer ones would take quadratic time to read.
    number = int(digits) if len(digits) <= 20 else _GREATEST + 1
    if not _LEAST <= number <= _GREATEST:
        _not_taken("a number is beyond 64 bits")
    return number


def _real(digits: str) -> float:
    number = float(digits) if len(digits) <= _LONGEST_NUMBER else math.inf
    if not math.isfinite(number):
        _not_taken("a number is too large or too long")
    return number


def _constant(name: str) -> NoReturn:
    _refuse(f"{name} is no number")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_whole, parse_float=_real, parse_constant=_constant)


def _check(document: Any) -> None:
    """Look at every value, level by level."""
    level, depth = [document], 0
    while level:
        inner: list[Any] = []
        for value in level:
            if isinstance(value, str):
                _check_text(value)
            elif isinstance(value, dict):
                inner.extend(value.values())
            elif isinstance(value, list):
                inner.extend(value)
        nests = any(isinstance(value, dict | list) for value in level)
        depth += nests
        if depth > DEEPEST:
            _not_taken(f"it nests deeper than {DEEPEST}")
        level = inner


def _check_text(text: str) -> None:
    if "\x00" in text:
        _not_taken("a text holds NUL")
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        _not_taken("a text holds half of a surrogate pair")
