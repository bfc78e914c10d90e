"""Signed results: a receiver sees who sent them, and that nothing was changed or sent again."""

from __future__ import annotations

import base64
import hashlib

import pytest

from api.osia.tasks.keys import public_key
from api.osia.tasks.signatures import Message, SignatureRefusedError, sign_message, verify_message
from tests.api.osia.tasks.plain_key import PlainKey

NOW_S = 1_800_000_000
URL = "https://ministry.example/results?transactionId=T1&taskId=abc"
MESSAGE = Message(method="POST", target_uri=URL, content=b'{"personId":"x"}')


@pytest.fixture
def key() -> PlainKey:
    return PlainKey()


def signed(key: PlainKey, message: Message = MESSAGE) -> dict[str, str]:
    return sign_message(key, message, content_type="application/json", created_s=NOW_S)


def verify(key: PlainKey, headers: dict[str, str], message: Message = MESSAGE, now_s: float = NOW_S) -> None:
    verify_message(message, headers=headers, keys={key.key_id: public_key(key.public_jwk())}, now_s=now_s)


def test_what_was_signed_is_verified(key: PlainKey) -> None:
    verify(key, signed(key))
    verify(key, {name.upper(): value for name, value in signed(key).items()}, now_s=NOW_S + 299)


def test_the_signature_is_over_what_rfc_9421_says(key: PlainKey) -> None:
    headers = signed(key)
    params = headers["Signature-Input"].removeprefix("kura=")
    digest = base64.b64encode(hashlib.sha256(MESSAGE.content).digest()).decode()
    assert headers["Content-Digest"] == f"sha-256=:{digest}:"
    assert params == (
        f'("@method" "@target-uri" "content-type" "content-digest");created={NOW_S};keyid="{key.key_id}";alg="ed25519"'
    )
    base = (
        f'"@method": POST\n"@target-uri": {URL}\n"content-type": application/json\n'
        f'"content-digest": sha-256=:{digest}:\n"@signature-params": {params}'
    )
    signature = base64.b64decode(headers["Signature"].removeprefix("kura=:").removesuffix(":"))
    public_key(key.public_jwk()).verify(signature, base.encode())


@pytest.mark.parametrize(
    "changed",
    [
        Message(method="PUT", target_uri=URL, content=MESSAGE.content),
        Message(method="POST", target_uri=URL.replace("abc", "abd"), content=MESSAGE.content),
        Message(method="POST", target_uri=URL, content=b'{"personId":"y"}'),
    ],
    ids=["method", "address", "content"],
)
def test_a_changed_message_is_refused(key: PlainKey, changed: Message) -> None:
    with pytest.raises(SignatureRefusedError):
        verify(key, signed(key), changed)


def test_changed_headers_are_refused(key: PlainKey) -> None:
    headers = signed(key)
    other = signed(key, Message(method="POST", target_uri=URL, content=b"other"))
    for name, value in [
        ("Content-Type", "application/error+json"),
        ("Content-Digest", other["Content-Digest"]),
        ("Signature", other["Signature"]),
        ("Signature", "kura=:AAAA:"),
        ("Signature", "kura=:A:"),
        ("Signature", ""),
        ("Signature-Input", headers["Signature-Input"].replace(str(NOW_S), str(NOW_S + 1))),
        ("Signature-Input", headers["Signature-Input"].replace(' "content-digest"', "")),
        ("Signature-Input", headers["Signature-Input"].replace("ed25519", "none")),
        ("Signature-Input", ""),
    ]:
        with pytest.raises(SignatureRefusedError):
            verify(key, headers | {name: value})
    with pytest.raises(SignatureRefusedError):
        verify(key, headers | {"Content-Digest": other["Content-Digest"]}, MESSAGE)


@pytest.mark.parametrize("now_s", [NOW_S - 301, NOW_S + 301])
def test_a_signature_of_another_time_is_refused(key: PlainKey, now_s: float) -> None:
    with pytest.raises(SignatureRefusedError, match="another time"):
        verify(key, signed(key), now_s=now_s)


def test_a_signature_by_another_key_is_refused(key: PlainKey) -> None:
    other = PlainKey()
    with pytest.raises(SignatureRefusedError, match="nobody known"):
        verify(key, signed(other))
    forged = signed(other)
    forged["Signature-Input"] = forged["Signature-Input"].replace(other.key_id, key.key_id)
    with pytest.raises(SignatureRefusedError):
        verify(key, forged)
