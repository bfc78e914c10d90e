"""Keys that a section made or exchanged are its own until it commits: nothing is sealed under one that is not kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from biometrics.errors import RecordError
from registry.store import Registry


class UndoneError(Exception):
    pass


@pytest.fixture
def other(registry: Registry, home: Path) -> Iterator[Registry]:
    """The same registry, opened by another process."""
    with Registry.open(home, busy_timeout_s=0.2) as opened:
        yield opened


def exchange(registry: Registry, owner: str, *, undone: bool = False) -> None:
    """Give an owner a new key in the place of the one there was, as an erasure does for what others keep."""
    with registry._database.writing() as connection:
        registry.keys.shred(connection, [owner])
        registry.keys.make(connection, [owner])
        registry.keys.seal(owner, "t.c", b"in between")
        if undone:
            raise UndoneError


def sealed_in_a_section(registry: Registry, owner: str, data: bytes) -> bytes:
    with registry._database.writing():
        return registry.keys.seal(owner, "t.c", data)


@pytest.fixture
def before(registry: Registry) -> bytes:
    with registry._database.writing() as connection:
        registry.keys.make(connection, ["a"])
        return registry.keys.seal("a", "t.c", b"before")


def test_a_key_whose_section_was_undone_seals_nothing(registry: Registry) -> None:
    with pytest.raises(UndoneError), registry._database.writing() as connection:
        registry.keys.make(connection, ["a"])
        raise UndoneError
    with pytest.raises(RecordError, match="no data key"):
        registry.keys.seal("a", "t.c", b"lost")


def test_a_key_whose_savepoint_was_undone_seals_nothing(registry: Registry) -> None:
    with registry._database.writing() as connection:
        registry.keys.make(connection, ["b"])
        with pytest.raises(UndoneError), connection.begin_nested():
            registry.keys.make(connection, ["a"])
            raise UndoneError
        with pytest.raises(RecordError, match="no data key"):
            registry.keys.seal("a", "t.c", b"lost")
        sealed = registry.keys.seal("b", "t.c", b"kept")
    assert registry.keys.unseal("t.c", sealed) == b"kept"


def test_an_exchange_that_was_undone_leaves_the_key_as_it_was(
    registry: Registry, other: Registry, before: bytes
) -> None:
    with pytest.raises(UndoneError):
        exchange(registry, "a", undone=True)
    assert registry.keys.unseal("t.c", before) == b"before"
    assert other.keys.unseal("t.c", sealed_in_a_section(registry, "a", b"after")) == b"after"


def test_what_another_process_exchanged_is_sealed_under_the_new_key(
    registry: Registry, other: Registry, before: bytes
) -> None:
    assert other.keys.unseal("t.c", before) == b"before"
    exchange(registry, "a")
    sealed = sealed_in_a_section(other, "a", b"after")
    assert registry.keys.unseal("t.c", sealed) == b"after"
    assert other.keys.unseal("t.c", sealed_in_a_section(registry, "a", b"again")) == b"again"


def test_a_reader_from_before_reads_on_and_no_key_of_theirs_seals(
    registry: Registry, other: Registry, before: bytes
) -> None:
    with registry._database.reading() as connection:
        registry.keys.prefetch(connection, ["nobody"])  # the snapshot is of now
        exchange(other, "a")
        registry.keys.forget(["a"])
        registry.keys.prefetch(connection, ["a"])
        assert registry.keys.unseal("t.c", before) == b"before"
    after = sealed_in_a_section(registry, "a", b"after")
    assert registry.keys.unseal("t.c", after) == other.keys.unseal("t.c", after) == b"after"


def test_a_reader_from_before_an_exchange_in_the_same_process_reads_on(registry: Registry, before: bytes) -> None:
    with registry._database.reading() as connection:
        registry.keys.prefetch(connection, ["nobody"])
        exchange(registry, "a")
        assert registry.keys.unseal("t.c", before) == b"before"
    after = sealed_in_a_section(registry, "a", b"after")
    assert registry.keys.unseal("t.c", after) == b"after"
