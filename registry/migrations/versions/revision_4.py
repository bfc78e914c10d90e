"""Documents of encounters, tasks, drafts with their files, kept answers; an index of the references in use."""

from __future__ import annotations

from alembic import op

from registry.migrations import frozen

revision, down_revision = "4", "3"


def upgrade() -> None:
    """Add tables and an index; nothing that is recorded changes."""
    frozen.apply(op.get_bind(), revision)
