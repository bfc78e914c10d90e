"""The algorithms that signatures are made with (RFC 7518, 3 and RFC 8037), and how each is verified."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

P256_BYTES = 32
LEAST_RSA_BITS = 2048

AnyPublicKey = Ed25519PublicKey | ec.EllipticCurvePublicKey | RSAPublicKey


class Algorithm(Enum):
    """By its name in JSON web signatures."""

    EDDSA = "EdDSA"
    ES256 = "ES256"
    PS256 = "PS256"
    RS256 = "RS256"


def verifies(key: AnyPublicKey, algorithm: Algorithm, data: bytes, value: bytes) -> bool:
    """Return whether a signature is a key's over some data; False too where the algorithm is another key's."""
    try:
        return _VERIFIERS[algorithm](key, data, value)
    except InvalidSignature:
        return False


def fits(key: AnyPublicKey, algorithm: Algorithm) -> bool:
    """Return whether a key is of the kind that an algorithm uses."""
    if algorithm is Algorithm.EDDSA:
        return isinstance(key, Ed25519PublicKey)
    if algorithm is Algorithm.ES256:
        return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    return isinstance(key, RSAPublicKey) and key.key_size >= LEAST_RSA_BITS


def _eddsa(key: AnyPublicKey, data: bytes, value: bytes) -> bool:
    if not isinstance(key, Ed25519PublicKey):
        return False
    key.verify(value, data)
    return True


def _es256(key: AnyPublicKey, data: bytes, value: bytes) -> bool:
    if not isinstance(key, ec.EllipticCurvePublicKey) or len(value) != 2 * P256_BYTES:
        return False
    r, s = (int.from_bytes(half, "big") for half in (value[:P256_BYTES], value[P256_BYTES:]))
    key.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
    return True


def _rs256(key: AnyPublicKey, data: bytes, value: bytes) -> bool:
    if not isinstance(key, RSAPublicKey):
        return False
    key.verify(value, data, padding.PKCS1v15(), hashes.SHA256())
    return True


def _ps256(key: AnyPublicKey, data: bytes, value: bytes) -> bool:
    if not isinstance(key, RSAPublicKey):
        return False
    salted = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=hashes.SHA256().digest_size)
    key.verify(value, data, salted, hashes.SHA256())
    return True


class _Verifier(Protocol):
    def __call__(self, key: AnyPublicKey, data: bytes, value: bytes, /) -> bool: ...


_VERIFIERS: dict[Algorithm, _Verifier] = {
    Algorithm.EDDSA: _eddsa,
    Algorithm.ES256: _es256,
    Algorithm.PS256: _ps256,
    Algorithm.RS256: _rs256,
}
