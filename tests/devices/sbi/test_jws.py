from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from biometrics.errors import DeviceProtocolError, DeviceTrustError
from devices.sbi.jws import unverified_payload, verify
from tests.devices.sbi.making import ANCHORS, CHIP, DEVICE, NOW, PROVIDER, ROOT, SOURCE, issue, signed, url64, usage

SAID = {"a": "b"}
GOOD = signed(SAID, DEVICE, PROVIDER)


def check_of(token: object) -> str | None:
    with pytest.raises(DeviceTrustError) as error:
        verify(token, ANCHORS, NOW, SOURCE)
    return error.value.check


def test_a_good_signature_gives_what_was_signed_and_by_whom() -> None:
    found = verify(GOOD, ANCHORS, NOW, SOURCE)
    assert found.payload == SAID
    assert found.signer.certificate == DEVICE.certificate


def test_rs256_is_taken_and_the_certificate_alone_as_text_too() -> None:
    device = issue("rsa", ROOT, usage(signs=True, certifies=False), key=rsa.generate_private_key(65537, 2048))
    assert verify(signed(SAID, device), ANCHORS, NOW, SOURCE).payload == SAID
    assert verify(signed(SAID, device, header={"x5c": device.der()}), ANCHORS, NOW, SOURCE).payload == SAID


def test_other_algorithms_are_refused() -> None:
    for name in ("none", "None", "HS256", "PS256", "ES256", "RS512", "", None, 7, ["EdDSA"], {"a": 1}):
        assert check_of(signed(SAID, DEVICE, PROVIDER, header={"alg": name})) == "algorithm"
    assert check_of(signed(SAID, DEVICE, PROVIDER, header={"alg": "RS256"})) == "signature"


def test_a_secret_that_is_the_public_key_signs_nothing() -> None:
    head = url64(json.dumps({"alg": "HS256", "x5c": [DEVICE.der(), PROVIDER.der()]}).encode())
    text = f"{head}.{url64(json.dumps(SAID).encode())}"
    secret = DEVICE.certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    value = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    assert check_of(f"{text}.{url64(value)}") == "algorithm"


def test_what_is_called_critical_is_refused() -> None:
    assert check_of(signed(SAID, DEVICE, PROVIDER, header={"crit": ["exp"], "exp": 1})) == "algorithm"
    assert check_of(signed(SAID, DEVICE, PROVIDER, header={"b64": False})) == "algorithm"


def test_a_signature_needs_its_certificate() -> None:
    garbage = base64.b64encode(b"garbage").decode()
    for chain in (None, [], "", "x", [garbage], [1], {"a": 1}, [DEVICE.der()] * 6, [DEVICE.der()[:-8]]):
        assert check_of(signed(SAID, DEVICE, header={"x5c": chain})) == "certificate"
    assert check_of(signed(SAID, DEVICE)) == "chain"
    assert check_of(signed(SAID, DEVICE, header={"x5c": [CHIP.der()]})) == "signature"


def test_a_key_that_the_header_brings_is_not_used() -> None:
    other = issue("other", None)
    raw = other.certificate.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": url64(raw)}
    token = signed(SAID, other, header={"x5c": [DEVICE.der(), PROVIDER.der()], "jwk": jwk})
    assert check_of(token) == "signature"


def test_what_is_not_signed_is_refused() -> None:
    head, payload, _ = GOOD.split(".")
    assert check_of(payload) == "unsigned"
    assert check_of(f"{head}.{payload}.") == "unsigned"


@pytest.mark.parametrize(
    "token",
    [
        "a.b",
        "a.b.c",
        "....",
        f"{GOOD}.x",
        f"{GOOD}=",
        f" {GOOD}",
        GOOD.replace(".", "=.", 1),
        "é.b.c",
        7,
        None,
        [],
        "x.y.z",
    ],
)
def test_what_is_no_signature_cannot_be_read(token: object) -> None:
    with pytest.raises((DeviceProtocolError, DeviceTrustError)):
        verify(token, ANCHORS, NOW, SOURCE)


def test_what_is_signed_must_be_an_object_said_once() -> None:
    for payload in ([1], "x", 7, None):
        with pytest.raises(DeviceProtocolError):
            verify(signed(payload, DEVICE, PROVIDER), ANCHORS, NOW, SOURCE)


def test_any_other_character_breaks_a_signature() -> None:
    for place in range(0, len(GOOD), 7):
        other = "A" if GOOD[place] != "A" else "B"
        with pytest.raises((DeviceProtocolError, DeviceTrustError)):
            verify(GOOD[:place] + other + GOOD[place + 1 :], ANCHORS, NOW, SOURCE)


def test_unproved_payloads_are_read_with_or_without_signature() -> None:
    assert unverified_payload(GOOD, SOURCE) == (SAID, True)
    padded = base64.urlsafe_b64encode(json.dumps(SAID).encode()).decode()
    assert unverified_payload(padded, SOURCE) == (SAID, False)
    with pytest.raises(DeviceProtocolError):
        unverified_payload("%", SOURCE)
