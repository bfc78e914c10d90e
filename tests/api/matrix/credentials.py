"""Tokens that must open nothing, each wrong in one way."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey
from joserfc.jws import JWSRegistry

from tests.api.http.fixtures import AUDIENCE, ISSUER, KEY_ID, Issuer


def useless_headers(issuer: Issuer, scopes: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield what is wrong, and the Authorization headers; every scope there is would be in the token."""

    def signed(**claims: Any) -> str:
        return issuer.token(scopes, **claims)

    now = int(time.time())
    good = signed()
    head, said, signature = good.split(".")
    yield "none", []
    yield "empty", [("Authorization", "")]
    yield "no bearer", [("Authorization", f"Basic {base64.b64encode(b'a:b').decode()}")]
    yield "garbage", [("Authorization", "Bearer garbage")]
    yield "two", [("Authorization", f"Bearer {good}"), ("Authorization", f"Bearer {good}")]
    yield "expired", _bearer(signed(iat=now - 7_200, exp=now - 3_600))
    yield "not yet valid", _bearer(signed(nbf=now + 3_600))
    yield "without an end", _bearer(signed(exp=None))
    yield "another audience", _bearer(signed(aud="another"))
    yield "without an audience", _bearer(signed(aud=None))
    yield "another issuer", _bearer(signed(iss="https://another.example"))
    yield "without an issuer", _bearer(signed(iss=None))
    yield "forged", _bearer(_signed_by(OKPKey.generate_key("Ed25519"), "Ed25519", scopes))
    yield "alg none", _bearer(f"{_part({'alg': 'none', 'kid': KEY_ID})}.{said}.")
    yield "alg none, signed", _bearer(f"{_part({'alg': 'none', 'kid': KEY_ID})}.{said}.{signature}")
    public = json.dumps(issuer.key.as_dict(private=False)).encode()
    yield "the public key as a secret", _bearer(_signed_by(OctKey.import_key(public), "HS256", scopes))
    yield "no signature", _bearer(f"{head}.{said}.")
    yield "another's claims", _bearer(f"{head}.{_part(_claims(scopes) | {'sub': 'somebody else'})}.{signature}")
    embedded = {"alg": "Ed25519", "kid": KEY_ID, "jwk": OKPKey.generate_key("Ed25519").as_dict(private=False)}
    yield "a key of its own", _bearer(f"{_part(embedded)}.{said}.{signature}")
    yield (
        "critical",
        _bearer(f"{_part({'alg': 'Ed25519', 'kid': KEY_ID, 'crit': ['b64'], 'b64': False})}.{said}.{signature}"),
    )


def _claims(scopes: str) -> dict[str, Any]:
    now = int(time.time())
    return {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 600, "sub": "tester", "scope": scopes}


def _signed_by(key: Any, algorithm: str, scopes: str) -> str:
    header = {"alg": algorithm, "kid": KEY_ID}
    return jwt.encode(header, _claims(scopes), key, [algorithm], JWSRegistry(algorithms=[algorithm]))


def _part(document: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def _bearer(token: str) -> list[tuple[str, str]]:
    return [("Authorization", f"Bearer {token}")]
