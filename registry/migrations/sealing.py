"""Rows of version 4 moved to the tables of version 5: which columns are sealed there, the tables themselves say."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Table, insert, inspect, select

from biometrics.errors import StorageError
from registry.keys.keyring import Keyring
from registry.keys.sections import keyring_of
from registry.lying import plain
from registry.migrations.putting_aside import old_name
from registry.rows import StoredRow
from registry.sealed import Kind, Sealed, SearchText, Token
from registry.tables.keys import data_keys

_AT_ONCE = 200
"""Rows sealed in one go; those of tasks may hold a few megabytes each."""

_KEYS_AT_ONCE = 5_000

_PURGED_LABEL = "purged/"
"""What the label of a purged subject began with."""

_OF_REFERENCE = "(SELECT r.encounter_id FROM old_biometric_references r WHERE r.reference_id = o.replaces)"
_OF_DRAFT = "(SELECT d.row_id FROM old_drafts d WHERE d.draft_id = o.draft_id)"

OWNERS = {
    "subjects": "o.subject_id",
    "person_versions": "o.subject_id",
    "identifiers": "o.subject_id",
    "evidence": "o.subject_id",
    "guardians": "o.subject_id",
    "life_events": "o.subject_id",
    "encounters": "o.encounter_id",
    "biometric_references": "o.encounter_id",
    "staged_references": _OF_REFERENCE,
    "capture_exceptions": "o.encounter_id",
    "encounter_documents": "o.encounter_id",
    "cases": "o.case_id",
    "case_candidates": "o.case_id",
    "case_verdicts": "o.case_id",
    "case_reopenings": "o.case_id",
    "merges": "o.merge_id",
    "encounter_moves": "'move/' || o.change",
    "tasks": "o.task_id",
    "drafts": "o.row_id",
    "draft_buffers": _OF_DRAFT,
    "kept_answers": "o.row_id",
}
"""Under whose key the rows of each table are sealed, as an expression about the old row."""

_HOLDERS = (
    "SELECT subject_id FROM old_subjects WHERE status <> 'purged' AND label <> 'purged/' || subject_id",
    "SELECT encounter_id FROM old_encounters WHERE purged_at IS NULL",
    "SELECT case_id FROM old_cases",
    "SELECT merge_id FROM old_merges",
    "SELECT 'move/' || change FROM old_encounter_moves",
    "SELECT task_id FROM old_tasks",
    "SELECT row_id FROM old_drafts",
    "SELECT row_id FROM old_kept_answers",
)
"""Whoever has a key of their own, whether or not anything is sealed under it yet."""

_NEW = {"draft_buffers": {"draft_row": _OF_DRAFT}}
"""Columns that version 4 did not have and that follow from others of the row."""


@dataclass(frozen=True, slots=True)
class _Source:
    """How the values of a table are read: the query, the columns that stay as they are, and the others."""

    query: str
    kept: tuple[str, ...]
    changed: tuple[Column[Any], ...]


def make_keys(connection: Connection) -> None:
    """Make a key for every owner that is recorded."""
    keyring = keyring_of(connection)
    for holders in _HOLDERS:
        with connection.exec_driver_sql(holders, execution_options={"yield_per": _KEYS_AT_ONCE}) as rows:
            for some in rows.scalars().partitions(_KEYS_AT_ONCE):
                keyring.make(connection, list(some))


def move_rows(connection: Connection, table: Table) -> None:
    """Fill a table from the one that was put aside, sealing what it seals.

    Raises
    ------
    StorageError
        When an old value cannot be sealed.
    """
    source = _source(connection, table)
    if not source.changed:
        names = ", ".join(source.kept)
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {old_name(table.name)}")
        return
    target, keyring = insert(plain(table)), keyring_of(connection)
    with connection.exec_driver_sql(source.query, execution_options={"yield_per": _AT_ONCE}) as rows:
        for some in rows.partitions(_AT_ONCE):
            _find_keys(connection, keyring, {row.owner_of_row for row in some} - {None})
            connection.execute(target, [_sealed_row(keyring, table, source, row) for row in some])


def sealed_tables(tables: Collection[Table]) -> Iterator[str]:
    """Yield the tables of which a column is sealed under an owner's key."""
    return (table.name for table in tables if any(isinstance(column.type, Sealed) for column in table.columns))


def _source(connection: Connection, table: Table) -> _Source:
    old = {column["name"] for column in inspect(connection).get_columns(old_name(table.name))}
    stored = [column for column in table.columns if column.computed is None]
    changed = tuple(column for column in stored if isinstance(column.type, Sealed | Token | SearchText))
    kept = tuple(column.name for column in stored if column.name in old and column not in changed)
    read = [*kept, *(column.name for column in changed if column.name in old)]
    new = _NEW.get(table.name, {})
    expressions = [*(f"o.{name}" for name in read), *(f"{told} AS {name}" for name, told in new.items())]
    owner = OWNERS.get(table.name, "NULL")
    query = f"SELECT {', '.join(expressions)}, {owner} AS owner_of_row FROM {old_name(table.name)} o"
    return _Source(query=query, kept=(*kept, *new), changed=changed)


def _find_keys(connection: Connection, keyring: Keyring, owners: set[str]) -> None:
    """Open the keys of owners; what a purge left of somebody, and is sealed now, gets a key of its own."""
    if not owners:
        return
    known = set(connection.scalars(select(data_keys.c.owner_id).where(data_keys.c.owner_id.in_(owners))))
    keyring.make(connection, sorted(owners - known))
    keyring.prefetch(connection, known)


def _sealed_row(keyring: Keyring, table: Table, source: _Source, row: StoredRow) -> dict[str, Any]:
    held: Mapping[str, Any] = row._mapping
    values = {name: held[name] for name in source.kept}
    if table.name == "subjects" and row.label == f"{_PURGED_LABEL}{row.subject_id}":
        return values | dict.fromkeys((column.name for column in source.changed), None)
    for column in source.changed:
        values[column.name] = _changed(keyring, column, held)
    return values


def _changed(keyring: Keyring, column: Column[Any], held: Mapping[str, Any]) -> bytes | str | None:
    """Return what a column holds now: the clear value lies under its name, or the name that its tokens are of."""
    kind = column.type
    assert isinstance(kind, Sealed | Token | SearchText)
    value = held[column.name if column.name in held else kind.context.partition(".")[2]]
    if value is None or (column.nullable and _is_nothing(kind, value)):
        return None
    if isinstance(kind, Token):
        return keyring.token(kind.context, str(value))
    data = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
    if isinstance(kind, SearchText):
        return keyring.seal_alike(kind.context, data)
    if held["owner_of_row"] is None:
        raise StorageError(f"{kind.context} of the older registry belongs to nobody", source=column.table.name)
    return keyring.seal(held["owner_of_row"], kind.context, data)


def _is_nothing(kind: Sealed | Token | SearchText, value: Any) -> bool:
    """Return whether a JSON text says that there is no value: in a sealed column that is NULL."""
    return isinstance(kind, Sealed) and kind.kind is Kind.JSON and json.loads(value) is None
