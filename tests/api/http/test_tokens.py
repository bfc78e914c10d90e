"""Tokens: what the issuer signed for us counts, whatever else anybody makes up does not."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from api.http.keys import IssuerKey, read_keys
from api.http.problems import Refusal
from api.http.tokens import LARGEST_TOKEN, TokenClaims, TokenReader

NOW = 1_800_000_000
RSA = RSAKey.generate_key(2048)
EC = ECKey.generate_key("P-256")
ED = OKPKey.generate_key("Ed25519")
KEYS: Mapping[str, tuple[str, Key]] = {"rsa": ("RS256", RSA), "ec": ("ES256", EC), "ed": ("EdDSA", ED)}
GOOD: dict[str, Any] = {
    "iss": "issuer",
    "aud": "kura",
    "exp": NOW + 60,
    "iat": NOW,
    "sub": "officer.7",
    "client_id": "station-12",
    "scope": "a b",
}


class Known:
    async def find(self, kid: str | None) -> IssuerKey | None:
        if kid is None or kid not in KEYS:
            return None
        algorithm, key = KEYS[kid]
        return IssuerKey(kid=kid, algorithm=algorithm, key=key)


READER = TokenReader(keys=Known(), issuer="issuer", audience="kura", now_s=lambda: float(NOW))


def read(token: str) -> TokenClaims:
    return asyncio.run(READER.read(token))


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(payload: bytes, header: Mapping[str, Any], key: Key) -> str:
    algorithm = {"EdDSA": "Ed25519"}.get(header["alg"], header["alg"])
    signed = f"{b64(json.dumps(header).encode())}.{b64(payload)}"
    return f"{signed}.{b64(JWSRegistry.algorithms[algorithm].sign(signed.encode(), key))}"


def token(kid: str = "ed", header: Mapping[str, Any] | None = None, **claims: Any) -> str:
    algorithm, key = KEYS[kid]
    said = {name: value for name, value in (GOOD | claims).items() if value is not None}
    return sign(json.dumps(said).encode(), {"alg": algorithm, "kid": kid} | dict(header or {}), key)


@pytest.mark.parametrize("kid", KEYS)
def test_a_good_token_of_each_kind_is_read(kid: str) -> None:
    said = read(token(kid, role="examiner", purpose="visa", post="Lyon", station="L-3"))
    assert (said.client, said.subject, sorted(said.scopes)) == ("station-12", "officer.7", ["a", "b"])
    assert (said.role, said.purpose, said.post, said.station) == ("examiner", "visa", "Lyon", "L-3")


def test_the_new_name_of_eddsa_is_known() -> None:
    assert read(token(header={"alg": "Ed25519"})).client == "station-12"


@pytest.mark.parametrize(
    ("claims", "client"),
    [
        ({"aud": ["other", "kura"]}, "station-12"),
        ({"client_id": None, "azp": "azp-1"}, "azp-1"),
        ({"client_id": None}, "officer.7"),
        ({"exp": NOW - 29}, "station-12"),
        ({"nbf": NOW + 29}, "station-12"),
        ({"scope": None, "scp": ["a", "b"]}, "station-12"),
        ({"typ": "Bearer", "exp": NOW + 86_400}, "station-12"),
    ],
)
def test_other_good_claims(claims: dict[str, Any], client: str) -> None:
    said = read(token(**claims))
    assert (said.client, sorted(said.scopes)) == (client, ["a", "b"])


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "another"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"aud": "another"}, "another service"),
        ({"aud": ["x"]}, "another service"),
        ({"aud": None}, "another service"),
        ({"aud": {"kura": 1}}, "another service"),
        ({"exp": NOW - 31}, "expired"),
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"exp": True}, "exp"),
        ({"nbf": NOW + 31}, "not valid yet"),
        ({"nbf": "x"}, "nbf"),
        ({"iat": NOW + 3600}, "not valid yet"),
        ({"iat": None}, "iat"),
        ({"sub": None, "client_id": None}, "no client"),
        ({"client_id": 7}, "client_id"),
        ({"sub": ""}, "sub"),
        ({"sub": "a\nb"}, "sub"),
        ({"role": ["examiner"]}, "role"),
        ({"scope": 7}, "scopes"),
        ({"scope": ["a", 7]}, "scopes"),
        ({"cnf": {"jwk": {}}}, "bound"),
        ({"cnf": "x"}, "bound"),
        ({"exp": NOW + 86_401}, "too long"),
        ({"iat": NOW - 86_400}, "too long"),
        ({"nonce": "n-1"}, "no access token"),
        ({"events": {}}, "no access token"),
        ({"typ": "ID"}, "no access token"),
        ({"typ": "Refresh"}, "no access token"),
    ],
)
def test_bad_claims_are_refused(claims: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refusal, match=reason) as refused:
        read(token(**claims))
    assert (refused.value.status, refused.value.code) == (401, 40110)
    assert refused.value.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token"')


@pytest.mark.parametrize(
    "header",
    [{"crit": ["exp"]}, {"crit": []}, {"b64": False}, {"alg": 7}, {"kid": 7}, {"kid": "x"}, {"typ": "logout+jwt"}],
)
def test_bad_headers_are_refused(header: dict[str, Any]) -> None:
    said = json.dumps(GOOD).encode()
    signed = f"{b64(json.dumps({'alg': 'EdDSA', 'kid': 'ed'} | header).encode())}.{b64(said)}"
    signature = JWSRegistry.algorithms["Ed25519"].sign(signed.encode(), ED)
    with pytest.raises(Refusal):
        read(f"{signed}.{b64(signature)}")


def test_alg_none_and_a_missing_signature_are_refused() -> None:
    head, body, _ = token().split(".")
    unsigned = b64(json.dumps({"alg": "none", "kid": "ed"}).encode())
    for made in (f"{unsigned}.{body}.", f"{unsigned}.{body}", f"{head}.{body}.", f"{unsigned}.{body}.AAAA"):
        with pytest.raises(Refusal):
            read(made)


def test_a_secret_made_of_the_public_key_is_refused() -> None:
    header = b64(json.dumps({"alg": "HS256", "kid": "rsa"}).encode())
    signed = f"{header}.{b64(json.dumps(GOOD).encode())}"
    for secret in (RSA.as_pem(private=False), RSA.as_der(private=False)):
        mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        with pytest.raises(Refusal, match="algorithm"):
            read(f"{signed}.{b64(mac)}")


def test_another_algorithm_of_the_same_key_is_refused() -> None:
    for algorithm in ("RS512", "PS256"):
        made = jws.serialize_compact(
            {"alg": algorithm, "kid": "rsa"}, json.dumps(GOOD), RSA, registry=JWSRegistry(algorithms=[algorithm])
        )
        with pytest.raises(Refusal, match="algorithm"):
            read(made)


def test_keys_and_addresses_in_the_header_are_not_looked_at() -> None:
    own = OKPKey.generate_key("Ed25519")
    header = {"alg": "EdDSA", "kid": "ed", "jwk": own.as_dict(private=False), "jku": "https://evil.example/keys"}
    with pytest.raises(Refusal, match="signature"):
        read(sign(json.dumps(GOOD).encode(), header, own))
    assert read(token(header={"jku": "https://evil.example/keys", "x5u": "https://evil.example"})).client


def test_a_changed_token_is_refused() -> None:
    head, body, signature = token().split(".")
    other = b64(json.dumps(GOOD | {"scope": "admin"}).encode())
    for made in (f"{head}.{other}.{signature}", f"{head}.{body}.{signature[:-4]}AAAA", f"{head}.{body}.{signature}=="):
        with pytest.raises(Refusal):
            read(made)


def test_repeated_claims_are_refused() -> None:
    text = json.dumps(GOOD)[:-1] + ', "scope": "admin"}'
    with pytest.raises(Refusal, match="JSON"):
        read(sign(text.encode(), {"alg": "EdDSA", "kid": "ed"}, ED))


@pytest.mark.parametrize("made", ["", ".", "..", "a.b.c", "a.b.c.d", "é.b.c", "W10.W10.AA", "x" * (LARGEST_TOKEN + 1)])
def test_what_is_no_token_is_refused(made: str) -> None:
    with pytest.raises(Refusal):
        read(made)


def test_a_key_set_is_read_by_kind() -> None:
    weak = RSA.as_dict(private=False) | {"n": b64(b"\xc1" * 128)}
    keys = [
        RSA.as_dict(private=False) | {"kid": "r"},
        EC.as_dict(private=False) | {"kid": "e", "use": "sig"},
        ED.as_dict(private=True) | {"kid": "o", "alg": "EdDSA"},
        EC.as_dict(private=False) | {"kid": "enc", "use": "enc"},
        RSA.as_dict(private=False) | {"kid": "ps", "alg": "PS256"},
        weak | {"kid": "weak"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "broken"},
        {"kty": ["RSA"]},
    ]
    read_set = read_keys(json.dumps({"keys": keys}).encode())
    assert [(key.kid, key.algorithm) for key in read_set] == [("r", "RS256"), ("e", "ES256"), ("o", "EdDSA")]
    assert not read_set[2].key.is_private
