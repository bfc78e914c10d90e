"""Counters: what happened per day, month and year, and how many rows the large tables have.

Both follow from other tables and are kept in the same transaction as what they count, so that no question about ten
million records has to count them.
"""

from __future__ import annotations

from enum import Enum

from sqlalchemy import BigInteger, Column, Float, Index, PrimaryKeyConstraint, Table, Text

from registry.tables.base import metadata, word


class Scope(Enum):
    """Whose doings a counter sums up."""

    EVERYBODY = "everybody"
    POST = "post"
    OPERATOR = "operator"


class Grain(Enum):
    """How long the period of a counter is."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


PLACE = ("gallery", "post", "station", "operator")
"""Columns of a counter that say where and by whom something was done."""

# A place or a person that was not recorded, or that the scope leaves out, is the empty text: part of a key cannot be
# NULL. Days are those of UTC.
counters = Table(
    "counters",
    metadata,
    *word("scope", Scope),
    *word("grain", Grain),
    *(Column(name, Text, nullable=False) for name in ("period", "measure", *PLACE)),
    Column("number", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    PrimaryKeyConstraint("scope", "grain", "period", "measure", *PLACE),
    Index("counters_of_post", "post", "scope", "grain", "period"),
    Index("counters_of_operator", "operator", "grain", "period"),
    sqlite_with_rowid=False,
)

totals = Table(
    "totals",
    metadata,
    Column("table_name", Text, primary_key=True),
    Column("row_count", BigInteger, nullable=False),
)
