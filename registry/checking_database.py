"""Verification of the database itself: what it can tell about its own pages, indexes and references."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, ForeignKeyConstraint, Table, and_, func, select

from registry.faults import Fault, FaultKind
from registry.tables.base import metadata

_INVALID_INDEXES = """
SELECT pg_class.relname FROM pg_index JOIN pg_class ON pg_class.oid = pg_index.indexrelid
WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace ORDER BY relname
"""
_UNVALIDATED_CONSTRAINTS = """
SELECT conname FROM pg_constraint
WHERE NOT convalidated AND connamespace = current_schema()::regnamespace ORDER BY conname
"""
_IDLE_TRIGGERS = """
SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE tgenabled <> 'O' AND relnamespace = current_schema()::regnamespace ORDER BY tgname
"""


def check_database(connection: Connection) -> Iterator[Fault]:
    """Yield what is wrong with the database as such, whatever is recorded in it."""
    if connection.dialect.name == "postgresql":
        yield from _check_catalog(connection)
        yield from _check_references(connection)
    else:
        yield from _check_file(connection)


def _check_file(connection: Connection) -> Iterator[Fault]:
    """Let SQLite check its pages, its indexes, and the references between tables."""
    for (message,) in connection.exec_driver_sql("PRAGMA integrity_check").all():
        if message != "ok":
            yield Fault(kind=FaultKind.DATABASE, source="registry.db", message=message)
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        message = f"row {row} names something in {parent} that does not exist"
        yield Fault(kind=FaultKind.DATABASE, source=table, message=message)


def _check_catalog(connection: Connection) -> Iterator[Fault]:
    """Find indexes, constraints and triggers that PostgreSQL does not apply; its pages are pg_amcheck's matter."""
    faults = {
        _INVALID_INDEXES: "this index is not valid: rebuild it with REINDEX",
        _UNVALIDATED_CONSTRAINTS: "this constraint was never checked: validate it",
        _IDLE_TRIGGERS: "this trigger is disabled: what it forbids was possible",
    }
    for query, message in faults.items():
        for (name,) in connection.exec_driver_sql(query).all():
            yield Fault(kind=FaultKind.DATABASE, source=name, message=message)


def _check_references(connection: Connection) -> Iterator[Fault]:
    """Find rows that name something that does not exist, as a restore without its constraints would leave them."""
    for table in metadata.sorted_tables:
        for constraint in table.foreign_key_constraints:
            dangling = _dangling(connection, table, constraint)
            if dangling:
                message = f"{dangling} rows name something in {constraint.referred_table.name} that does not exist"
                yield Fault(kind=FaultKind.DATABASE, source=table.name, message=message)


def _dangling(connection: Connection, table: Table, constraint: ForeignKeyConstraint) -> int:
    parent = constraint.referred_table.alias("parent")
    pairs = [(element.parent, parent.c[element.column.name]) for element in constraint.elements]
    named = and_(*(child.is_not(None) for child, _ in pairs))
    exists = select(parent).where(*(child == there for child, there in pairs)).correlate(table).exists()
    return int(connection.scalar(select(func.count()).select_from(table).where(named, ~exists)) or 0)
