"""Rows kept for systems that ask through the network, and the digests by which the audit trail proves them.

Each change of a row leaves an event with the digest of the row as it is from then on, its random nonce included; for a
row that is gone the event has no digest. What the trail told last is what a check finds, or somebody edited it.
The digest is of the values in the clear; columns that follow from others are not in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select, update

from registry.columns import canonical_json, utc_text
from registry.identifiers import new_identifier
from registry.keys.sections import keyring_of
from registry.rows import StoredRow
from registry.sealed import owned
from registry.tables.service import DERIVED, KEY_HOLDERS, OWNERS, ROW_KEYS

SEALS = "seals"
"""Under which an event's details give the digests of rows, by table and key; None for rows that are gone."""

Seals: TypeAlias = dict[str, dict[str, str | None]]


def insert_row(connection: Connection, table: Table, values: Mapping[str, Any]) -> Seals:
    """Insert a row with a nonce, and with a key where rows have their own; return its seal."""
    row = {**values, "nonce": new_identifier()}
    row |= {name: row[clear] for name, clear in DERIVED.get(table, {}).items() if name not in row}
    key, owner = ROW_KEYS[table], row[OWNERS[table].name]
    if table in KEY_HOLDERS:
        keyring_of(connection).make(connection, [owner])
    connection.execute(insert(table).values(owned(table, owner, row)))
    return _sealed(connection, table, key == row[key.name])


def change_row(connection: Connection, table: Table, key: str, values: Mapping[str, Any]) -> Seals:
    """Change columns of the row with a key and return its new seal; empty when there is no such row."""
    own = ROW_KEYS[table] == key
    owner = connection.scalar(select(OWNERS[table]).where(own))
    if owner is None:
        return {}
    follows = {name: values[clear] for name, clear in DERIVED.get(table, {}).items() if clear in values}
    connection.execute(update(table).where(own).values(owned(table, owner, {**values, **follows})))
    return _sealed(connection, table, own)


def remove_rows(connection: Connection, table: Table, which: ColumnElement[bool]) -> Seals:
    """Delete rows, with the keys that they have of their own, and return what the trail tells of it."""
    keys: Sequence[str] = connection.scalars(select(ROW_KEYS[table]).where(which)).all()
    if not keys:
        return {}
    connection.execute(delete(table).where(which))
    if table in KEY_HOLDERS:
        keyring_of(connection).shred(connection, keys)
    return {table.name: dict.fromkeys(keys)}


def seal(table: Table, row: StoredRow) -> str:
    """Return the digest of a row."""
    derived = DERIVED.get(table, {})
    values = {column.name: _plain(getattr(row, column.name)) for column in table.columns if column.name not in derived}
    return hashlib.sha256(canonical_json(values).encode()).hexdigest()


def _sealed(connection: Connection, table: Table, which: ColumnElement[bool]) -> Seals:
    # As the database gives it back: that is what a check will compare.
    row = connection.execute(select(table).where(which)).one_or_none()
    return {} if row is None else {table.name: {getattr(row, ROW_KEYS[table].name): seal(table, row)}}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(value).hexdigest()
    return utc_text(value) if isinstance(value, datetime) else value
