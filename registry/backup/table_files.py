"""Tables as JSON Lines: a line per row, an array of values as the database holds them, bytes in base64."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, insert, select

from biometrics.errors import StorageError
from biometrics.protocols import Progress
from registry.backup.manifest import TableFile
from registry.failures import file_error
from registry.lying import plain
from registry.points import Point, reach

_ROWS_AT_ONCE = 1000
_REMEDY = "use another backup; nothing was changed"


def write_table(connection: Connection, table: Table, path: Path, progress: Progress) -> TableFile:
    """Write the rows of a table, ordered by its key, durably into a file.

    Raises
    ------
    StorageError
        When the file cannot be written.
    """
    source, keys = plain(table), [column.name for column in table.primary_key]
    names = tuple(source.columns.keys())
    query = select(source).order_by(*(source.c[name] for name in keys))
    digest, rows = hashlib.sha256(), 0
    try:
        with path.open("wb") as file, connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as found:
            for rows, row in enumerate(found, start=1):
                line = json.dumps([_written(value) for value in row], separators=(",", ":")).encode() + b"\n"
                digest.update(line)
                file.write(line)
                if rows % _ROWS_AT_ONCE == 0:
                    progress(rows, rows, table.name)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise file_error(error, path) from error
    reach(Point.TABLE_COPIED)
    return TableFile(columns=names, rows=rows, sha256=digest.hexdigest())


def load_table(connection: Connection, table: Table, path: Path, told: TableFile, progress: Progress) -> None:
    """Insert the rows of a file, within the caller's transaction, and verify it against what the manifest told.

    Raises
    ------
    StorageError
        When the file is missing, damaged, or not what the manifest says.
    """
    target = plain(table)
    if tuple(target.columns.keys()) != told.columns:
        raise StorageError("the backup holds a table of other columns", source=str(path), remedy=_REMEDY)
    rows = read_rows(path, told, [isinstance(column.type, LargeBinary) for column in target.columns])
    done = 0
    while piece := [dict(zip(told.columns, row, strict=True)) for row in islice(rows, _ROWS_AT_ONCE)]:
        connection.execute(insert(target), piece)
        done += len(piece)
        progress(done, told.rows, table.name)


def read_rows(path: Path, told: TableFile, is_binary: list[bool]) -> Iterator[list[Any]]:
    """Yield the rows of a file; an error at its end when it is not what the manifest says.

    Raises
    ------
    StorageError
        When it is missing, damaged, or not what the manifest says.
    """
    digest, rows = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            for line in file:
                rows += 1
                digest.update(line)
                values = json.loads(line)
                if len(values) != len(is_binary):
                    raise ValueError("a row has too many or too few values")
                yield [_bytes(value) if binary else value for value, binary in zip(values, is_binary, strict=True)]
    except OSError as error:
        raise file_error(error, path) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise StorageError(f"row {rows} of the backup is damaged", source=str(path), remedy=_REMEDY) from error
    if (rows, digest.hexdigest()) != (told.rows, told.sha256):
        raise StorageError("the backup is not what its manifest says", source=str(path), remedy=_REMEDY)


def _written(value: object) -> object:
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes | memoryview) else value


def _bytes(value: Any) -> bytes | None:
    try:
        return None if value is None else base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
