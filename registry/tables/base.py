"""What all table modules share: the one `MetaData`, and columns that hold a word of an enumeration."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import CheckConstraint, Column, MetaData

from registry.columns import Word

NO_DIGEST = "0" * 64
"""What the first audit event names as its predecessor."""

metadata = MetaData()


def word(
    name: str, members: type[Enum], *, nullable: bool = False, default: Enum | None = None
) -> tuple[Column[Enum], CheckConstraint]:
    """Return a column that holds a member of an enumeration, and the constraint that nothing else gets in."""
    allowed = ", ".join(f"'{member.value}'" for member in members)
    given = None if default is None else str(default.value)
    column: Column[Enum] = Column(name, Word(members), nullable=nullable, server_default=given)
    return column, CheckConstraint(f"{name} IN ({allowed})")
