"""Where the registry of a home is: a SQLite file in its folder, or a PostgreSQL database that a file there names."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from biometrics.errors import ConfigurationError, RecordConflictError, RecordNotFoundError
from biometrics.files import write_whole
from registry.database import Database
from registry.failures import file_error
from registry.postgresql import PostgresqlDatabase
from registry.samples import make_folder
from registry.sqlite import SqliteDatabase

_SQLITE_FILE, _ADDRESS_FILE = "registry.db", "database.url"


def registry_folder(home: Path) -> Path:
    """Return the folder of a home that holds its registry, or says where it is, and its samples."""
    return home / "registry"


def has_registry(home: Path) -> bool:
    """Return whether a home has a registry, wherever it is."""
    folder = registry_folder(home)
    return (folder / _SQLITE_FILE).exists() or (folder / _ADDRESS_FILE).exists()


def open_database(home: Path, *, create: bool, address: str | None, busy_timeout_s: float) -> Database:
    """Open the database of a home; a new home gets the one at `address`, by default a SQLite file.

    Raises
    ------
    RecordNotFoundError
        When there is none and it shall not be created.
    RecordConflictError
        When the home has its registry elsewhere.
    ConfigurationError
        When the address of a database cannot be used.
    RecordVersionError
        When the database is another application's or another version's; it is left as it is.
    RecordBusyError, StorageError
        When it is locked, damaged, or cannot be reached or written.
    """
    folder = registry_folder(home)
    asked = None if address is None else parse_address(address)
    try:
        if not has_registry(home):
            if not create:
                remedy = "give the --home of an installation, or enroll somebody first"
                raise RecordNotFoundError("there is no registry here", source=str(home), remedy=remedy)
            make_folder(folder)
            if asked is not None:
                return _adopt(asked, folder / _ADDRESS_FILE, busy_timeout_s)
        known = _recorded_address(folder)
        if asked is not None and asked != known:
            remedy = "choose another --home, or leave the database out"
            raise RecordConflictError("this home has its registry elsewhere", source=str(home), remedy=remedy)
        if known is not None:
            return PostgresqlDatabase(known, busy_timeout_s)
        with suppress(FileExistsError):  # SQLite would let the umask decide; its logs follow suit
            (folder / _SQLITE_FILE).touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise file_error(error, folder) from error
    return SqliteDatabase(folder / _SQLITE_FILE, busy_timeout_s)


def parse_address(text: str) -> URL:
    """Return the address of a PostgreSQL database, such as `postgresql://registrar@server.example/kura`.

    Raises
    ------
    ConfigurationError
        When it is none, or holds a password, which would lie readable in the home and in lists of processes.
    """
    try:
        url = make_url(text.strip())
        given = {"password", "passwd"} & url.query.keys() or url.password is not None
    except (ArgumentError, ValueError):
        raise _no_address() from None
    if given:
        raise ConfigurationError(
            "the address of a database must not hold the password",
            remedy="leave it out, and give it in a file that PGPASSFILE names, in ~/.pgpass or in PGPASSWORD",
        )
    if url.drivername != "postgresql" or not (url.database or "service" in url.query):
        raise _no_address()
    return url


def _no_address() -> ConfigurationError:
    return ConfigurationError(
        "this is not the address of a PostgreSQL database",
        remedy="write it as postgresql://USER@HOST:PORT/DATABASE, or postgresql:///DATABASE on this machine",
    )


def _adopt(url: URL, address_file: Path, busy_timeout_s: float) -> Database:
    """Open the database of a new home, and only when it can be used record that it is there."""
    database = PostgresqlDatabase(url, busy_timeout_s)
    try:
        write_whole(address_file, f"{url.render_as_string()}\n".encode())
    except BaseException:
        database.close()
        raise
    return database


def _recorded_address(folder: Path) -> URL | None:
    path = folder / _ADDRESS_FILE
    try:
        recorded = parse_address(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise _no_address().at(str(path)) from None
    except ConfigurationError as error:
        raise error.at(str(path)) from None
    if (folder / _SQLITE_FILE).exists():
        raise RecordConflictError(
            "this home has two registries",
            source=str(folder),
            remedy=f"move {_SQLITE_FILE} or {_ADDRESS_FILE} away, whichever is not the registry",
        )
    return recorded
