"""Keys: one from outside opens all, data open under their owner's key only, and a shredded key opens nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, Table, Text, delete, insert, select

from biometrics.errors import KeyUnavailableError, RecordError, StorageError
from registry.keys.default import DEFAULT_KEY_FILE
from registry.keys.encryption import FileKeyEncryption, PlainKeyEncryption, environment_key
from registry.keys.key_file import make_key
from registry.sealed import Kind, Sealed, SearchText, Token, owned
from registry.store import Registry
from registry.tables.keys import installation_keys

SECRETS = Table(
    "secrets_of_a_test",
    MetaData(),
    Column("name", Text, primary_key=True),
    Column("number", Sealed("secrets.number")),
    Column("number_token", Token("secrets.number")),
    Column("spelling", SearchText("secrets.spelling")),
    Column("more", Sealed("secrets.more", Kind.JSON)),
)


def test_values_come_back_and_lie_sealed(registry: Registry) -> None:
    values = {"name": "one", "number": "N-123456", "number_token": "N-123456", "spelling": "traoré", "more": {"a": [1]}}
    with registry._database.writing() as connection:
        SECRETS.create(connection)
        registry.keys.make(connection, ["subject-a"])
        connection.execute(insert(SECRETS).values(owned(SECRETS, "subject-a", values)))
        row = connection.execute(select(SECRETS).where(SECRETS.c.number_token == "N-123456")).one()
        raw = connection.exec_driver_sql("SELECT number, spelling, more FROM secrets_of_a_test").one()
        alike = connection.execute(select(SECRETS.c.name).where(SECRETS.c.spelling == "traoré")).scalar_one()
        SECRETS.drop(connection)
    assert (row.number, row.spelling, row.more, alike) == ("N-123456", "traoré", {"a": [1]}, "one")
    assert len(row.number_token) == 32 and "123" not in row.number_token[:3]
    assert all(b"N-123456" not in bytes(one) and "traoré".encode() not in bytes(one) for one in raw)


def test_a_value_without_an_owner_is_refused(registry: Registry) -> None:
    with pytest.raises(RecordError, match="has no owner"), registry._database.reading() as connection:
        connection.execute(select(SECRETS.c.name).where(SECRETS.c.number == "N-1"))


def test_a_value_of_an_owner_without_a_key_is_refused(registry: Registry) -> None:
    with pytest.raises(RecordError, match="no data key"):
        registry.keys.seal("nobody", "a.b", b"x")


def test_what_was_sealed_opens_in_its_column_only_and_not_altered(registry: Registry) -> None:
    with registry._database.writing() as connection:
        registry.keys.make(connection, ["a", "b"])
    sealed = registry.keys.seal("a", "t.one", b"data")
    assert registry.keys.unseal("t.one", sealed) == b"data"
    swapped = sealed.replace(b"\x01a", b"\x01b", 1)
    for context, wrong in (("t.two", sealed), ("t.one", sealed[:-1] + bytes([sealed[-1] ^ 1])), ("t.one", swapped)):
        with pytest.raises(StorageError):
            registry.keys.unseal(context, wrong)
    for cut in range(len(sealed)):
        with pytest.raises(StorageError):
            registry.keys.unseal("t.one", sealed[:cut])


def test_a_shredded_key_opens_nothing_any_more(registry: Registry) -> None:
    with registry._database.writing() as connection:
        registry.keys.make(connection, ["a"])
    sealed = registry.keys.seal("a", "t.one", b"data")
    with registry._database.writing() as connection:
        assert registry.keys.shred(connection, ["a", "never there"]) == 1
    with pytest.raises(StorageError, match="erased on purpose"):
        registry.keys.unseal("t.one", sealed)


def test_keys_made_in_a_section_are_there_for_the_next_opening(tmp_path: Path) -> None:
    with Registry.open(tmp_path) as first:
        with first._database.writing() as connection:
            first.keys.make(connection, ["a"])
        sealed, token, gallery = (
            first.keys.seal("a", "t.one", b"data"),
            first.keys.token("t", "x"),
            first.keys.named("vectors"),
        )
    with Registry.open(tmp_path) as second:
        assert second.keys.unseal("t.one", sealed) == b"data"
        assert (second.keys.token("t", "x"), second.keys.named("vectors")) == (token, gallery)


def test_a_named_key_is_made_once_and_renewed_on_demand(registry: Registry) -> None:
    made = registry.keys.named("signing/test")
    assert registry.keys.named("signing/test") == made != registry.keys.named("vectors")
    assert registry.keys.renew("signing/test") == registry.keys.named("signing/test") != made


def test_without_the_key_nothing_opens(tmp_path: Path) -> None:
    Registry.open(tmp_path).close()
    key = tmp_path / DEFAULT_KEY_FILE
    kept = key.read_bytes()
    key.unlink()
    with pytest.raises(KeyUnavailableError, match="there is no key here"):
        Registry.open(tmp_path)
    assert not key.exists()  # a new one would make the loss final
    key.write_bytes(bytes(32))
    key.chmod(0o600)
    with pytest.raises(KeyUnavailableError, match="protected by another key"):
        Registry.open(tmp_path)
    key.write_bytes(kept)
    Registry.open(tmp_path).close()


def test_key_files_of_others_or_other_lengths_are_refused(tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    FileKeyEncryption(tmp_path / "key")
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(KeyUnavailableError, match="others may read"):
        FileKeyEncryption(tmp_path / "key")
    (tmp_path / "short").write_bytes(b"x" * 31)
    (tmp_path / "short").chmod(0o600)
    with pytest.raises(KeyUnavailableError, match="no key"):
        FileKeyEncryption(tmp_path / "short")


def test_a_key_in_the_environment_is_32_bytes_in_base64() -> None:
    good = environment_key("KEY", {"KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="})
    assert good.unwrap(good.wrap(b"k" * 32)) == b"k" * 32
    for text in ("AAEC", "nö", ""):
        with pytest.raises(KeyUnavailableError):
            environment_key("KEY", {"KEY": text})
    with pytest.raises(KeyUnavailableError, match="not set"):
        environment_key("KEY", {})


def test_another_key_does_not_unwrap() -> None:
    wrapped = PlainKeyEncryption(b"a" * 32, "a").wrap(b"k" * 32)
    with pytest.raises(KeyUnavailableError, match="not the key"):
        PlainKeyEncryption(b"b" * 32, "b").unwrap(wrapped)


def test_keys_that_went_missing_are_not_made_anew(home: Path) -> None:
    with Registry.open(home) as registry, registry._database.writing() as connection:
        registry.keys.make(connection, ["a"])
        connection.execute(delete(installation_keys).where(installation_keys.c.name == "tokens"))
    with Registry.open(home) as registry, pytest.raises(StorageError, match="is missing"):
        registry.keys.token("t", "a number that is recorded")  # under a new key nobody would be found any more
    with Registry.open(home) as registry, registry._database.writing() as connection:
        connection.execute(delete(installation_keys))
    with pytest.raises(StorageError, match="are missing"):
        Registry.open(home)
