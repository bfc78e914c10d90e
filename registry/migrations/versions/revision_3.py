"""What persons state, galleries, merges, decided cases, imports, counters, names to search by; PostgreSQL."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Connection, text

from biometrics.samples import now_utc
from registry.columns import utc_text
from registry.migrations import frozen

revision, down_revision = "3", "2"

_OLD = (
    "kura_schema",
    "heads",
    "subjects",
    "encounters",
    "samples",
    "biometric_references",
    "staged_references",
    "changes",
    "audit_events",
    "cases",
    "case_candidates",
)
"""Tables of version 2; each comes after those that it refers to."""

# Columns of theirs that may not be empty and that version 2 did not have.
_SUBJECT = "(SELECT subject_id FROM old_encounters WHERE old_encounters.encounter_id = old_changes.encounter_id)"
_NEW = {"changes": {"subject_id": _SUBJECT, "galleries": """'["citizens"]'"""}}

_FIRST_GALLERIES = (("citizens", "national_identity"), ("visa_applicants", "visa"))
_HEAD = "INSERT INTO heads (id, change_sequence, event_sequence, event_digest) VALUES (1, 0, 0, :digest)"
_GALLERY = "INSERT INTO galleries (gallery_id, purpose, created_at) VALUES (:gallery_id, :purpose, :created_at)"


def upgrade() -> None:
    """Create all tables; on SQLite, fill them from those of version 2, whose constraints cannot change in place."""
    connection = op.get_bind()
    on_sqlite = connection.dialect.name == "sqlite"
    if on_sqlite:
        _put_aside(connection)
    frozen.apply(connection, revision)
    for gallery_id, purpose in _FIRST_GALLERIES:
        values = {"gallery_id": gallery_id, "purpose": purpose, "created_at": utc_text(now_utc())}
        connection.execute(text(_GALLERY), values)
    if on_sqlite:
        _fill(connection)
    else:
        connection.execute(text(_HEAD), {"digest": "0" * 64})


def _put_aside(connection: Connection) -> None:
    """Give the old tables other names, and remove what would keep its own."""
    named = "SELECT type, name FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
    for kind, name in connection.exec_driver_sql(named).all():
        connection.exec_driver_sql(f"DROP {kind} {name}")
    for table in _OLD:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO old_{table}")


def _fill(connection: Connection) -> None:
    """Move what was recorded; whoever was recorded so far is a citizen."""
    for table in _OLD:
        columns = connection.exec_driver_sql(f"PRAGMA table_info(old_{table})").all()  # without computed ones
        kept, new = [column.name for column in columns], _NEW.get(table, {})
        names, values = ", ".join([*kept, *new]), ", ".join([*kept, *new.values()])
        connection.exec_driver_sql(f"INSERT INTO {table} ({names}) SELECT {values} FROM old_{table}")
    connection.exec_driver_sql("INSERT INTO encounter_galleries SELECT encounter_id, 'citizens' FROM encounters")
    for table in reversed(_OLD):
        connection.exec_driver_sql(f"DROP TABLE old_{table}")
