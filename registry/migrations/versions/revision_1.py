"""Subjects, encounters, samples, references, cases, changes and the audit trail."""

from __future__ import annotations

from alembic import op

from registry.migrations import frozen

revision, down_revision = "1", None


def upgrade() -> None:
    """Create the tables; no Kura of this version wrote to PostgreSQL."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        frozen.apply(connection, revision)
