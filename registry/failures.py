"""What the database's own errors mean, and what to do about them."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
_MISSING_REMEDY = "check the path, and that the medium it lies on is mounted"
_SERVER_REMEDY = "see that the server runs and the address is right; a password belongs in PGPASSFILE or PGPASSWORD"
_FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def database_errors(source: str) -> Iterator[None]:
    """Turn what SQLAlchemy raises into the errors of this project, naming the file or the address of the database.

    Raises
    ------
    RecordBusyError, RecordVersionError, RecordConflictError, StorageError, RecordError
        By the kind of failure; other exceptions pass.
    """
    try:
        yield
    except exc.PendingRollbackError:
        # The connection broke in a statement before, whose error somebody dealt with inside the section.
        raise _lost(source) from None
    except exc.TimeoutError as error:
        raise busy(source) from error
    except exc.StatementError as error:
        # PostgreSQL's own words quote the row that it refuses.
        raise _typed(error.orig, source) from None if hasattr(error.orig, "sqlstate") else error
    except sqlite3.Error as error:
        raise _typed(error, source) from error
    except UnicodeDecodeError as error:
        raise _damaged(source) from error


def busy(source: str) -> RecordBusyError:
    """Return the error for a database that others keep locked."""
    return RecordBusyError(
        "another process is writing and did not finish in time",
        source=source,
        remedy="wait until it is done, or end it, then repeat; nothing was recorded",
    )


def foreign(source: str) -> RecordVersionError:
    """Return the error for a file or a database that is no registry."""
    return RecordVersionError(
        "this is not a Kura registry",
        source=source,
        remedy="choose another --home or another database, or move this one away; it was left as it is",
    )


def file_error(error: OSError, path: Path) -> StorageError:
    """Return the error for a file or folder that the operating system refused."""
    remedy = _FULL_REMEDY if error.errno in _FULL_DISK else _ACCESS_REMEDY
    if isinstance(error, FileNotFoundError):
        remedy = _MISSING_REMEDY
    reason = error.strerror or type(error).__name__
    return StorageError(f"the operating system refused: {reason}", source=str(path), remedy=remedy)


def _typed(cause: BaseException | None, source: str) -> BiometricsError:
    if isinstance(cause, BiometricsError):
        return cause
    if hasattr(cause, "sqlstate"):
        return _from_server(cause, source)
    code = getattr(cause, "sqlite_errorcode", None)
    if isinstance(code, int) and code & _PRIMARY_CODE in _BY_CODE:
        return _BY_CODE[code & _PRIMARY_CODE](source)
    # The cause's own words may quote a value, so only its kind is told.
    return _refused(getattr(cause, "sqlite_errorname", None) or type(cause).__name__, source)


def _from_server(cause: Any, source: str) -> RecordError:
    """Return the error for one of psycopg: by its SQLSTATE, or else for a server that is not there."""
    if cause.pgconn is not None:  # connecting failed; the words name host, user and database only
        reason = " ".join(str(cause).split())
        return StorageError(f"the database cannot be reached: {reason}", source=source, remedy=_SERVER_REMEDY)
    if cause.sqlstate is None:
        return _lost(source) if type(cause).__name__ in _OF_THE_CONNECTION else _refused(type(cause).__name__, source)
    for kind in (cause.sqlstate, cause.sqlstate[:2]):
        if kind in _BY_SQLSTATE:
            return _BY_SQLSTATE[kind](source)
    return _refused(f"SQLSTATE {cause.sqlstate}", source)


def _refused(kind: str, source: str) -> RecordError:
    return RecordError(f"the database refused ({kind})", source=source, remedy="run kura registry check")


def _conflict(source: str) -> RecordConflictError:
    remedy = "check the identifiers; nothing was recorded"
    return RecordConflictError("this contradicts what is recorded already", source=source, remedy=remedy)


def _full(source: str) -> StorageError:
    return StorageError("the disk is full", source=source, remedy=_FULL_REMEDY)


def _inaccessible(source: str) -> StorageError:
    return StorageError("the database cannot be read or written", source=source, remedy=_ACCESS_REMEDY)


def _forbidden(source: str) -> StorageError:
    remedy = "let this user own the database, on a server that accepts writes; nothing was recorded"
    return StorageError("the database may not be written", source=source, remedy=remedy)


def _lost(source: str) -> StorageError:
    remedy = "see that the server runs, then repeat: what was recorded just before is recognized"
    return StorageError("the connection to the database was lost", source=source, remedy=remedy)


def _crowded(source: str) -> RecordBusyError:
    remedy = "end what is not needed, or raise max_connections; nothing was recorded"
    return RecordBusyError("the database server has no connection left", source=source, remedy=remedy)


def _damaged(source: str) -> StorageError:
    remedy = "stop all writers, keep a copy of what is there, and restore the last backup"
    return StorageError("the database is damaged", source=source, remedy=remedy)


_BY_CODE: dict[int, Callable[[str], RecordError]] = {
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

# PostgreSQL manual, appendix A: the first two characters are the class, the rest the condition.
_BY_SQLSTATE: dict[str, Callable[[str], RecordError]] = {
    "08": _lost,  # connection exception
    "23": _conflict,  # integrity constraint violation
    "25006": _forbidden,  # read-only transaction, such as on a standby server
    "40": busy,  # serialization failure, deadlock
    "42501": _forbidden,  # insufficient privilege
    "53100": _full,  # disk full
    "53300": _crowded,  # too many connections
    "55P03": busy,  # lock not available within lock_timeout
    "57014": busy,  # statement cancelled
    "57P01": _lost,  # the administrator ended this session, or the server
    "57P02": _lost,  # the server crashed
    "57P03": _lost,  # the server is starting or stopping
    "58030": _inaccessible,  # input or output error
    "XX001": _damaged,  # data corrupted
    "XX002": _damaged,  # index corrupted
}

_OF_THE_CONNECTION = ("OperationalError", "InterfaceError")
"""Kinds of psycopg's errors that, without a SQLSTATE, tell of a connection that broke."""
