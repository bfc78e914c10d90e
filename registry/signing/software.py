"""A key in software: made of 32 secret bytes that the keyring keeps wrapped."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from biometrics.errors import SigningError
from biometrics.signing.algorithms import Algorithm, AnyPublicKey
from biometrics.signing.level import SignatureLevel
from biometrics.signing.public_keys import thumbprint
from biometrics.signing.signer import Signature

SEED_BYTES = 32


class SoftwareSigner:
    """A `Signer` with an Ed25519 key in this process; its signatures are simple ones, whatever anybody would say.

    Parameters
    ----------
    seed
        The private key, 32 bytes.

    Raises
    ------
    SigningError
        When the seed has another length.
    """

    algorithm = Algorithm.EDDSA
    level = SignatureLevel.SIMPLE
    certificates: tuple[bytes, ...] = ()

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise SigningError(f"a key to sign with has {SEED_BYTES} bytes")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key: AnyPublicKey = self._private.public_key()
        self.key_id = thumbprint(self.public_key)

    def __repr__(self) -> str:
        return f"SoftwareSigner(key_id={self.key_id!r})"

    def sign(self, data: bytes) -> Signature:
        """Return the signature of some bytes."""
        return Signature(algorithm=self.algorithm, key_id=self.key_id, level=self.level, value=self._private.sign(data))
