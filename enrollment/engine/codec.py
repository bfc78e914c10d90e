"""Values as JSON and bytes, by their types: what travels between a command and the engine.

Everything follows from annotations: a dataclass is an object of its fields, an enumeration its value, a union of
dataclasses an object with the name of one; bytes and templates are parts beside the JSON. Decoding is strict: what is
missing, unknown, of another type or left over is refused, and constructors check what they hold.
"""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

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


def encode(value: Any, kind: Any, parts: Parts) -> Any:
    """Return a value of a type as JSON values, adding its bytes to the parts.

    Raises
    ------
    ServiceError
        When the value is not of this type, or the type cannot travel.
    """
    return codec_of(kind).encode(value, parts)


def decode(tree: Any, kind: Any, parts: Parts) -> Any:
    """Return the value that JSON values stand for, taking its bytes from the front of the parts.

    Raises
    ------
    ServiceError
        When they do not stand for a value of this type.
    BiometricsError
        When the type's own constructor refuses it.
    """
    return codec_of(kind).decode(tree, parts)


@cache
def codec_of(kind: Any) -> Codec:
    """Return how values of a type travel.

    Raises
    ------
    ServiceError
        When they cannot.
    """
    origin, inner = get_origin(kind), get_args(kind)
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if origin in (Union, types.UnionType):
        return _union(inner)
    if origin in (tuple, Sequence, frozenset):
        return _sequence(origin, inner)
    if origin is Mapping:
        return _mapping(*inner)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _checked(kind, lambda member, _: member.value, lambda tree, _: _member(kind, tree))
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _dataclass(kind)
    raise ServiceError(f"values of {_name(kind)} cannot travel between processes")


def _refused(kind: Any) -> ServiceError:
    return ServiceError(f"this is no {_name(kind)}", remedy="use the same version of Kura on both sides")


def _name(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) else str(kind)


def _checked(kind: type, write: Callable[[Any, Parts], Any], read: Callable[[Any, Parts], Any]) -> Codec:
    """Return a codec that refuses values of other types before it writes them."""

    def encoded(value: Any, parts: Parts) -> Any:
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise _refused(kind)
        return write(value, parts)

    return Codec(encoded, read)


def _plain(kind: type) -> Codec:
    """Return the codec of a type that JSON knows."""

    def read(tree: Any, _: Parts) -> Any:
        if type(tree) is not kind:
            raise _refused(kind)
        return tree

    return _checked(kind, lambda value, _: value, read)


def _as_text(kind: type, write: Callable[[Any], str], parse: Callable[[str], Any]) -> Codec:
    def read(tree: Any, _: Parts) -> Any:
        try:
            value = parse(tree)
        except (TypeError, ValueError):
            raise _refused(kind) from None
        if write(value) != tree:  # one text for each value
            raise _refused(kind)
        return value

    return _checked(kind, lambda value, _: write(value), read)


def _number(value: Any, _: Parts) -> Any:
    if type(value) not in (int, float):
        raise _refused(float)
    return float(value)


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
        raise _refused(bytes)
    return parts.pop(0)


def _no_pixels(tree: Any, _: Parts) -> Pixels:
    if tree is not None:
        raise ServiceError("pixels do not travel")
    return np.zeros((1, 1), dtype=np.uint8)


def _member(kind: type[Enum], tree: Any) -> Enum:
    for member in kind:
        if member.value == tree and type(member.value) is type(tree):
            return member
    raise _refused(kind)


def _encode_error(error: BiometricsError, _: Parts) -> Any:
    return {"kind": error.kind, "message": error.message, "source": error.source, "remedy": error.remedy}


def _decode_error(tree: Any, _: Parts) -> BiometricsError:
    if not (isinstance(tree, dict) and tree.keys() == {"kind", "message", "source", "remedy"}):
        raise _refused(BiometricsError)
    kind = getattr(errors, tree["kind"], None) if isinstance(tree["kind"], str) else None
    texts = [tree["message"], *(text for text in (tree["source"], tree["remedy"]) if text is not None)]
    if not (isinstance(kind, type) and issubclass(kind, BiometricsError) and all(isinstance(t, str) for t in texts)):
        raise _refused(BiometricsError)
    return kind(tree["message"], source=tree["source"], remedy=tree["remedy"])


_SIMPLE: dict[Any, Codec] = {
    str: _plain(str),
    int: _plain(int),
    bool: _plain(bool),
    float: Codec(_number, _number),
    type(None): _plain(type(None)),
    object: Codec(_json, _json),
    bytes: _checked(bytes, _add_part, _next_part),
    Path: _as_text(Path, str, Path),
    datetime: _as_text(datetime, datetime.isoformat, datetime.fromisoformat),
    date: _as_text(date, date.isoformat, date.fromisoformat),
    Template: _checked(
        Template,
        lambda template, parts: _add_part(encode_template(template), parts),
        lambda tree, parts: decode_template(_next_part(tree, parts)),
    ),
    Pixels: Codec(lambda _, __: None, _no_pixels),
    BiometricsError: _checked(BiometricsError, _encode_error, _decode_error),
}
"""Types written by hand. Pixels stay where they were decoded: their file travels, and nobody needs more of them."""


def _union(members: tuple[Any, ...]) -> Codec:
    others = [member for member in members if member is not type(None)]
    optional = len(others) < len(members)
    one = codec_of(others[0]) if len(others) == 1 else _tagged(others)

    def write(value: Any, parts: Parts) -> Any:
        return None if optional and value is None else one.encode(value, parts)

    def read(tree: Any, parts: Parts) -> Any:
        return None if optional and tree is None else one.decode(tree, parts)

    return Codec(write, read)


def _tagged(kinds: list[Any]) -> Codec:
    """Return the codec of one of several types: an object with the name of the type."""
    by_name = {_name(kind): codec_of(kind) for kind in kinds}

    def write(value: Any, parts: Parts) -> Any:
        name = _name(type(value))
        if name not in by_name:
            raise _refused(type(value))
        return {name: by_name[name].encode(value, parts)}

    def read(tree: Any, parts: Parts) -> Any:
        if not (isinstance(tree, dict) and len(tree) == 1 and tree.keys() <= by_name.keys()):
            raise ServiceError(f"this is none of {', '.join(by_name)}")
        ((name, content),) = tree.items()
        return by_name[name].decode(content, parts)

    return Codec(write, read)


def _sequence(origin: Any, inner: tuple[Any, ...]) -> Codec:
    """Return the codec of a tuple of any length, a tuple of fixed types, or a frozenset (in a fixed order)."""
    collect = frozenset if origin is frozenset else tuple
    fixed = [codec_of(kind) for kind in inner] if origin is tuple and inner[-1] is not Ellipsis else None
    one = codec_of(inner[0])

    def write(values: Any, parts: Parts) -> Any:
        if not isinstance(values, frozenset if origin is frozenset else Sequence):
            raise _refused(origin)
        ordered = sorted(values) if origin is frozenset else values
        return [codec.encode(value, parts) for codec, value in zip(_codecs(len(ordered)), ordered, strict=True)]

    def read(tree: Any, parts: Parts) -> Any:
        if not isinstance(tree, list):
            raise _refused(origin)
        values = [codec.decode(value, parts) for codec, value in zip(_codecs(len(tree)), tree, strict=True)]
        if origin is frozenset and values != sorted(set(values)):
            raise _refused(origin)
        return collect(values)

    def _codecs(length: int) -> Sequence[Codec]:
        if fixed is not None and len(fixed) != length:
            raise _refused(origin)
        return [one] * length if fixed is None else fixed

    return Codec(write, read)


def _mapping(key_kind: Any, value_kind: Any) -> Codec:
    """Return the codec of a mapping by texts, or by members of an enumeration whose values are texts."""
    keys, values = codec_of(key_kind), codec_of(value_kind)

    def write(mapping: Any, parts: Parts) -> Any:
        if not isinstance(mapping, Mapping):
            raise _refused(Mapping)
        return {keys.encode(key, parts): values.encode(value, parts) for key, value in mapping.items()}

    def read(tree: Any, parts: Parts) -> Any:
        if not isinstance(tree, dict):
            raise _refused(Mapping)
        return {keys.decode(key, parts): values.decode(value, parts) for key, value in tree.items()}

    return Codec(write, read)


def _dataclass(kind: type) -> Codec:
    hints = get_type_hints(kind)
    codecs = {field.name: codec_of(hints[field.name]) for field in dataclasses.fields(kind) if field.init}

    def write(value: Any, parts: Parts) -> Any:
        return {name: codec.encode(getattr(value, name), parts) for name, codec in codecs.items()}

    def read(tree: Any, parts: Parts) -> Any:
        if not (isinstance(tree, dict) and tree.keys() == codecs.keys()):
            raise _refused(kind)
        # In the order of the fields, which is that of the parts.
        return kind(**{name: codec.decode(tree[name], parts) for name, codec in codecs.items()})

    return _checked(kind, write, read)
