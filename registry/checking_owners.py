"""Verification that each sealed value is under the key of whom its row is about.

A value says itself under whose key it is, so one that was put into another person's row would open there; and it would
be gone, or stay, with the wrong person's key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Connection, LargeBinary, Table, func, select, type_coerce

from registry.faults import Fault, FaultKind
from registry.keys.sealing import head_of
from registry.sealed import Sealed
from registry.tables import people, rights, service
from registry.tables.base import metadata
from registry.tables.cases import case_reopenings, case_verdicts
from registry.tables.core import encounters, references, staged_references, subjects
from registry.tables.keys import kept_files
from registry.tables.merges import encounter_moves, merges, move_owner

_ROWS_AT_ONCE = 1000
_HEAD_BYTES = 80
"""More than any head has: the names of owners are 26 characters, or `move/` and a number."""

OWNERS: dict[Table, Column[Any]] = {
    subjects: subjects.c.subject_id,
    encounters: encounters.c.encounter_id,
    references: references.c.encounter_id,
    staged_references: references.c.encounter_id,
    case_verdicts: case_verdicts.c.case_id,
    case_reopenings: case_reopenings.c.case_id,
    merges: merges.c.merge_id,
    encounter_moves: encounter_moves.c.change,
    kept_files: kept_files.c.owner_id,
    **{table: table.c[name] for table, name in people.OWNERS.items()},
    **service.OWNERS,
    **rights.ROW_KEYS,
}
"""The column that names under whose key the sealed values of each table are."""


def check_owners(connection: Connection) -> Iterator[Fault]:
    """Yield a fault for every row with a value that is sealed under another key than the row's."""
    for table in metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, Sealed)]
        if columns:
            yield from strangers(connection, table, columns)


def strangers(connection: Connection, table: Table, columns: list[Column[Any]]) -> Iterator[Fault]:
    """Yield a fault for every row of a table with a value in some columns that is sealed under another key."""
    heads = [func.substr(type_coerce(column, LargeBinary), 1, _HEAD_BYTES).label(column.name) for column in columns]
    query = select(OWNERS[table].label("owner"), *heads)
    if table is staged_references:
        query = query.select_from(table).join(references, references.c.reference_id == table.c.replaces)
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        for row in rows:
            expected = head_of(move_owner(row.owner) if table is encounter_moves else row.owner)
            for name, head in zip((column.name for column in columns), row[1:], strict=True):
                if head is not None and not bytes(head).startswith(expected):
                    message = f"the {name} in a row of {table.name} is sealed under another's key"
                    yield Fault(kind=FaultKind.AUDIT, source=str(row.owner), message=message)
