"""A key for results that lies in memory, in the place of the one that the registry's owner holds."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from biometrics.signing.public_keys import jwk_of, thumbprint


class PlainKey:
    """A `SigningKey`."""

    def __init__(self) -> None:
        self._private = Ed25519PrivateKey.generate()
        self.key_id = thumbprint(self._private.public_key())

    def sign(self, data: bytes) -> bytes:
        return self._private.sign(data)

    def public_jwk(self) -> dict[str, str]:
        return jwk_of(self._private.public_key()) | {"kid": self.key_id, "use": "sig", "alg": "EdDSA"}
