"""Public keys as entries of a JSON Web Key Set (RFC 7517), with what the installation says about each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from biometrics.signing.algorithms import LEAST_RSA_BITS, P256_BYTES, AnyPublicKey
from biometrics.signing.encoding import decode, encode

_MOST_RSA_BITS = 8192


def jwk_of(key: AnyPublicKey) -> dict[str, str]:
    """Return the members of a key's entry that the key itself consists of; its thumbprint is made of them."""
    if isinstance(key, Ed25519PublicKey):
        return {"crv": "Ed25519", "kty": "OKP", "x": encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw))}
    if isinstance(key, ec.EllipticCurvePublicKey):
        numbers = key.public_numbers()
        x, y = (encode(value.to_bytes(P256_BYTES, "big")) for value in (numbers.x, numbers.y))
        return {"crv": "P-256", "kty": "EC", "x": x, "y": y}
    public = key.public_numbers()
    return {"e": _whole(public.e), "kty": "RSA", "n": _whole(public.n)}


def thumbprint(key: AnyPublicKey) -> str:
    """Return what a key is called: its thumbprint (RFC 7638), so that another key has another name."""
    members = json.dumps(jwk_of(key), separators=(",", ":"), sort_keys=True).encode()
    return encode(hashlib.sha256(members).digest())


def key_of(jwk: Mapping[str, Any]) -> AnyPublicKey:
    """Return the public key of an entry.

    Raises
    ------
    ValueError
        When it holds no key of Ed25519, P-256 or RSA of 2048 to 8192 bits.
    """
    kind = (jwk.get("kty"), jwk.get("crv"))
    if kind == ("OKP", "Ed25519"):
        return Ed25519PublicKey.from_public_bytes(_member(jwk, "x"))
    if kind == ("EC", "P-256"):
        x, y = (int.from_bytes(_member(jwk, name), "big") for name in ("x", "y"))
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    if kind == ("RSA", None):
        e, n = (int.from_bytes(_member(jwk, name), "big") for name in ("e", "n"))
        if not LEAST_RSA_BITS <= n.bit_length() <= _MOST_RSA_BITS:
            raise ValueError("the RSA key is too short or too long")
        return RSAPublicNumbers(e, n).public_key()
    raise ValueError("this is no Ed25519, P-256 or RSA key")


def _member(jwk: Mapping[str, Any], name: str) -> bytes:
    value = jwk.get(name)
    if not isinstance(value, str):
        raise ValueError(f"the key lacks {name}")
    return decode(value)


def _whole(number: int) -> str:
    return encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))
