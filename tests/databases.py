"""With `--database postgresql`, every home that tests open anew has a database of its own on the tests' server.

Processes that tests start follow as long as they import `tests`: the environment names the server.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import closing, suppress
from functools import wraps
from pathlib import Path
from typing import Any

import psycopg

from registry.location import has_registry, parse_address
from registry.postgresql import PostgresqlDatabase
from registry.store import Registry
from tests.postgres import PostgresServer, address_at, execute_at

SERVER = "KURA_TEST_POSTGRES"
"""Names the folder of the server's socket."""

_TEMPLATE = "kura_template"


def serve(server: PostgresServer) -> None:
    """Let this process and those it starts use a server for the registries of new homes."""
    server.create(_TEMPLATE)
    with closing(PostgresqlDatabase(parse_address(server.address(_TEMPLATE)), 10.0)) as template:
        template.prepare()
    os.environ[SERVER] = str(server.folder)
    follow_environment()


def follow_environment() -> None:
    """Open the registries of new homes on the server that the environment names, if it names one."""
    if SERVER not in os.environ:
        return
    folder = Path(os.environ[SERVER])
    open_anywhere = Registry.open

    @wraps(open_anywhere)
    def open_on_server(home: Path, create: bool = True, *words: Any, **named: Any) -> Registry:
        if create and named.get("database") is None and not has_registry(home):
            named["database"] = _database_of(folder, home)
        return open_anywhere(home, create, *words, **named)

    Registry.open = open_on_server  # type: ignore[method-assign]


def copy_home(home: Path, target: Path) -> None:
    """Copy a home with its registry, wherever that is; nothing may have it open."""
    if home.exists():
        shutil.copytree(home, target)
    address = target / "registry" / "database.url"
    if address.exists():
        folder, name = Path(os.environ[SERVER]), _name(target)
        original = parse_address(address.read_text()).database
        execute_at(folder, f"CREATE DATABASE {name} TEMPLATE {original}")
        address.write_text(f"{address_at(folder, name)}\n")


def drop_databases(below: Path) -> None:
    """Drop the databases of the homes in a folder."""
    for address in below.rglob("registry/database.url"):
        name = _name(address.parent.parent)
        execute_at(Path(os.environ[SERVER]), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _database_of(folder: Path, home: Path) -> str:
    """Return the address of the one database of a home, which may be another process's doing already."""
    name = _name(home)
    with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        execute_at(folder, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    return address_at(folder, name)


def _name(home: Path) -> str:
    return f"home_{hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:20]}"
