"""A home says where its registry is, and never holds a password."""

from __future__ import annotations

from pathlib import Path

import pytest

from biometrics.errors import ConfigurationError, RecordConflictError
from registry.location import has_registry, parse_address
from registry.store import Registry

ADDRESS = "postgresql://registrar@server.example:6432/kura?sslmode=verify-full"


def test_an_address_is_kept_as_it_was_given() -> None:
    assert parse_address(f" {ADDRESS}\n").render_as_string() == ADDRESS
    assert parse_address("postgresql://?service=kura").query == {"service": "kura"}


@pytest.mark.parametrize(
    "address",
    ["postgresql://registrar:SECRET@server.example/kura", "postgresql://server.example/kura?password=SECRET"],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(ConfigurationError, match="password") as raised:
        parse_address(address)
    assert raised.value.remedy and "PGPASSFILE" in raised.value.remedy
    assert "SECRET" not in str(raised.value)


@pytest.mark.parametrize(
    "address",
    ["", "kura", "mysql://server.example/kura", "postgresql://server.example", "postgresql://host:port/kura"],
)
def test_what_is_no_address_of_postgresql_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match="not the address"):
        parse_address(address)


def test_a_home_without_a_registry_stays_without(home: Path) -> None:
    with pytest.raises(ConfigurationError):
        Registry.open(home, database="nowhere")
    assert not has_registry(home) and not home.exists()


def test_a_damaged_address_is_named(home: Path) -> None:
    (home / "registry").mkdir(parents=True)
    (home / "registry" / "database.url").write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match="not the address") as raised:
        Registry.open(home)
    assert raised.value.source == str(home / "registry" / "database.url")


def test_two_registries_in_one_home_are_refused(home: Path) -> None:
    (home / "registry").mkdir(parents=True)
    (home / "registry" / "database.url").write_text(ADDRESS)
    (home / "registry" / "registry.db").touch()
    with pytest.raises(RecordConflictError, match="two registries"):
        Registry.open(home)


def test_a_registry_is_not_moved_by_naming_another_database(registry: Registry, home: Path) -> None:
    with pytest.raises(RecordConflictError, match="elsewhere"):
        Registry.open(home, database=ADDRESS)
    assert registry.check() == []
