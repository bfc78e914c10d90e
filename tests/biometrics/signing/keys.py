"""Signers for tests: a key of each algorithm, in the clear."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from biometrics.signing.algorithms import Algorithm, AnyPublicKey
from biometrics.signing.level import SignatureLevel
from biometrics.signing.public_keys import thumbprint
from biometrics.signing.signer import Purpose, Signature
from biometrics.signing.trust import Ending, TrustedKey

NOW = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


class PlainSigner:
    """A `Signer` of any algorithm whose key lies in memory."""

    certificates: tuple[bytes, ...] = ()

    def __init__(self, algorithm: Algorithm, level: SignatureLevel = SignatureLevel.SIMPLE) -> None:
        self.algorithm, self.level = algorithm, level
        self._private: Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
        if algorithm is Algorithm.EDDSA:
            self._private = Ed25519PrivateKey.generate()
        elif algorithm is Algorithm.ES256:
            self._private = ec.generate_private_key(ec.SECP256R1())
        else:
            self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.public_key: AnyPublicKey = self._private.public_key()
        self.key_id = thumbprint(self.public_key)

    def sign(self, data: bytes) -> Signature:
        return Signature(algorithm=self.algorithm, key_id=self.key_id, level=self.level, value=self._value(data))

    def _value(self, data: bytes) -> bytes:
        key = self._private
        if isinstance(key, Ed25519PrivateKey):
            return key.sign(data)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        if self.algorithm is Algorithm.RS256:
            return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return key.sign(data, padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32), hashes.SHA256())


def trusted(
    signer: PlainSigner, purpose: Purpose, *, ended: datetime | None = None, ending: Ending | None = None
) -> TrustedKey:
    """Return a signer's key as trusted since yesterday."""
    return TrustedKey(
        key=signer.public_key,
        algorithm=signer.algorithm,
        purpose=purpose,
        level=signer.level,
        since=NOW - timedelta(days=1),
        ended=ended,
        ending=ending,
    )
