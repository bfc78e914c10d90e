"""Access tokens: JSON Web Tokens that the issuer signed for this service."""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from joserfc.jws import JWSRegistry

from api.http.json_body import strict_json
from api.http.keys import IssuerKey, KeySource
from api.http.problems import Refusal

LARGEST_TOKEN = 8 * 1024
LEEWAY_S = 30.0
"""How far the clocks of issuer and service may differ."""

LONGEST_LIFE_S = 86_400.0
"""From `iat` to `exp`: nobody takes a signed token back, so a lost one must end by itself, within a day."""

_B64 = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_TEXT = 500
_ACCESS_TYPES = frozenset(("at+jwt", "application/at+jwt", "jwt", "application/jwt"))
"""What a header may call an access token (RFC 9068), or leave open."""

_NOT_OF_ACCESS = ("nonce", "at_hash", "c_hash", "events")
"""Claims of ID tokens and logout tokens, which issuers sign with the same keys."""

_VERIFIERS = {"RS256": "RS256", "ES256": "ES256", "EdDSA": "Ed25519"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenClaims:
    """What a good token says."""

    client: str
    subject: str
    scopes: frozenset[str]
    role: str | None = None
    purpose: str | None = None
    post: str | None = None
    station: str | None = None
    certificate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenReader:
    """Reads tokens of one issuer for one audience.

    Parameters
    ----------
    keys
        The issuer's public keys.
    issuer, audience
        What `iss` must be, and what `aud` must name.
    now_s
        Seconds since 1970.
    """

    keys: KeySource
    issuer: str
    audience: str
    now_s: Callable[[], float] = time.time

    async def read(self, token: str) -> TokenClaims:
        """Check a token and return what it says.

        Raises
        ------
        Refusal
            When it is not a good one.
        """
        if len(token) > LARGEST_TOKEN:
            bad_token("it is too long")
        parts = token.split(".")
        if len(parts) != 3 or not token.isascii():
            bad_token("it is no signed JSON Web Token")
        header = _document(parts[0])
        key = await self._key(header)
        signed = f"{parts[0]}.{parts[1]}".encode("ascii")
        verifier = JWSRegistry.algorithms[_VERIFIERS[key.algorithm]]
        if not verifier.verify(signed, _bytes(parts[2]), key.key):
            bad_token("its signature is wrong")
        claims = _document(parts[1])
        self._check(claims)
        return _claims(claims)

    async def _key(self, header: Mapping[str, Any]) -> IssuerKey:
        """Return the key that a header names; a key or address within the header itself is never looked at."""
        if "crit" in header or header.get("b64", True) is not True:
            bad_token("it has extensions that are not understood")
        if str(header.get("typ", "JWT")).lower() not in _ACCESS_TYPES:
            bad_token("it is no access token")
        algorithm, kid = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or not isinstance(kid, str | None):
            bad_token("its header is wrong")
        key = await self.keys.find(kid)
        if key is None:
            bad_token("its key is unknown")
        if ("EdDSA" if algorithm == "Ed25519" else algorithm) != key.algorithm:
            bad_token("its algorithm is not the one of its key")
        return key

    def _check(self, claims: Mapping[str, Any]) -> None:
        if str(claims.get("typ", "Bearer")).lower() != "bearer" or any(name in claims for name in _NOT_OF_ACCESS):
            bad_token("it is no access token")
        if claims.get("iss") != self.issuer:
            bad_token("its issuer is another")
        audience = claims.get("aud")
        if self.audience not in (audience if isinstance(audience, list) else [audience]):
            bad_token("it is meant for another service")
        now, ends, issued = self.now_s(), _time(claims, "exp", required=True), _time(claims, "iat", required=True)
        if ends <= now - LEEWAY_S:
            bad_token("it has expired")
        if max(_time(claims, "nbf"), issued) > now + LEEWAY_S:
            bad_token("it is not valid yet")
        if not ends - issued <= LONGEST_LIFE_S:
            bad_token("it is valid for too long")


def bad_token(reason: str) -> NoReturn:
    """Refuse a token."""
    raise Refusal(
        "token",
        f"the access token is refused: {reason}",
        headers={"WWW-Authenticate": f'Bearer error="invalid_token", error_description="{reason}"'},
    )


def _claims(claims: Mapping[str, Any]) -> TokenClaims:
    client = _text(claims, "client_id") or _text(claims, "azp") or _text(claims, "sub")
    if client is None:
        bad_token("it names no client")
    confirmed = claims.get("cnf", {})
    if not isinstance(confirmed, dict) or confirmed.keys() - {"x5t#S256"}:
        bad_token("it is bound to something that is not understood")
    return TokenClaims(
        client=client,
        subject=_text(claims, "sub") or client,
        scopes=_scopes(claims),
        role=_text(claims, "role"),
        purpose=_text(claims, "purpose"),
        post=_text(claims, "post"),
        station=_text(claims, "station"),
        certificate=_text(confirmed, "x5t#S256"),
    )


def _scopes(claims: Mapping[str, Any]) -> frozenset[str]:
    given = claims["scope"] if "scope" in claims else claims.get("scp", "")
    if isinstance(given, str):
        return frozenset(given.split())
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        bad_token("its scopes cannot be read")
    return frozenset(given)


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TEXT or not value.isprintable():
        bad_token(f"its claim {name} is no line of text")
    return value


def _time(claims: Mapping[str, Any], name: str, *, required: bool = False) -> float:
    value = claims.get(name, None if required else 0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        bad_token(f"its claim {name} is no time")
    try:
        return float(value)
    except OverflowError:
        bad_token(f"its claim {name} is no time")


def _document(part: str) -> dict[str, Any]:
    try:
        document = strict_json(_bytes(part))
    except Refusal as error:
        if error.kind.name == "token":
            raise
        bad_token("it is no acceptable JSON")
    if not isinstance(document, dict):
        bad_token("it holds no claims")
    return document


def _bytes(part: str) -> bytes:
    if not _B64.fullmatch(part):
        bad_token("it is no signed JSON Web Token")
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        bad_token("it is no signed JSON Web Token")
