"""Rows with sealed values as a check reads them: one that cannot be opened does not hide the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Select, select

from biometrics.errors import StorageError
from registry.keys.sections import keyring_of
from registry.rows import StoredRow

_OWNERS_AT_ONCE = 256


def owners_in_pieces(connection: Connection, owner: Column[str]) -> Iterator[Sequence[str]]:
    """Yield the owners of a table's rows, some at a time in their order, each piece with its keys opened.

    Parameters
    ----------
    connection
        The section.
    owner
        The column that names under whose key a row is sealed.
    """
    named = select(owner).distinct().order_by(owner).limit(_OWNERS_AT_ONCE)
    some = connection.scalars(named).all()
    while some:
        keyring_of(connection).prefetch(connection, some)
        yield some
        some = connection.scalars(named.where(owner > some[-1])).all()


def readable_rows(
    connection: Connection, query: Select[Any], key: Sequence[Column[Any]]
) -> Iterator[tuple[StoredRow, StoredRow | StorageError]]:
    """Yield the key of each row that a query finds, and the row, or why it cannot be opened.

    Parameters
    ----------
    connection
        The section.
    query
        A query that reads the key's columns among others.
    key
        Columns that name a row.
    """
    try:
        rows: Sequence[StoredRow] = connection.execute(query).all()
    except StorageError:  # some row of them: find out which
        for place in connection.execute(query.with_only_columns(*key)).all():
            this = [column == value for column, value in zip(key, place, strict=True)]
            try:
                found = connection.execute(query.where(*this)).all()
            except StorageError as error:
                yield place, error
            else:
                yield from ((place, row) for row in found)
        return
    for row in rows:
        yield row, row
