"""The schema as a whole, version 2 (`registry.migration` brings version 1 here).

Everything is plain SQL that PostgreSQL understands too; what is SQLite's own (the triggers' dialect) is marked so.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, insert

from biometrics.samples import now_utc
from registry.galleries import create_first_galleries
from registry.tables import cases as _cases  # noqa: F401 - every module of tables adds to the one metadata
from registry.tables import galleries as _galleries  # noqa: F401
from registry.tables import merges as _merges  # noqa: F401
from registry.tables import people as _people  # noqa: F401
from registry.tables.base import NO_DIGEST, metadata
from registry.tables.core import audit_events, changes, heads, schema_versions


def append_only(connection: Connection, table: Table) -> None:
    """Let SQLite refuse to rewrite a table, INSERT OR REPLACE included (which fires no delete trigger)."""
    refusal = f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
    known = f"WHEN EXISTS (SELECT 1 FROM {table.name} WHERE sequence = NEW.sequence)"
    for action, condition in (("UPDATE", ""), ("DELETE", ""), ("INSERT", known)):
        trigger = f"CREATE TRIGGER {table.name}_no_{action.lower()} BEFORE {action} ON {table.name}"
        connection.exec_driver_sql(f"{trigger} {condition} {refusal}")


def create_tables(connection: Connection) -> None:
    """Create every table and trigger, and the rows that say that nothing is recorded yet."""
    metadata.create_all(connection, checkfirst=False)
    for table in (changes, audit_events):
        append_only(connection, table)
    connection.execute(insert(schema_versions).values(version=SCHEMA_VERSION, installed_at=now_utc()))
    connection.execute(insert(heads).values(id=1, change_sequence=0, event_sequence=0, event_digest=NO_DIGEST))
    create_first_galleries(connection)
