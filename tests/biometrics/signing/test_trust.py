import json
from datetime import timedelta

import pytest

from biometrics.errors import ConfigurationError, SignatureInvalidError
from biometrics.signing.algorithms import Algorithm
from biometrics.signing.encoding import decode, encode
from biometrics.signing.jws import read_detached, sign_detached
from biometrics.signing.level import SignatureLevel
from biometrics.signing.signer import Purpose, Signer
from biometrics.signing.trust import Ending, KeySet, TrustedKey
from tests.biometrics.signing.keys import NOW, PlainSigner, trusted

CONTENT = b'{"simulated":true}\n'


@pytest.fixture(params=list(Algorithm))
def signer(request: pytest.FixtureRequest) -> PlainSigner:
    return PlainSigner(request.param)


def _signed(signer: Signer, purpose: Purpose = Purpose.CARDS, age: timedelta = timedelta(hours=1)) -> str:
    return sign_detached(signer, purpose, CONTENT, signed_at=NOW - age)


def test_what_was_signed_verifies_with_the_exported_keys_alone(signer: PlainSigner) -> None:
    keys = KeySet.read(json.dumps(KeySet([trusted(signer, Purpose.CARDS)]).document()))
    found = keys.verify(_signed(signer), CONTENT, Purpose.CARDS, now=NOW)
    assert (found.key_id, found.level) == (signer.key_id, SignatureLevel.SIMPLE)
    assert found.signed_at == NOW - timedelta(hours=1)


def test_another_content_is_refused(signer: PlainSigner) -> None:
    keys = KeySet([trusted(signer, Purpose.CARDS)])
    with pytest.raises(SignatureInvalidError, match="not what was signed"):
        keys.verify(_signed(signer), CONTENT + b" ", Purpose.CARDS, now=NOW)


def test_every_changed_character_is_refused() -> None:
    signer = PlainSigner(Algorithm.ES256)
    keys, text = KeySet([trusted(signer, Purpose.CARDS)]), _signed(signer)
    for place, letter in enumerate(text):
        changed = text[:place] + ("A" if letter != "A" else "B") + text[place + 1 :]
        with pytest.raises(SignatureInvalidError):
            keys.verify(changed, CONTENT, Purpose.CARDS, now=NOW)


def test_a_stranger_s_signature_is_refused(signer: PlainSigner) -> None:
    keys = KeySet([trusted(PlainSigner(signer.algorithm), Purpose.CARDS)])
    with pytest.raises(SignatureInvalidError, match="no trusted key"):
        keys.verify(_signed(signer), CONTENT, Purpose.CARDS, now=NOW)


def test_a_receipt_s_signature_makes_no_card() -> None:
    signer = PlainSigner(Algorithm.EDDSA)
    keys = KeySet([trusted(signer, Purpose.RECEIPTS)])
    with pytest.raises(SignatureInvalidError, match="something else"):
        keys.verify(_signed(signer, Purpose.RECEIPTS), CONTENT, Purpose.CARDS, now=NOW)
    with pytest.raises(SignatureInvalidError, match="something else"):
        keys.verify(_signed(signer, Purpose.CARDS), CONTENT, Purpose.CARDS, now=NOW)


def test_a_simple_key_makes_no_advanced_signature() -> None:
    signer = PlainSigner(Algorithm.EDDSA)
    keys = KeySet([trusted(signer, Purpose.CARDS)])
    signer.level = SignatureLevel.ADVANCED
    with pytest.raises(SignatureInvalidError, match="level"):
        keys.verify(_signed(signer), CONTENT, Purpose.CARDS, now=NOW)


def test_what_a_replaced_key_signed_before_stays_valid() -> None:
    signer = PlainSigner(Algorithm.EDDSA)
    keys = KeySet([trusted(signer, Purpose.CARDS, ended=NOW - timedelta(minutes=30), ending=Ending.REPLACED)])
    keys.verify(_signed(signer), CONTENT, Purpose.CARDS, now=NOW)
    with pytest.raises(SignatureInvalidError, match="had ended"):
        keys.verify(_signed(signer, age=timedelta(minutes=29)), CONTENT, Purpose.CARDS, now=NOW)


def test_a_compromised_key_needs_a_witness() -> None:
    signer = PlainSigner(Algorithm.EDDSA)
    ended = NOW - timedelta(minutes=30)
    keys, text = KeySet([trusted(signer, Purpose.CARDS, ended=ended, ending=Ending.COMPROMISED)]), _signed(signer)
    for seen_at in (None, ended, NOW):
        with pytest.raises(SignatureInvalidError, match="others may have the key"):
            keys.verify(text, CONTENT, Purpose.CARDS, now=NOW, seen_at=seen_at)
    keys.verify(text, CONTENT, Purpose.CARDS, now=NOW, seen_at=ended - timedelta(seconds=1))


def test_a_time_that_cannot_be_is_refused() -> None:
    signer = PlainSigner(Algorithm.EDDSA)
    keys = KeySet([trusted(signer, Purpose.CARDS)])
    for age, said in ((timedelta(days=2), "older than its key"), (timedelta(minutes=-6), "in the future")):
        with pytest.raises(SignatureInvalidError, match=said):
            keys.verify(_signed(signer, age=age), CONTENT, Purpose.CARDS, now=NOW)


def _with_header(text: str, **members: object) -> str:
    head, _, value = text.partition("..")
    header = json.loads(decode(head)) | members
    return encode(json.dumps(header).encode()) + ".." + value


@pytest.mark.parametrize(
    "members",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"level": "qualified"},
        {"level": "qualifiée"},
        {"crit": ["b64"], "b64": False},
        {"jwk": {"kty": "OKP"}},
        {"iat": True},
        {"iat": -1},
        {"iat": 10**30},
        {"typ": "JWT"},
        {"x5c": ["%"]},
        {"x5c": 1},
        {"kid": 1},
        {"purpose": "tokens"},
    ],
)
def test_a_header_of_somebody_else_s_making_is_refused(members: dict[str, object]) -> None:
    text = _with_header(_signed(PlainSigner(Algorithm.EDDSA)), **members)
    with pytest.raises(SignatureInvalidError):
        read_detached(text)


@pytest.mark.parametrize("text", ["", "..", "a..b", "e30..", "e30.x.e30", "=..=", "e30..e30=", "é..é", "x" * 70_000])
def test_what_is_no_signature_is_refused(text: str) -> None:
    with pytest.raises(SignatureInvalidError):
        read_detached(text)


def test_no_signature_is_called_qualified() -> None:
    for word in ("qualified", "Qualifiée", "QUALIFIED", " qualifie "):
        with pytest.raises(ConfigurationError, match="qualified"):
            SignatureLevel(word)
    with pytest.raises(ConfigurationError, match="known words"):
        SignatureLevel("best")


def test_a_trusted_key_goes_by_its_own_name() -> None:
    entry = trusted(PlainSigner(Algorithm.EDDSA), Purpose.CARDS).document()
    other = trusted(PlainSigner(Algorithm.EDDSA), Purpose.CARDS).document()
    with pytest.raises(ConfigurationError, match="another name"):
        TrustedKey.parse(entry | {"kid": other["kid"]})
    for damage in ({"x": 1}, {"alg": "ES256"}, {"nbf": "x"}, {"ending": "replaced"}, {"kty": "RSA", "crv": None}):
        with pytest.raises(ConfigurationError):
            TrustedKey.parse(entry | damage)


def test_a_key_and_a_signature_show_no_bytes() -> None:
    signature = PlainSigner(Algorithm.EDDSA).sign(CONTENT)
    assert repr(signature.value) not in repr(signature)
