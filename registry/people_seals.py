"""Rows about persons, and the digests by which the audit trail proves them without telling what they hold.

A digest covers a row's fixed columns and its random nonce. Names and dates are easily guessed: without the nonce,
whoever held the trail could try them all. When a row is purged, its nonce goes with it and the digest tells nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table, insert, select

from registry.columns import canonical_json, utc_text
from registry.identifiers import new_identifier
from registry.keys.sections import keyring_of
from registry.sealed import Token, owned
from registry.tables.people import ENDINGS, KEYS, OWNERS

DIGESTS = "digests"
"""Under which an event's details give the digests of the rows it tells about, by table and key."""

ENDED = "ended"
"""Under which an event's details give the seals of how rows ended, by table and key."""

REMOVED = "removed"
"""Under which the event of a purge names the rows that are gone, by table."""

Digests: TypeAlias = dict[str, dict[str, str]]


def insert_sealed(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> Digests:
    """Insert rows of one table, each with a nonce, under their owners' keys; return their digests by table and key."""
    if not rows:
        return {}
    whole = [{**row, "nonce": new_identifier()} for row in rows]
    connection.execute(insert(table), [owned(table, row[OWNERS[table]], row) for row in whole])
    return {table.name: {row_key(table, row): seal(table, row) for row in whole}}


def row_key(table: Table, row: Mapping[str, Any]) -> str:
    """Return how the audit trail names a row: its identifier, or the parts of its key joined by a slash."""
    return "/".join(str(_plain(row[name])) for name in KEYS[table])


def seal(table: Table, row: Mapping[str, Any]) -> str:
    """Return the digest of what never changes in a row."""
    fixed = {name: _plain(row[name]) for name in _names(table) if name not in ENDINGS[table]}
    return hashlib.sha256(canonical_json(fixed).encode()).hexdigest()


def ended_seals(connection: Connection, table: Table, keys: Collection[str]) -> dict[str, str]:
    """Return, by key, what the audit trail keeps of how rows ended: an HMAC under a key of the installation."""
    own = table.c[KEYS[table][0]]
    names = [own, *(table.c[name] for name in ENDINGS[table])]
    rows = connection.execute(select(*names).where(own.in_(list(keys)))).all() if keys else ()
    return {row[0]: ending_seal(connection, table, row._asdict()) for row in rows}


def ending_seal(connection: Connection, table: Table, row: Mapping[str, Any]) -> str:
    """Return what the audit trail keeps of how a row ended."""
    ending = {name: _plain(row[name]) for name in ENDINGS[table]}
    return keyring_of(connection).token(f"{table.name}.ending", canonical_json(ending))


def is_ended(table: Table, row: Mapping[str, Any]) -> bool:
    """Tell whether a row holds no longer: a number that was replaced, a life event that was annulled."""
    return any(row[name] is not None for name in ENDINGS[table][:1])


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns if not isinstance(column.type, Token)]


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return utc_text(value) if isinstance(value, datetime) else value
