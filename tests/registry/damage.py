"""Rows changed as nobody should, on either database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select, true, update

from registry.sealed import owned
from registry.store import Registry

_TRIGGERS = {
    "sqlite": "SELECT 'DROP TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": (
        "SELECT 'DROP TRIGGER ' || tgname || ' ON ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal"
    ),
}


def edit(registry: Registry, statement: str) -> None:
    """Change rows behind the registry's back, with its triggers out of the way."""
    with registry._database.writing() as connection:
        without_triggers(connection)
        assert connection.exec_driver_sql(statement).rowcount > 0


def reseal(
    registry: Registry, table: Table, owner: str, values: dict[str, Any], where: ColumnElement[bool] | None = None
) -> None:
    """Change sealed values as somebody would who has the keys.

    Parameters
    ----------
    registry
        Where.
    table
        The table.
    owner
        The column that names whose values are changed.
    values
        What they are to be, in the clear.
    where
        Which rows; None for all.
    """
    with registry._database.writing() as connection:
        without_triggers(connection)
        rows = connection.execute(select(table.c[owner]).where(true() if where is None else where).distinct()).all()
        assert rows
        for (name,) in rows:
            these = (table.c[owner] == name, true() if where is None else where)
            connection.execute(update(table).where(*these).values(owned(table, name, values)))


def without_triggers(connection: Connection) -> None:
    """Take the triggers out of the way, as whoever owns the database can."""
    for (drop,) in connection.exec_driver_sql(_TRIGGERS[connection.dialect.name]).all():
        connection.exec_driver_sql(drop)
