"""One value of one row changed as somebody would who can write to the database and has no keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Float, Integer, LargeBinary, Table
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeDecorator

from biometrics.errors import BiometricsError
from biometrics.protocols import no_progress
from registry.checking import check_everything
from registry.columns import CanonicalJson, NameSet, UtcTime, Word
from registry.keys.checking import check_keys
from registry.store import Registry
from registry.tables.base import metadata
from registry.tables.keys import data_keys, installation_keys
from tests.registry.damage import without_triggers

ROWS = 3
"""Rows of each table that are edited, one at a time: the first, one in the middle, the last."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A value of a column in the row at a place, counted in the order of the key."""

    column: Column[Any]
    place: int

    def __str__(self) -> str:
        return f"{self.column.table.name}.{self.column.name}[{self.place}]"


def raw(column: Column[Any]) -> Column[Any]:
    """Return a column as the database holds it."""
    kind: Any = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    return Column(column.name, kind)


def lying(connection: Connection, table: Table) -> list[dict[str, Any]]:
    """Return all rows of a table as they lie, in the order of the key."""
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    order = ", ".join(f'"{column.name}"' for column in table.primary_key)
    query = sql(f"SELECT {names} FROM {table.name} ORDER BY {order}").columns(*map(raw, table.columns))
    return [row._asdict() for row in connection.execute(query)]


def flips(connection: Connection) -> Iterator[Flip]:
    """Yield what to edit: some rows of every table, each of their columns."""
    for table in metadata.sorted_tables:
        count = len(lying(connection, table))
        for place in sorted({0, count // 2, count - 1}) if count else ():
            yield from (Flip(column, place) for column in table.columns if column.computed is None)


def other_values(column: Column[Any], value: Any, others: list[Any]) -> list[Any]:
    """Return what a value may be changed to: first what another row has, which passes for genuine."""
    borrowed = [other for other in others if other is not None and other != value]
    kind = column.type
    if isinstance(kind, Word):
        return [member.value for member in kind.members if member.value != value]
    if isinstance(kind, LargeBinary) or isinstance(getattr(kind, "impl", None), LargeBinary):
        strangers = [other for other in borrowed if value is None or other[:20] != value[:20]]
        return [*strangers[:1], b"\1" * 40]
    made: dict[type[Any], list[Any]] = {
        Boolean: [not value],
        UtcTime: ["2020-01-02T03:04:05.000000+00:00"],
        Integer: [(value or 0) + 1] if isinstance(value, int | None) else [],
        Float: [(value or 0.0) + 0.5] if isinstance(value, float | None) else [],
        NameSet: ['["visa_applicants"]', '["citizens"]'],
        CanonicalJson: [*borrowed[:1], "{}", '{"x":1}'],
    }
    return next((values for one, values in made.items() if isinstance(kind, one)), [*borrowed[:1], "x"])


def apply(connection: Connection, flip: Flip) -> bool:
    """Change the value; return whether the database let it be changed."""
    table = flip.column.table
    rows = lying(connection, table)
    row = rows[flip.place]
    choices = other_values(flip.column, row[flip.column.name], [one[flip.column.name] for one in rows])
    names = [column.name for column in table.primary_key]
    where = " AND ".join(f'"{name}" = :key_{name}' for name in names)
    statement = sql(f'UPDATE {table.name} SET "{flip.column.name}" = :new WHERE {where}')
    for new in choices:
        if new == row[flip.column.name]:
            continue
        try:
            with connection.begin_nested():
                done = connection.execute(statement, {"new": new, **{f"key_{name}": row[name] for name in names}})
                assert done.rowcount == 1
        except DBAPIError:
            continue
        return True
    return False


class _Undo(Exception):  # noqa: N818 - leaves the section, and tells nothing
    pass


def found(registry: Registry, flip: Flip) -> list[str] | None:
    """Return what a check says about an edit, which is undone then; None where the database refuses the edit."""
    said: list[str] | None = None
    keyed = flip.column.table in (data_keys, installation_keys)
    try:
        with registry._database.writing() as connection:
            without_triggers(connection)
            if apply(connection, flip):
                said = _check(registry, connection, keyed=keyed)
            raise _Undo
    except _Undo:
        pass
    if keyed:
        registry.keys.reload()
    return said


def _check(registry: Registry, connection: Connection, *, keyed: bool) -> list[str]:
    try:
        if keyed:
            registry.keys.reload()
        faults = list(check_everything(connection, registry._samples, no_progress))
        if keyed:
            faults += check_keys(connection, registry.keys, registry._samples, no_progress)
        return [f"{one.kind.value}: {one.message}" for one in faults]
    except BiometricsError as error:
        return [error.message]
