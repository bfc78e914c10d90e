"""Ways into a registry's database past everything that guards it, for tests of what is found afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine, text

from registry.store import Registry


@contextmanager
def plain_connection(registry: Registry) -> Iterator[Connection]:
    """Open a connection of which every statement commits at once."""
    engine = create_engine(registry._database._engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def tamper(registry: Registry, statement: str, **values: Any) -> int:
    """Execute a statement past triggers and foreign keys; return how many rows it changed."""
    with plain_connection(registry) as connection:
        unguard(connection)
        return connection.execute(text(statement), values).rowcount


def unguard(connection: Connection) -> None:
    """Let a plain connection do what triggers and foreign keys forbid; SQLite loses its triggers for good."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET session_replication_role = replica")
        return
    triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
    for (name,) in connection.exec_driver_sql(triggers).all():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
