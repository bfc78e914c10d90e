"""Columns whose values nobody reads without the keys: sealed ones, tokens to look up by, and text to search by.

A sealed value is `version (1 byte) | length of the owner (1) | owner | nonce (12) | AES-256-GCM ciphertext and tag`
under the owner's data key; the additional data is the column's name and the head. Length is not hidden.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Dialect, LargeBinary, Table, Text, type_coerce
from sqlalchemy.types import TypeDecorator

from biometrics.errors import RecordError, StorageError
from registry.columns import canonical_json, require_storable
from registry.keys.sections import keyring_in

_DAMAGED = "restore a backup; run kura registry check to see what else is damaged"


@dataclass(frozen=True, slots=True)
class Owned:
    """A value with the owner under whose key it is sealed."""

    owner: str
    value: Any = field(repr=False)


class Kind(Enum):
    """What a sealed column holds."""

    TEXT = "text"
    JSON = "json"
    BYTES = "bytes"


class Sealed(TypeDecorator[Any]):
    """A value that is written as `Owned` and comes back in the clear; None is NULL, and so is an owned None.

    Parameters
    ----------
    context
        `table.column`; a value does not open in another column.
    kind
        What the values are.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str, kind: Kind = Kind.TEXT) -> None:
        super().__init__()
        self.context, self.kind = context, kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Seal a value; one without an owner is refused, so that nothing can be written in the clear by mistake."""
        if value is None:
            return None
        if not isinstance(value, Owned):
            raise RecordError(f"{self.context} is sealed, and this value has no owner")
        if value.value is None:
            return None
        return keyring_in(dialect).seal(value.owner, self.context, self._encoded(value.value))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Open a value."""
        return None if value is None else self._decoded(keyring_in(dialect).unseal(self.context, bytes(value)))

    def _encoded(self, value: Any) -> bytes:
        if self.kind is Kind.BYTES:
            return bytes(value)
        text = canonical_json(value) if self.kind is Kind.JSON else str(value)
        require_storable(text)
        return text.encode()

    def _decoded(self, data: bytes) -> Any:
        try:
            if self.kind is Kind.BYTES:
                return data
            return json.loads(data) if self.kind is Kind.JSON else data.decode()
        except ValueError as error:
            raise StorageError(f"a sealed value of {self.context} is damaged", remedy=_DAMAGED) from error


class Token(TypeDecorator[str]):
    """What a text is looked up by: 32 hexadecimal digits of an HMAC-SHA256; written and asked for in the clear.

    Comes back as the token. Equal texts of one context have equal tokens.
    """

    impl = Text
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Turn a text into its token."""
        if value is None:
            return None
        require_storable(value)
        return keyring_in(dialect).token(self.context, value)


class SearchText(TypeDecorator[str]):
    """Text that equal text is found by and that comes back in the clear: deterministic AES-SIV, RFC 5297.

    Order and comparison are those of the ciphertexts: the same in every query, but not the alphabet's.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Seal a text so that equal texts stay equal."""
        if value is None:
            return None
        require_storable(value)
        return keyring_in(dialect).seal_alike(self.context, value.encode())

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """Open a text."""
        return None if value is None else keyring_in(dialect).open_alike(self.context, bytes(value)).decode()


def as_it_lies(column: Column[Any]) -> ColumnElement[Any]:
    """Return a sealed column without its values being opened, for checks that go on behind a damaged one."""
    return type_coerce(column, LargeBinary).label(column.name)


def opened(connection: Connection, column: Column[Any], value: Any) -> Any:
    """Open what `as_it_lies` returned.

    Raises
    ------
    StorageError
        When it is damaged, altered, of another column, or its owner was erased.
    """
    return column.type.process_result_value(value, connection.dialect)  # type: ignore[attr-defined]


def owned(table: Table, owner: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a row with those of sealed columns under an owner."""
    sealed = {name for name in values if isinstance(table.c[name].type, Sealed)}
    return {name: Owned(owner, value) if name in sealed else value for name, value in values.items()}
