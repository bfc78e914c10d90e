"""Results are signed by the owner of the registry, with no key in any file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from biometrics.errors import SigningError
from biometrics.records import SYSTEM, Actor
from biometrics.signing.public_keys import key_of
from biometrics.signing.signer import Purpose
from biometrics.signing.trust import Ending
from enrollment.operations.signing import (
    CALLBACK_KEYS,
    END_KEY,
    FORMER_KEY_FILE,
    REPLACE_KEY,
    SIGN_CALLBACK,
    SIGNING_KEYS,
    EndKey,
    SignCallback,
)
from registry.store import Registry

SUPERVISOR = Actor(name="supervisor", purpose="replacement of keys")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(tmp_path) as opened:
        yield opened


def test_a_worker_has_results_signed(registry: Registry) -> None:
    (published,) = CALLBACK_KEYS.perform(registry, SYSTEM, None)
    assert published.keys() == {"kty", "crv", "x", "kid", "use", "alg"}
    value = SIGN_CALLBACK.perform(registry, SYSTEM, SignCallback(key_id=published["kid"], data=b"result"))
    key = key_of(published)
    assert isinstance(key, Ed25519PublicKey)
    key.verify(value, b"result")


def test_no_other_key_signs_so(registry: Registry) -> None:
    cards = registry.signing.signer(Purpose.CARDS).key_id
    with pytest.raises(SigningError, match="replaced"):
        SIGN_CALLBACK.perform(registry, SYSTEM, SignCallback(key_id=cards, data=b"card"))


def test_a_replaced_key_is_published_for_what_is_on_its_way_and_a_compromised_one_is_not(registry: Registry) -> None:
    (first,) = CALLBACK_KEYS.perform(registry, SYSTEM, None)
    second = REPLACE_KEY.perform(registry, SUPERVISOR, Purpose.CALLBACKS)
    shown = CALLBACK_KEYS.perform(registry, SYSTEM, None)
    assert [one["kid"] for one in shown] == [second, first["kid"]]
    END_KEY.perform(registry, SUPERVISOR, EndKey(key_id=first["kid"], ending=Ending.COMPROMISED))
    assert [one["kid"] for one in CALLBACK_KEYS.perform(registry, SYSTEM, None)] == [second]


def test_a_former_key_in_a_file_is_removed(registry: Registry) -> None:
    (registry.home / FORMER_KEY_FILE).write_bytes(b"-----BEGIN PRIVATE KEY-----")
    CALLBACK_KEYS.perform(registry, SYSTEM, None)
    assert not (registry.home / FORMER_KEY_FILE).exists()


def test_keys_are_listed_with_where_they_are_held(registry: Registry) -> None:
    registry.signing.signer(Purpose.CARDS)
    (listed,) = SIGNING_KEYS.perform(registry, SUPERVISOR, None)
    assert (listed.purpose, listed.held, listed.entry["level"]) == (Purpose.CARDS, "software", "simple")
