"""`kura registry init` and `migrate`: where a registry is made, and how an older one is brought to this version."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from api.command_line import BAD_INPUT, DONE
from registry.versions import SCHEMA_VERSION
from tests.api.conftest import Run, enrolled
from tests.postgres import PostgresServer
from tests.registry.older import keep_plain

OLD = Path(__file__).resolve().parents[1] / "golden" / "registry_v1.sql"


@pytest.mark.sqlite_only
def test_a_new_home_has_its_registry_in_a_file(kura: Run, home: Path) -> None:
    file = home / "registry" / "registry.db"
    code, out, _ = kura("registry", "init")
    assert code == DONE
    assert out == f"created {file}\nschema version {SCHEMA_VERSION}\n"
    assert kura("registry", "init")[1].startswith(f"{file} is there already, with 0 persons\n")
    assert kura("registry", "check")[1] == "the registry is whole\n"


@pytest.fixture
def database(server: PostgresServer) -> Iterator[str]:
    yield server.create("kura")
    server.execute("DROP DATABASE kura WITH (FORCE)")


@pytest.mark.postgresql_only
def test_a_new_home_uses_a_database_from_then_on(kura: Run, home: Path, people: Path, database: str) -> None:
    code, out, _ = kura("registry", "init", "--database", database, "--json")
    made = json.loads(out)
    assert code == DONE and made["created"] and made["persons"] == 0
    assert (home / "registry" / "database.url").read_text() == f"{made['database']}\n"
    enrolled(kura, people)
    assert not (home / "registry" / "registry.db").exists()
    again = json.loads(kura("registry", "init", "--database", database, "--json")[1])
    assert (again["created"], again["persons"]) == (False, 4)


@pytest.mark.postgresql_only
def test_kura_copies_no_database_of_a_server(kura: Run, server: PostgresServer, database: str) -> None:
    kura("registry", "init", "--database", database)
    assert kura("registry", "migrate")[0] == DONE  # nothing to do, so nothing to copy
    server.execute_in("kura", f"UPDATE kura_schema SET version = {SCHEMA_VERSION - 1}")
    code, _, error = kura("registry", "migrate")
    assert code == BAD_INPUT and "pg_dump" in error


@pytest.mark.parametrize("address", ["postgresql://clerk:SECRET@server.example/kura", "SECRET"])
def test_an_address_that_cannot_be_used_makes_no_home(kura: Run, home: Path, address: str) -> None:
    code, _, error = kura("registry", "init", "--database", address)
    assert code == BAD_INPUT and "SECRET" not in error
    assert not home.exists()


@pytest.mark.sqlite_only
def test_an_older_registry_is_migrated_when_asked(kura: Run, home: Path) -> None:
    (home / "registry").mkdir(parents=True)
    with closing(sqlite3.connect(home / "registry" / "registry.db")) as raw:
        raw.executescript(OLD.read_text())
    for label in ("first", "second", "third"):
        for kind in ("print", "face"):
            keep_plain(home, f"{kind} of {label}".encode())
    code, _, error = kura("registry", "status")
    assert code == BAD_INPUT and "kura registry migrate" in error
    planned = json.loads(kura("registry", "migrate", "--check", "--json")[1])
    assert (planned["from_version"], planned["needed"], planned["migrated"]) == (1, True, False)
    code, out, _ = kura("registry", "migrate", "--actor", "administrator")
    assert code == DONE
    first, second, third, _ = out.splitlines()
    assert first == f"migrated from schema version 1 to {SCHEMA_VERSION}"
    assert second == "6 files that lay open erased; what is kept now is sealed"
    assert str(home / "registry" / "registry-version-1.db") in third and "lies open" in third
    assert json.loads(kura("registry", "events", "--json")[1])[-1]["action"] == "registry.migrated"
    assert "present one" in kura("registry", "migrate")[1]


def test_a_home_without_a_registry_is_left_alone(kura: Run, home: Path) -> None:
    home.mkdir()
    code, _, error = kura("registry", "migrate")
    assert code == BAD_INPUT and "no registry" in error
    assert list(home.iterdir()) == []
