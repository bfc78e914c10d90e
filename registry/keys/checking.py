"""Whether everything that lies sealed opens: keys, values of every table, and sample files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Connection, Table, func, or_, select

from biometrics.errors import BiometricsError, StorageError
from biometrics.protocols import Progress
from registry.faults import Fault, FaultKind
from registry.keys import naming
from registry.keys.keyring import Keyring
from registry.keys.naming import ROOT
from registry.keys.sealing import owner_of
from registry.sealed import Sealed, SearchText, as_it_lies, opened
from registry.tables.base import metadata
from registry.tables.keys import data_keys, installation_keys

if TYPE_CHECKING:
    from registry.samples import SampleStore

_ROWS_AT_ONCE = 256


def check_keys(connection: Connection, keyring: Keyring, store: SampleStore, progress: Progress) -> Iterator[Fault]:
    """Yield a fault for everything that does not open with the keys there are."""
    from registry.checking_files import check_kept_files  # noqa: PLC0415 - it needs the tables, and they need keys

    yield from _check_named(connection, keyring)
    yield from _check_owners(connection, keyring, progress)
    for table in metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, Sealed | SearchText)]
        if columns:
            yield from _check_values(connection, keyring, table, columns, progress)
    yield from check_kept_files(connection, store, progress)


def _check_named(connection: Connection, keyring: Keyring) -> Iterator[Fault]:
    naming.roots(connection, keyring.encryption)
    for row in connection.execute(select(installation_keys).where(installation_keys.c.name != ROOT)).all():
        try:
            naming.unwrapped_by(keyring.root(row.root_generation), row.name, bytes(row.wrapped))
        except BiometricsError as error:
            yield _fault(row.name, error)


def _check_owners(connection: Connection, keyring: Keyring, progress: Progress) -> Iterator[Fault]:
    total = connection.scalar(select(func.count()).select_from(data_keys)) or 0
    with connection.execute(select(data_keys).execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        for done, row in enumerate(rows, start=1):
            try:
                keyring.unwrap(row.owner_id, bytes(row.wrapped), row.root_generation)
            except BiometricsError as error:
                yield _fault(row.owner_id, error)
            progress(done, total, "keys")


def _check_values(
    connection: Connection, keyring: Keyring, table: Table, columns: list[Column[Any]], progress: Progress
) -> Iterator[Fault]:
    filled = or_(*(column.is_not(None) for column in columns))
    total = connection.scalar(select(func.count()).select_from(table).where(filled)) or 0
    query = select(*map(as_it_lies, columns)).where(filled)
    done = 0
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        for some in rows.partitions():
            keyring.prefetch(connection, {owner for row in some for owner in _owners(columns, row)})
            for row in some:
                for column, value in zip(columns, row, strict=True):
                    try:
                        opened(connection, column, value)
                    except BiometricsError as error:
                        yield _fault(f"{table.name}.{column.name}", error)
                done += 1
                progress(done, total, table.name)


def _owners(columns: list[Column[Any]], row: Any) -> Iterator[str]:
    for column, value in zip(columns, row, strict=True):
        if isinstance(column.type, Sealed) and value is not None:
            try:
                yield owner_of(bytes(value))
            except StorageError:
                continue  # opening it tells


def _fault(place: str, error: BiometricsError) -> Fault:
    source = place if error.source in (None, place) else f"{place} of {error.source}"
    return Fault(kind=FaultKind.KEY, source=source, message=error.message)
