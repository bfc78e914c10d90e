"""Everything about persons is sealed, the trail becomes a log, and there are keys, rights, anchors and signatures."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Connection, insert

from registry.audit_log.old_trail import log_old_events
from registry.audit_log.tree_heads import first_values
from registry.keys.naming import make_first
from registry.keys.sections import keyring_of
from registry.migrations import frozen
from registry.migrations.putting_aside import drop_old, old_name, put_aside, tables_of
from registry.migrations.sealing import make_keys, move_rows
from registry.tables.base import metadata
from registry.tables.core import audit_events, heads

revision, down_revision = "5", "4"


def upgrade() -> None:
    """Create all tables and the first keys, and fill them from those of version 4; the files are moved by `migrate`."""
    connection = op.get_bind()
    names = tables_of(connection.dialect.name, ("3", "4"))
    put_aside(connection, names)
    frozen.apply(connection, revision)
    _begin(connection)
    make_keys(connection)
    for table in metadata.sorted_tables:
        if table.name in names and table not in (heads, audit_events):
            move_rows(connection, table)
    _move_trail(connection)
    drop_old(connection, [table.name for table in reversed(metadata.sorted_tables) if table.name in names])


def _begin(connection: Connection) -> None:
    """Write the head of a log without events, which the first keys are made for."""
    sequence = connection.exec_driver_sql(f"SELECT change_sequence FROM {old_name(heads.name)}").scalar_one()
    connection.execute(insert(heads).values(id=1, change_sequence=sequence, **first_values()))
    keyring = keyring_of(connection)
    make_first(connection, keyring.encryption)
    keyring.reload()


def _move_trail(connection: Connection) -> None:
    query = f"SELECT event_sequence, event_digest FROM {old_name(heads.name)}"
    ended = connection.exec_driver_sql(query).one()
    old_events = old_name(audit_events.name)
    log_old_events(connection, old_events, event_sequence=ended.event_sequence, event_digest=ended.event_digest)
