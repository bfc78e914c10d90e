"""Old tables given other names, so that new ones take theirs, on either database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from registry.migrations import frozen

_PREFIX = "old_"
_CREATED = re.compile(r"CREATE TABLE (\w+)")

_NAMED_IN_SQLITE = "SELECT type, name FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"

_TRIGGERS = (
    "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
    " WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
)
_FUNCTIONS = "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
_CONSTRAINTS = (
    "SELECT conname, relname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid"
    " WHERE connamespace = current_schema()::regnamespace"
)
_INDEXES = "SELECT indexname, tablename FROM pg_indexes WHERE schemaname = current_schema()"


def tables_of(dialect: str, revisions: Sequence[str]) -> frozenset[str]:
    """Return the tables that some revisions created."""
    statements = [statement for one in revisions for statement in frozen.read(one, dialect)]
    return frozenset(found[1] for statement in statements if (found := _CREATED.match(statement)))


def old_name(table: str) -> str:
    """Return what a table is called once it is put aside."""
    return f"{_PREFIX}{table}"


def put_aside(connection: Connection, tables: Iterable[str]) -> None:
    """Give tables other names, and what belongs to them too where a new one needs its own."""
    names = sorted(tables)
    if connection.dialect.name == "sqlite":
        for kind, name in connection.exec_driver_sql(_NAMED_IN_SQLITE).all():
            connection.exec_driver_sql(f"DROP {kind} {name}")
    else:
        _free_names(connection, names)
    for name in names:
        connection.exec_driver_sql(f"ALTER TABLE {name} RENAME TO {old_name(name)}")


def drop_old(connection: Connection, tables: Iterable[str]) -> None:
    """Drop tables that were put aside, each before those that it refers to."""
    for name in tables:
        connection.exec_driver_sql(f"DROP TABLE {old_name(name)}")


def _free_names(connection: Connection, tables: Sequence[str]) -> None:
    """Drop the triggers of tables with their functions, and rename constraints and indexes: new ones get such names."""
    for trigger, table in connection.exec_driver_sql(_TRIGGERS).all():
        if table in tables:
            connection.exec_driver_sql(f"DROP TRIGGER {trigger} ON {table}")
    functions = {f"{table}_append_only" for table in tables}
    for (function,) in connection.exec_driver_sql(_FUNCTIONS).all():
        if function in functions:
            connection.exec_driver_sql(f"DROP FUNCTION {function}()")
    for constraint, table in connection.exec_driver_sql(_CONSTRAINTS).all():
        if table in tables:
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME CONSTRAINT {constraint} TO {old_name(constraint)}")
    for index, table in connection.exec_driver_sql(_INDEXES).all():
        if table in tables and not index.startswith(_PREFIX):  # those of constraints have followed
            connection.exec_driver_sql(f"ALTER INDEX {index} RENAME TO {old_name(index)}")
