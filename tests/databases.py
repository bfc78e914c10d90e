"""With `--database postgresql`, every home that tests open anew has a database of its own on the tests' server.

Processes that tests start follow as long as they import `tests`: the environment names the server.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from contextlib import closing, suppress
from functools import wraps
from pathlib import Path
from typing import Any

import psycopg

from biometrics.files import write_whole
from registry.location import has_registry, parse_address, registry_folder
from registry.postgresql import PostgresqlDatabase
from registry.samples import make_folder
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
            with suppress(OSError):  # a home that cannot be made is for Kura to refuse
                _give_database(folder, registry_folder(home))
        return open_anywhere(home, create, *words, **named)

    Registry.open = open_on_server  # type: ignore[method-assign]


def give_database(home: Path) -> None:
    """Give a new home its database on the server, for commands that do not import `tests`; nothing on SQLite."""
    if SERVER in os.environ:
        _give_database(Path(os.environ[SERVER]), registry_folder(home))


def empty_database(home: Path) -> str | None:
    """Return the address of a database that a home begins with, the same each time; None on SQLite."""
    if SERVER not in os.environ:
        return None
    server, name = Path(os.environ[SERVER]), f"home_{hashlib.sha256(str(home).encode()).hexdigest()[:16]}"
    with suppress(psycopg.errors.DuplicateDatabase):
        execute_at(server, f"CREATE DATABASE {name} TEMPLATE template0")
    return address_at(server, name)


def copy_home(home: Path, target: Path) -> None:
    """Copy a home with its registry, wherever that is; nothing may have it open."""
    if home.exists():
        shutil.copytree(home, target)
    address = registry_folder(target) / "database.url"
    if address.exists():
        original = parse_address(address.read_text()).database
        assert original is not None
        address.unlink()
        _give_database(Path(os.environ[SERVER]), address.parent, original)


def drop_databases(below: Path) -> None:
    """Drop the databases of the homes in a folder."""
    for address in below.rglob("registry/database.url"):
        for name in re.findall(rb"home_\w+", address.read_bytes()):
            drop = f"DROP DATABASE IF EXISTS {name.decode()} WITH (FORCE)"
            execute_at(Path(os.environ[SERVER]), drop)


def _give_database(server: Path, registry: Path, template: str = _TEMPLATE) -> None:
    """Create a database for a home, unless another process is quicker."""
    make_folder(registry)
    name = f"home_{secrets.token_hex(8)}"
    execute_at(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    address = registry / name
    write_whole(address, f"{parse_address(address_at(server, name)).render_as_string()}\n".encode())
    try:
        (registry / "database.url").hardlink_to(address)
    except FileExistsError:
        execute_at(server, f"DROP DATABASE {name}")
    finally:
        address.unlink()
