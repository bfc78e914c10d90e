"""The schema as a whole: the tables of every module, and what makes some of them append-only."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Dialect, insert
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from biometrics.samples import now_utc
from registry.audit_log.tree_heads import first_values
from registry.galleries import create_first_galleries
from registry.tables import audit as _audit  # noqa: F401 - every module of tables adds to the one metadata
from registry.tables import cases as _cases  # noqa: F401
from registry.tables import galleries as _galleries  # noqa: F401
from registry.tables import imports as _imports  # noqa: F401
from registry.tables import keys as _keys  # noqa: F401
from registry.tables import merges as _merges  # noqa: F401
from registry.tables import people as _people  # noqa: F401
from registry.tables import rights as _rights  # noqa: F401
from registry.tables import search as _search  # noqa: F401
from registry.tables import service as _service  # noqa: F401
from registry.tables import signing as _signing  # noqa: F401
from registry.tables import statistics as _statistics  # noqa: F401
from registry.tables.base import metadata
from registry.tables.core import audit_events, changes, heads, schema_versions
from registry.versions import SCHEMA_VERSION, alembic_versions, record_revision


def statements(dialect: Dialect) -> list[str]:
    """Return what creates every table, index and trigger, in the order in which it must be done."""
    elements: list[ExecutableDDLElement] = []
    for table in metadata.sorted_tables:
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        elements += [CreateTable(table), *map(CreateIndex, indexes)]
    made = [str(element.compile(dialect=dialect)) for element in elements]
    append_only = _append_only_in_postgresql if dialect.name == "postgresql" else _append_only_in_sqlite
    for table in (changes, audit_events):
        made += append_only(table.name)
    return ["\n".join(line.rstrip() for line in statement.strip().splitlines()) for statement in made]


def _append_only_in_sqlite(table: str) -> Iterator[str]:
    """Yield one trigger per action, one of them against INSERT OR REPLACE, which fires no delete trigger."""
    refusal = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    known = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE sequence = NEW.sequence) "
    for action, condition in (("UPDATE", ""), ("DELETE", ""), ("INSERT", known)):
        yield f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} {condition}{refusal}"


def _append_only_in_postgresql(table: str) -> Iterator[str]:
    """Yield one trigger for everything that rewrites; ON CONFLICT DO UPDATE fires it too."""
    refusal = f"RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'"
    function = f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql"
    yield f"{function} AS $$ BEGIN {refusal}; END $$"
    trigger = f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
    yield f"{trigger} FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"


def create_tables(connection: Connection) -> None:
    """Create every table and trigger, and the rows that say that nothing is recorded yet."""
    for statement in statements(connection.dialect):
        connection.exec_driver_sql(statement)
    connection.execute(insert(schema_versions).values(version=SCHEMA_VERSION, installed_at=now_utc()))
    record_revision(connection, SCHEMA_VERSION)
    connection.execute(insert(heads).values(id=1, change_sequence=0, **first_values()))
    create_first_galleries(connection)


def drop_tables(connection: Connection) -> None:
    """Drop every table with all it holds, within the caller's transaction; `create_tables` may follow."""
    metadata.drop_all(connection)
    alembic_versions.drop(connection)
    if connection.dialect.name == "postgresql":
        for table in (changes, audit_events):
            connection.exec_driver_sql(f"DROP FUNCTION {table.name}_append_only()")
