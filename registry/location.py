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
    try:
        return (folder / _SQLITE_FILE).exists() or (folder / _ADDRESS_FILE).exists()
    except OSError as error:
        raise file_error(error, folder) from error


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
    asked = None if address is None else parse_address(address)
    if not has_registry(home):
        return _new_database(home, asked, create=create, busy_timeout_s=busy_timeout_s)
    database = known_database(home, busy_timeout_s)
    if asked is not None and asked != getattr(database, "url", None):
        remedy = "choose another --home, or leave the database out"
        raise RecordConflictError("this home has its registry elsewhere", source=str(home), remedy=remedy)
    database.prepare()
    return database


def known_database(home: Path, busy_timeout_s: float) -> Database:
    """Return the database of a home, whatever it holds.

    Raises
    ------
    RecordNotFoundError
        When there is none.
    RecordConflictError, ConfigurationError
        When the home says two places, or none that is one.
    """
    folder = registry_folder(home)
    address, file = _recorded_address(folder / _ADDRESS_FILE), folder / _SQLITE_FILE
    if address is not None and file.exists():
        remedy = f"move {_SQLITE_FILE} or {_ADDRESS_FILE} away, whichever is not the registry"
        raise RecordConflictError("this home has two registries", source=str(folder), remedy=remedy)
    if address is not None:
        return PostgresqlDatabase(address, busy_timeout_s)
    if file.exists():
        return SqliteDatabase(file, busy_timeout_s)
    remedy = "give the --home of an installation, or enroll somebody first"
    raise RecordNotFoundError("there is no registry here", source=str(home), remedy=remedy)


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


def _new_database(home: Path, address: URL | None, *, create: bool, busy_timeout_s: float) -> Database:
    """Create the registry of a home, and only when its database can be used record where that is."""
    if not create:
        return known_database(home, busy_timeout_s)  # says that there is none
    folder = registry_folder(home)
    database: Database
    try:
        make_folder(folder)
        if address is None:
            with suppress(FileExistsError):  # SQLite would let the umask decide; its logs follow suit
                (folder / _SQLITE_FILE).touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise file_error(error, folder) from error
    if address is None:
        database = SqliteDatabase(folder / _SQLITE_FILE, busy_timeout_s)
        database.prepare()
        return database
    database = PostgresqlDatabase(address, busy_timeout_s)
    database.prepare()
    try:
        write_whole(folder / _ADDRESS_FILE, f"{address.render_as_string()}\n".encode())
    except BaseException:
        database.close()
        raise
    return database


def recorded_address(home: Path) -> URL | None:
    """Return the address of the PostgreSQL database that a home names; None where its registry is elsewhere or absent.

    Raises
    ------
    ConfigurationError
        When what it names is no address.
    """
    return _recorded_address(registry_folder(home) / _ADDRESS_FILE)


def _recorded_address(path: Path) -> URL | None:
    try:
        return parse_address(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise _no_address().at(str(path)) from None
    except ConfigurationError as error:
        raise error.at(str(path)) from None
    except OSError as error:
        raise file_error(error, path) from error
