"""Values as JSON and bytes, by their types: what travels between a command and the engine.

Everything follows from annotations: a dataclass is an object of its fields, an enumeration its value, a union of
dataclasses an object with the name of one; bytes and templates are parts beside the JSON. Decoding is strict: what is
missing, unknown, of another type or left over is refused, and constructors check what they hold.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from biometrics.errors import ServiceError
from enrollment.engine.plain_codecs import SIMPLE, Codec, Parts, checked, name_of, refused


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
    if kind in SIMPLE:
        return SIMPLE[kind]
    if origin in (Union, types.UnionType):
        return _union(inner)
    if origin in (tuple, Sequence, frozenset):
        return _sequence(origin, inner)
    if origin is Mapping:
        return _mapping(*inner)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return checked(kind, lambda member, _: member.value, lambda tree, _: _member(kind, tree))
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _dataclass(kind)
    raise ServiceError(f"values of {name_of(kind)} cannot travel between processes")


def _member(kind: type[Enum], tree: Any) -> Enum:
    for member in kind:
        if member.value == tree and type(member.value) is type(tree):
            return member
    raise refused(kind)


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
    by_name = {name_of(kind): codec_of(kind) for kind in kinds}

    def write(value: Any, parts: Parts) -> Any:
        name = name_of(type(value))
        if name not in by_name:
            raise refused(type(value))
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
            raise refused(origin)
        ordered = sorted(values, key=_rank) if origin is frozenset else values
        return [codec.encode(value, parts) for codec, value in zip(_codecs(len(ordered)), ordered, strict=True)]

    def read(tree: Any, parts: Parts) -> Any:
        if not isinstance(tree, list):
            raise refused(origin)
        values = [codec.decode(value, parts) for codec, value in zip(_codecs(len(tree)), tree, strict=True)]
        if origin is frozenset and values != sorted(set(values), key=_rank):
            raise refused(origin)
        return collect(values)

    def _codecs(length: int) -> Sequence[Codec]:
        if fixed is not None and len(fixed) != length:
            raise refused(origin)
        return [one] * length if fixed is None else fixed

    return Codec(write, read)


def _rank(value: Any) -> Any:
    """Return by what members of a set are ordered: enumerations have no order of their own."""
    return value.value if isinstance(value, Enum) else value


def _mapping(key_kind: Any, value_kind: Any) -> Codec:
    """Return the codec of a mapping by texts, or by members of an enumeration whose values are texts."""
    if key_kind is not str and not (isinstance(key_kind, type) and issubclass(key_kind, Enum)):
        raise ServiceError(f"mappings by {name_of(key_kind)} cannot travel between processes")  # JSON's are by text
    keys, values = codec_of(key_kind), codec_of(value_kind)

    def write(mapping: Any, parts: Parts) -> Any:
        if not isinstance(mapping, Mapping):
            raise refused(Mapping)
        return {keys.encode(key, parts): values.encode(value, parts) for key, value in mapping.items()}

    def read(tree: Any, parts: Parts) -> Any:
        if not isinstance(tree, dict):
            raise refused(Mapping)
        return {keys.decode(key, parts): values.decode(value, parts) for key, value in tree.items()}

    return Codec(write, read)


def _dataclass(kind: type) -> Codec:
    hints = get_type_hints(kind)
    codecs = {field.name: codec_of(hints[field.name]) for field in dataclasses.fields(kind) if field.init}

    def write(value: Any, parts: Parts) -> Any:
        return {name: codec.encode(getattr(value, name), parts) for name, codec in codecs.items()}

    def read(tree: Any, parts: Parts) -> Any:
        if not (isinstance(tree, dict) and tree.keys() == codecs.keys()):
            raise refused(kind)
        # In the order of the fields, which is that of the parts.
        return kind(**{name: codec.decode(tree[name], parts) for name, codec in codecs.items()})

    return checked(kind, write, read)
