"""A root key wrapped in SoftHSM, which is unplugged, comes back, and is told wrong things."""

import builtins
import os
from pathlib import Path
from typing import Any

import pytest

from biometrics.errors import ConfigurationError, KeyUnavailableError
from registry.keys.encryption import KeyEncryption
from registry.keys.pkcs11 import TokenKeyEncryption, make_wrapping_key
from registry.keys.pkcs11_token import TokenSession, pkcs11
from registry.keys.pkcs11_uri import TokenKey
from registry.store import Registry
from tests.registry.keys.softhsm import LIBRARY, Token, token

__all__ = ["token"]

ROOT = bytes(range(32))


@pytest.fixture
def key(token: Token) -> TokenKey:
    made = TokenKey.parse(token.uri("root-key"))
    make_wrapping_key(made)
    return made


def test_a_token_wraps_and_unwraps(key: TokenKey) -> None:
    encryption: KeyEncryption = TokenKeyEncryption(key)
    wrapped = encryption.wrap(ROOT)
    assert encryption.unwrap(wrapped) == ROOT
    assert ROOT not in wrapped and encryption.wrap(ROOT) != wrapped
    assert encryption.key_id == "pkcs11:token=kura;object=root-key"


def test_the_wrapping_key_cannot_be_taken_out(key: TokenKey) -> None:
    session, attribute = TokenSession(key), pkcs11().Attribute

    def look(opened: Any) -> tuple[bool, ...]:
        found = session.find(opened, "SECRET_KEY")
        with pytest.raises(pkcs11().AttributeSensitive):
            found[attribute.VALUE]
        told = (attribute.EXTRACTABLE, attribute.SENSITIVE, attribute.NEVER_EXTRACTABLE, attribute.ALWAYS_SENSITIVE)
        return tuple(found[one] for one in told)

    assert session.perform(look) == (False, True, True, True)


def test_a_key_is_made_once(key: TokenKey) -> None:
    with pytest.raises(KeyUnavailableError, match="already"):
        make_wrapping_key(key)


def test_every_changed_byte_is_noticed(key: TokenKey) -> None:
    encryption = TokenKeyEncryption(key)
    wrapped = encryption.wrap(ROOT)
    for place in range(len(wrapped)):
        changed = wrapped[:place] + bytes([wrapped[place] ^ 1]) + wrapped[place + 1 :]
        with pytest.raises(KeyUnavailableError, match="not the one"):
            encryption.unwrap(changed)
    with pytest.raises(KeyUnavailableError, match="damaged"):
        encryption.unwrap(wrapped[:-1])


def test_another_key_of_the_token_does_not_open(token: Token, key: TokenKey) -> None:
    other = TokenKey.parse(token.uri("other-key"))
    make_wrapping_key(other)
    with pytest.raises(KeyUnavailableError, match="not the one"):
        TokenKeyEncryption(other).unwrap(TokenKeyEncryption(key).wrap(ROOT))


def test_an_unplugged_token_is_said_and_used_again_when_it_is_back(token: Token, key: TokenKey) -> None:
    encryption = TokenKeyEncryption(key)
    wrapped = encryption.wrap(ROOT)
    token.unplug()
    for _ in range(2):
        with pytest.raises(KeyUnavailableError, match="does not answer") as refused:
            encryption.unwrap(wrapped)
        assert refused.value.remedy is not None and "connect the token" in refused.value.remedy
    token.plug()
    assert encryption.unwrap(wrapped) == ROOT


def test_a_wrong_pin_is_said_and_not_told(token: Token, key: TokenKey) -> None:
    pkcs11().lib(str(LIBRARY)).reinitialize()  # as in a new process: nobody is logged in
    token.pin_file.write_text("wrong-pin")
    with pytest.raises(KeyUnavailableError, match="refuses the PIN") as refused:
        TokenKeyEncryption(key).wrap(ROOT)
    assert "wrong-pin" not in str(refused.value)


def test_a_pin_that_was_refused_is_not_tried_again(
    token: Token, key: TokenKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anchors and receipts are tried every few seconds, and a token locks itself after some wrong PINs."""
    pkcs11().lib(str(LIBRARY)).reinitialize()  # as in a new process: nobody is logged in
    asked, log_in = list[str](), TokenSession._log_in

    def counted(session: TokenSession, library: Any, pin: str, writable: bool) -> Any:
        asked.append(pin)
        return log_in(session, library, pin, writable)

    monkeypatch.setattr(TokenSession, "_log_in", counted)
    right = token.pin_file.read_text()
    token.pin_file.write_text("wrong-pin")
    for _ in range(3):
        with pytest.raises(KeyUnavailableError, match="refuses the PIN"):
            TokenKeyEncryption(key).wrap(bytes(32))
    assert asked == ["wrong-pin"]
    token.pin_file.write_text(right)
    assert len(TokenKeyEncryption(key).wrap(bytes(32))) == 60


def test_what_is_not_there_is_said(token: Token) -> None:
    with pytest.raises(KeyUnavailableError, match="no such key"):
        TokenKeyEncryption(TokenKey.parse(token.uri("missing"))).wrap(ROOT)
    other = token.uri("root-key").replace("token=kura", "token=other")
    with pytest.raises(KeyUnavailableError, match="does not answer"):
        TokenKeyEncryption(TokenKey.parse(other)).wrap(ROOT)
    library = token.uri("root-key").replace(str(LIBRARY), os.devnull)
    with pytest.raises(ConfigurationError, match="cannot be loaded"):
        TokenKeyEncryption(TokenKey.parse(library)).wrap(ROOT)


def test_without_the_binding_the_error_names_what_to_install(key: TokenKey, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "pkcs11":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ConfigurationError, match="python-pkcs11") as refused:
        TokenKeyEncryption(key).wrap(ROOT)
    assert refused.value.remedy is not None and "hsm" in refused.value.remedy


def test_an_open_registry_goes_on_without_its_token_and_none_opens_without_it(
    tmp_path: Path, token: Token, key: TokenKey
) -> None:
    with Registry.open(tmp_path / "home", key_encryption=TokenKeyEncryption(key)) as registry:
        before = registry.keys.named("vectors")
        token.unplug()
        assert registry.keys.named("vectors") == before
        assert len(registry.keys.named("made without the token")) == 32
        with pytest.raises(KeyUnavailableError, match="does not answer"):
            Registry.open(tmp_path / "home", key_encryption=TokenKeyEncryption(key))
    token.plug()
    with Registry.open(tmp_path / "home", key_encryption=TokenKeyEncryption(key)) as registry:
        assert registry.keys.named("vectors") == before
