"""References come and go by changes of their own, samples carry attack evidence, a re-extraction is staged."""

from __future__ import annotations

from alembic import op

from registry.migrations import frozen

revision, down_revision = "2", "1"


def upgrade() -> None:
    """Rebuild references and changes; no Kura of this version wrote to PostgreSQL."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        frozen.apply(connection, revision)
