"""Older registries brought to the present version, in one transaction: all of it is done, or nothing."""

from __future__ import annotations

from sqlalchemy import Connection, Table, insert

from biometrics.samples import now_utc
from registry.schema import append_only
from registry.tables.core import PAD_NOT_RECORDED_JSON, changes, references, schema_versions, staged_references

OLDEST_VERSION = 1


def migrate(connection: Connection, version: int) -> None:
    """Bring a registry of an older version to the present one."""
    if version < 2:
        _to_version_2(connection)


def _to_version_2(connection: Connection) -> None:
    """Let references come and go by changes of their own, and samples carry attack evidence."""
    quoted = PAD_NOT_RECORDED_JSON.replace("'", "''")
    connection.exec_driver_sql(f"ALTER TABLE samples ADD COLUMN pad TEXT NOT NULL DEFAULT '{quoted}'")
    change = "(SELECT sequence FROM changes WHERE changes.encounter_id = old.encounter_id AND changes.kind = '{}')"
    _rebuild(connection, references, {"added_at": change.format("added"), "retired_at": change.format("retired")})
    _rebuild(connection, changes, {})
    append_only(connection, changes)
    staged_references.create(connection)
    connection.execute(insert(schema_versions).values(version=2, installed_at=now_utc()))


def _rebuild(connection: Connection, table: Table, new: dict[str, str]) -> None:
    """Create a table as it is now and fill it from the old one; SQLite cannot change constraints in place."""
    connection.exec_driver_sql(f"ALTER TABLE {table.name} RENAME TO old")
    table.create(connection)
    kept = [column.name for column in table.columns if column.computed is None and column.name not in new]
    names, values = ", ".join([*kept, *new]), ", ".join([*kept, *new.values()])
    connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) SELECT {values} FROM old")
    connection.exec_driver_sql("DROP TABLE old")
