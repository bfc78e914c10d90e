"""Rows that are added to, or inserted where there are none: the one statement that the databases spell differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def add_to(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add the values beside the primary key to those of the row with this key, or insert the row."""
    if not rows:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    added = [column for column in table.columns if not column.primary_key]
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={column.name: column + statement.excluded[column.name] for column in added},
        ),
        list(rows),
    )
