"""Signed results: a receiver sees who sent them, and that nothing was changed or sent again."""

from __future__ import annotations

import base64
import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.osia.tasks.keys import KEY_FILE, SigningKey, public_key, signing_key
from api.osia.tasks.signatures import Message, SignatureRefusedError, sign_message, verify_message
from biometrics.errors import ConfigurationError

NOW_S = 1_800_000_000
URL = "https://ministry.example/results?transactionId=T1&taskId=abc"
MESSAGE = Message(method="POST", target_uri=URL, content=b'{"personId":"x"}')


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return signing_key(tmp_path)


def signed(key: SigningKey, message: Message = MESSAGE) -> dict[str, str]:
    return sign_message(key, message, content_type="application/json", created_s=NOW_S)


def verify(key: SigningKey, headers: dict[str, str], message: Message = MESSAGE, now_s: float = NOW_S) -> None:
    verify_message(message, headers=headers, keys={key.key_id: public_key(key.public_jwk())}, now_s=now_s)


def test_what_was_signed_is_verified(key: SigningKey) -> None:
    verify(key, signed(key))
    verify(key, {name.upper(): value for name, value in signed(key).items()}, now_s=NOW_S + 299)


def test_the_signature_is_over_what_rfc_9421_says(key: SigningKey) -> None:
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
def test_a_changed_message_is_refused(key: SigningKey, changed: Message) -> None:
    with pytest.raises(SignatureRefusedError):
        verify(key, signed(key), changed)


def test_changed_headers_are_refused(key: SigningKey) -> None:
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
def test_a_signature_of_another_time_is_refused(key: SigningKey, now_s: float) -> None:
    with pytest.raises(SignatureRefusedError, match="another time"):
        verify(key, signed(key), now_s=now_s)


def test_a_signature_by_another_key_is_refused(key: SigningKey, tmp_path: Path) -> None:
    other = signing_key(tmp_path / "other")
    with pytest.raises(SignatureRefusedError, match="nobody known"):
        verify(key, signed(other))
    forged = signed(other)
    forged["Signature-Input"] = forged["Signature-Input"].replace(other.key_id, key.key_id)
    with pytest.raises(SignatureRefusedError):
        verify(key, forged)


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: signing_key(tmp_path).key_id, range(8)))
    assert len(keys) == 1
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
    published = signing_key(tmp_path).public_jwk()
    assert published.keys() == {"kty", "crv", "x", "kid", "use", "alg"}


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    signing_key(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o640)
    with pytest.raises(ConfigurationError, match="others may read"):
        signing_key(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_file_without_a_key_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / KEY_FILE
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match="no Ed25519 key"):
        signing_key(tmp_path)
    assert path.read_bytes() == content
