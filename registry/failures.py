"""What the database's own errors mean, and what to do about them."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import exc

from biometrics.errors import (
    BiometricsError,
    RecordBusyError,
    RecordConflictError,
    RecordError,
    RecordVersionError,
    StorageError,
)

_PRIMARY_CODE = 0xFF
"""SQLite keeps the kind of an error in the lowest byte of its code and detail above."""

_FULL_REMEDY = "free some space, then repeat; nothing was recorded"
_ACCESS_REMEDY = "check that the disk is healthy and not full, and that this user may write to the folder and the file"
_FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def database_errors(database: Path) -> Iterator[None]:
    """Turn what SQLAlchemy raises into the errors of this project, naming the file.

    Raises
    ------
    RecordBusyError, RecordVersionError, RecordConflictError, StorageError, RecordError
        By the kind of failure; other exceptions pass.
    """
    try:
        yield
    except exc.TimeoutError as error:
        raise busy(database) from error
    except exc.StatementError as error:
        raise _typed(error.orig, database) from error
    except sqlite3.Error as error:
        raise _typed(error, database) from error
    except UnicodeDecodeError as error:
        raise _damaged(database) from error


def busy(database: Path) -> RecordBusyError:
    """Return the error for a database that others keep locked."""
    return RecordBusyError(
        "another process is writing and did not finish in time",
        source=str(database),
        remedy="wait until it is done, or end it, then repeat; nothing was recorded",
    )


def foreign(database: Path) -> RecordVersionError:
    """Return the error for a file that is no registry."""
    return RecordVersionError(
        "this file is not a Kura registry",
        source=str(database),
        remedy="choose another --home, or move the file away; it was left as it is",
    )


def file_error(error: OSError, path: Path) -> StorageError:
    """Return the error for a file or folder that the operating system refused."""
    remedy = _FULL_REMEDY if error.errno in _FULL_DISK else _ACCESS_REMEDY
    reason = error.strerror or type(error).__name__
    return StorageError(f"the operating system refused: {reason}", source=str(path), remedy=remedy)


def _typed(cause: BaseException | None, database: Path) -> BiometricsError:
    if isinstance(cause, BiometricsError):
        return cause
    code = getattr(cause, "sqlite_errorcode", None)
    if isinstance(code, int) and code & _PRIMARY_CODE in _BY_CODE:
        return _BY_CODE[code & _PRIMARY_CODE](database)
    # The cause's own words may quote a value, so only its kind is told.
    kind = getattr(cause, "sqlite_errorname", None) or type(cause).__name__
    return RecordError(f"the database refused ({kind})", source=str(database), remedy="run kura registry check")


def _conflict(database: Path) -> RecordConflictError:
    remedy = "check the identifiers; nothing was recorded"
    return RecordConflictError("this contradicts what is recorded already", source=str(database), remedy=remedy)


def _full(database: Path) -> StorageError:
    return StorageError("the disk is full", source=str(database), remedy=_FULL_REMEDY)


def _inaccessible(database: Path) -> StorageError:
    return StorageError("the database cannot be read or written", source=str(database), remedy=_ACCESS_REMEDY)


def _damaged(database: Path) -> StorageError:
    remedy = "stop all writers, keep a copy of the folder, and restore the last backup"
    return StorageError("the database file is damaged", source=str(database), remedy=remedy)


_BY_CODE: dict[int, Callable[[Path], RecordError]] = {
    sqlite3.SQLITE_CONSTRAINT: _conflict,
    sqlite3.SQLITE_BUSY: busy,
    sqlite3.SQLITE_LOCKED: busy,
    sqlite3.SQLITE_FULL: _full,
    sqlite3.SQLITE_READONLY: _inaccessible,
    sqlite3.SQLITE_CANTOPEN: _inaccessible,
    sqlite3.SQLITE_PERM: _inaccessible,
    sqlite3.SQLITE_IOERR: _inaccessible,
    sqlite3.SQLITE_CORRUPT: _damaged,
    sqlite3.SQLITE_NOTADB: foreign,
}
