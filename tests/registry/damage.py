"""Rows changed as nobody should, on either database."""

from __future__ import annotations

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
        for (drop,) in connection.exec_driver_sql(_TRIGGERS[connection.dialect.name]).all():
            connection.exec_driver_sql(drop)
        assert connection.exec_driver_sql(statement).rowcount > 0
