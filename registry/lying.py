"""Rows as they lie in the database, opened one at a time: what is damaged in one does not hide the others."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table
from sqlalchemy.types import TypeDecorator

from registry.rows import StoredRow
from registry.sealed import Token, opened


def plain(table: Table) -> Table:
    """Return a table without the project's types: its values are those the database holds, read and written as is."""
    columns = [Column(one.name, _plain_type(one)) for one in table.columns if one.computed is None]
    return Table(table.name, MetaData(), *columns)


def opened_row(connection: Connection, table: Table, row: StoredRow) -> StoredRow:
    """Return a row that was read as it lies with the values that it stands for.

    Raises
    ------
    StorageError
        When a value is damaged, or the key that it is sealed under was shredded.
    """
    values = {name: _value(connection, table.c[name], value) for name, value in row._mapping.items()}
    return SimpleNamespace(**values)


def _value(connection: Connection, column: Column[Any], value: Any) -> Any:
    same = isinstance(column.type, Token) or not isinstance(column.type, TypeDecorator)
    return value if same else opened(connection, column, value)


def _plain_type(column: Column[Any]) -> Any:
    return column.type.impl if isinstance(column.type, TypeDecorator) else column.type
