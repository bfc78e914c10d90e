"""Ways into a registry's database past everything that guards it, for tests of what is found afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine, select, text

from registry.store import Registry
from registry.tables.keys import kept_files


@contextmanager
def plain_connection(registry: Registry) -> Iterator[Connection]:
    """Open a connection of which every statement commits at once."""
    engine = create_engine(registry._database._engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def sample_file(registry: Registry, sha256: str) -> Path:
    """Return where a sample lies that a record names or that was just kept."""
    with registry.reading() as record:
        names = record._connection.scalars(select(kept_files.c.file).where(kept_files.c.sha256 == sha256)).all()
    kept = registry._samples.remembered(sha256)
    return registry._samples.path(names[0] if names or kept is None else kept.name)


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
