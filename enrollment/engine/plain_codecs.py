"""How single values travel between a command and the engine: as JSON values, or as bytes beside the JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from biometrics import errors
from biometrics.arrays import Pixels
from biometrics.errors import BiometricsError, ServiceError
from biometrics.template_codec import decode_template, encode_template
from biometrics.templates import Template

Parts = list[bytes]
"""Bytes beside the JSON, in the order in which they are named in it."""


class Codec(NamedTuple):
    """How values of one type are written and read."""

    encode: Callable[[Any, Parts], Any]
    decode: Callable[[Any, Parts], Any]


def refused(kind: Any) -> ServiceError:
    """Return the error that something is not of a type."""
    return ServiceError(f"this is no {name_of(kind)}", remedy="use the same version of Kura on both sides")


def name_of(kind: Any) -> str:
    """Return the name of a type, as it travels."""
    return kind.__name__ if isinstance(kind, type) else str(kind)


def checked(kind: type, write: Callable[[Any, Parts], Any], read: Callable[[Any, Parts], Any]) -> Codec:
    """Return a codec that refuses values of other types before it writes them."""

    def encoded(value: Any, parts: Parts) -> Any:
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise refused(kind)
        return write(value, parts)

    return Codec(encoded, read)


def _plain(kind: type) -> Codec:
    """Return the codec of a type that JSON knows."""

    def read(tree: Any, _: Parts) -> Any:
        if type(tree) is not kind:
            raise refused(kind)
        return tree

    return checked(kind, lambda value, _: value, read)


def _as_text(kind: type, write: Callable[[Any], str], parse: Callable[[str], Any]) -> Codec:
    def read(tree: Any, _: Parts) -> Any:
        try:
            value = parse(tree)
        except (TypeError, ValueError):
            raise refused(kind) from None
        if write(value) != tree:  # one text for each value
            raise refused(kind)
        return value

    return checked(kind, lambda value, _: write(value), read)


def _number(value: Any, _: Parts) -> Any:
    if type(value) not in (int, float):
        raise refused(float)
    try:
        return float(value)
    except OverflowError:  # a whole number of hundreds of digits
        raise refused(float) from None


def _json(value: Any, _: Parts) -> Any:
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise ServiceError("a value has no JSON form") from None


def _add_part(data: bytes, parts: Parts) -> int:
    parts.append(data)
    return len(data)


def _next_part(tree: Any, parts: Parts) -> bytes:
    """Take the next part, whose length the JSON states."""
    if type(tree) is not int or not parts or len(parts[0]) != tree:
        raise refused(bytes)
    return parts.pop(0)


def _no_pixels(tree: Any, _: Parts) -> Pixels:
    if tree is not None:
        raise ServiceError("pixels do not travel")
    return np.zeros((1, 1), dtype=np.uint8)


def _encode_error(error: BiometricsError, _: Parts) -> Any:
    return {"kind": error.kind, "message": error.message, "source": error.source, "remedy": error.remedy}


def _decode_error(tree: Any, _: Parts) -> BiometricsError:
    if not (isinstance(tree, dict) and tree.keys() == {"kind", "message", "source", "remedy"}):
        raise refused(BiometricsError)
    kind = getattr(errors, tree["kind"], None) if isinstance(tree["kind"], str) else None
    texts = [tree["message"], *(text for text in (tree["source"], tree["remedy"]) if text is not None)]
    if not (isinstance(kind, type) and issubclass(kind, BiometricsError) and all(isinstance(t, str) for t in texts)):
        raise refused(BiometricsError)
    return kind(tree["message"], source=tree["source"], remedy=tree["remedy"])


SIMPLE: dict[Any, Codec] = {
    str: _plain(str),
    int: _plain(int),
    bool: _plain(bool),
    float: Codec(_number, _number),
    type(None): _plain(type(None)),
    object: Codec(_json, _json),
    bytes: checked(bytes, _add_part, _next_part),
    Path: _as_text(Path, str, Path),
    datetime: _as_text(datetime, datetime.isoformat, datetime.fromisoformat),
    date: _as_text(date, date.isoformat, date.fromisoformat),
    Template: checked(
        Template,
        lambda template, parts: _add_part(encode_template(template), parts),
        lambda tree, parts: decode_template(_next_part(tree, parts)),
    ),
    Pixels: Codec(lambda _, __: None, _no_pixels),
    BiometricsError: checked(BiometricsError, _encode_error, _decode_error),
}
"""Types written by hand. Pixels stay where they were decoded: their file travels, and nobody needs more of them."""
