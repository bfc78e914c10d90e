"""Which key signs when: recorded before it signs, replaced, ended, and kept for those who verify."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from biometrics.errors import (
    RecordConflictError,
    RecordNotFoundError,
    SignatureInvalidError,
    SignerUnavailableError,
    SigningError,
)
from biometrics.records import Actor
from biometrics.samples import now_utc
from biometrics.signing.level import SignatureLevel
from biometrics.signing.signer import Purpose
from biometrics.signing.trust import Ending
from registry.columns import utc_text
from registry.keys.pkcs11_uri import TokenKey
from registry.signing.office import SigningChoices
from registry.signing.records import SIGNING_KEY_ENDED, SIGNING_KEY_MADE
from registry.signing.token import make_signing_key
from registry.store import Registry
from registry.tables.signing import signing_keys
from tests.registry.keys.softhsm import Token, token
from tests.registry.raw import plain_connection

__all__ = ["token"]

CONTENT = b'{"simulated":true}'


def _verify(registry: Registry, text: str, purpose: Purpose = Purpose.CARDS) -> str:
    now = now_utc() + timedelta(seconds=2)
    return registry.signing.trusted().verify(text, CONTENT, purpose, now=now).key_id


def _ended(registry: Registry, key_id: str) -> datetime:
    with registry.reading() as record:
        (ended,) = [one.trusted.ended for one in record.signing.known() if one.trusted.key_id == key_id]
    assert ended is not None
    return ended


def test_what_is_signed_verifies_with_the_recorded_keys(registry: Registry) -> None:
    text = registry.signing.sign(Purpose.CARDS, CONTENT)
    assert _verify(registry, text) == registry.signing.signer(Purpose.CARDS).key_id
    assert [one.action for one in registry.events() if one.action == SIGNING_KEY_MADE] == [SIGNING_KEY_MADE]
    assert not registry.check()


def test_each_purpose_has_its_own_key(registry: Registry) -> None:
    assert len({registry.signing.signer(purpose).key_id for purpose in Purpose}) == len(Purpose)


def test_a_key_outlives_the_process(tmp_path: Path) -> None:
    with Registry.open(tmp_path) as registry:
        text = registry.signing.sign(Purpose.CARDS, CONTENT)
    with Registry.open(tmp_path) as registry:
        assert _verify(registry, text) == registry.signing.signer(Purpose.CARDS).key_id
        assert len(registry.signing.trusted()) == 1


def test_a_replaced_key_signs_no_more_and_what_it_signed_stays(registry: Registry) -> None:
    text = registry.signing.sign(Purpose.CARDS, CONTENT)
    old = registry.signing.signer(Purpose.CARDS)
    new = registry.signing.replace(Purpose.CARDS, Actor(name="supervisor"))
    assert _verify(registry, text) == old.key_id != new.key_id
    assert registry.signing.signer(Purpose.CARDS) is new
    ended = [one for one in registry.events() if one.action == SIGNING_KEY_ENDED]
    told = {"key_id": old.key_id, "ending": "replaced", "ended_at": utc_text(_ended(registry, old.key_id))}
    assert [one.details for one in ended] == [told]
    assert ended[0].actor is not None and ended[0].actor.name == "supervisor"
    assert not registry.check()


def test_what_a_compromised_key_signed_is_not_believed_and_another_signs(registry: Registry) -> None:
    text = registry.signing.sign(Purpose.CARDS, CONTENT)
    old = registry.signing.signer(Purpose.CARDS).key_id
    registry.signing.end(old, Ending.COMPROMISED)
    with pytest.raises(SignatureInvalidError, match="others may have the key"):
        _verify(registry, text)
    assert registry.signing.signer(Purpose.CARDS).key_id != old
    with pytest.raises(RecordConflictError, match="ended already"):
        registry.signing.end(old, Ending.REPLACED)
    with pytest.raises(RecordNotFoundError):
        registry.signing.end("nobody", Ending.REPLACED)


def test_a_replaced_key_may_turn_out_to_be_compromised(registry: Registry) -> None:
    old = registry.signing.signer(Purpose.CARDS).key_id
    registry.signing.replace(Purpose.CARDS)
    registry.signing.end(old, Ending.COMPROMISED)
    assert {one.key_id: one.ending for one in registry.signing.trusted()}[old] is Ending.COMPROMISED
    assert not registry.check()


def test_a_renewal_that_was_cut_short_mends_itself(registry: Registry) -> None:
    old = registry.signing.signer(Purpose.CARDS).key_id
    registry.keys.renew("signing/cards")  # the process ended before the new key was recorded
    registry.signing.choose(SigningChoices())
    assert registry.signing.signer(Purpose.CARDS).key_id != old
    assert [one.ending for one in registry.signing.trusted() if one.key_id == old] == [Ending.REPLACED]


def test_a_key_put_into_the_table_is_found(registry: Registry) -> None:
    registry.signing.signer(Purpose.CARDS)
    with plain_connection(registry) as connection:
        connection.execute(signing_keys.update().values(level=SignatureLevel.ADVANCED))
    assert any("to sign with" in fault.message for fault in registry.check())


def test_a_key_in_a_token_signs_and_is_recorded(registry: Registry, token: Token) -> None:
    key = TokenKey.parse(token.uri("cards"))
    make_signing_key(key)
    software = registry.signing.signer(Purpose.CARDS).key_id
    registry.signing.choose(SigningChoices(tokens={Purpose.CARDS: key}, token_level=SignatureLevel.ADVANCED))
    text = registry.signing.sign(Purpose.CARDS, CONTENT)
    assert _verify(registry, text) != software
    with registry.reading() as record:
        used = record.signing.in_use(Purpose.CARDS)
    assert used is not None and (used.held, used.trusted.level) == (key.name, SignatureLevel.ADVANCED)
    with pytest.raises(SigningError, match="not replaced from here"):
        registry.signing.replace(Purpose.CARDS)
    registry.signing.end(used.trusted.key_id, Ending.COMPROMISED)
    with pytest.raises(SigningError, match="has ended"):
        registry.signing.sign(Purpose.CARDS, CONTENT)
    assert not registry.check()


def test_a_key_cannot_rise_to_another_level(registry: Registry, token: Token) -> None:
    key = TokenKey.parse(token.uri("cards"))
    make_signing_key(key)
    registry.signing.choose(SigningChoices(tokens={Purpose.CARDS: key}))
    registry.signing.sign(Purpose.CARDS, CONTENT)
    registry.signing.choose(SigningChoices(tokens={Purpose.CARDS: key}, token_level=SignatureLevel.ADVANCED))
    with pytest.raises(RecordConflictError, match="another level"):
        registry.signing.sign(Purpose.CARDS, CONTENT)


def test_one_key_serves_one_purpose(registry: Registry, token: Token) -> None:
    key = TokenKey.parse(token.uri("cards"))
    make_signing_key(key)
    registry.signing.choose(SigningChoices(tokens={Purpose.CARDS: key, Purpose.RECEIPTS: key}))
    registry.signing.sign(Purpose.CARDS, CONTENT)
    with pytest.raises(RecordConflictError, match="another purpose"):
        registry.signing.sign(Purpose.RECEIPTS, CONTENT)


def test_others_sign_while_the_token_of_one_is_away(registry: Registry, token: Token) -> None:
    key = TokenKey.parse(token.uri("cards"))
    make_signing_key(key)
    registry.signing.choose(SigningChoices(tokens={Purpose.CARDS: key}))
    token.unplug()
    with pytest.raises(SignerUnavailableError, match="nothing was signed"):
        registry.signing.sign(Purpose.CARDS, CONTENT)
    registry.signing.sign(Purpose.RECEIPTS, CONTENT)
    token.plug()
    registry.signing.sign(Purpose.CARDS, CONTENT)
