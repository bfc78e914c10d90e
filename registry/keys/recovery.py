"""A recovery key: a key pair whose private half goes into a safe, and whose public half every new root is wrapped for.

So a rotation needs nobody to open the safe, and a registry whose key is lost is opened with the file from the safe.
Wrapping is X25519 with a key pair of its own for every wrapping, HKDF-SHA256 over both public keys, and AES-256-GCM.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from biometrics.errors import KeyUnavailableError, RecordConflictError
from registry.keys.encryption import KEY_BYTES, NONCE_BYTES
from registry.keys.key_file import make_key, read_key

PUBLIC_NAME = "recovery"
"""Name under which an installation keeps the public half, wrapped by its root so that nobody can exchange it."""

_ABOUT = b"kura recovery of a root key"


class RecoveryWrapping:
    """Wraps for a recovery key by its public half; only the private half opens."""

    def __init__(self, public_key: bytes) -> None:
        self._public = public_key

    @property
    def public_half(self) -> bytes:
        """What an installation keeps of the key: 32 bytes."""
        return self._public

    @property
    def key_id(self) -> str:
        """Which key this is: the beginning of a digest of the public half."""
        return f"x25519:{hashlib.sha256(self._public).hexdigest()[:16]}"

    def wrap(self, key: bytes) -> bytes:
        """Return a key in a form that only the private half opens."""
        own = X25519PrivateKey.generate()
        shared = own.exchange(X25519PublicKey.from_public_bytes(self._public))
        nonce, half = os.urandom(NONCE_BYTES), own.public_key().public_bytes_raw()
        return half + nonce + _cipher(shared, half, self._public).encrypt(nonce, key, _ABOUT)

    def unwrap(self, wrapped: bytes) -> bytes:
        """Refuse: this half opens nothing.

        Raises
        ------
        KeyUnavailableError
            Always.
        """
        raise KeyUnavailableError("the public half of a recovery key opens nothing", source=self.key_id)


class RecoveryKeyEncryption(RecoveryWrapping):
    """Opens with the private half that a file holds.

    Raises
    ------
    KeyUnavailableError
        When there is none, others may read it, or it is no key.
    """

    def __init__(self, path: Path) -> None:
        self._private = X25519PrivateKey.from_private_bytes(read_key(path))
        self._source = str(path)
        super().__init__(self._private.public_key().public_bytes_raw())

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return the key that was wrapped.

        Raises
        ------
        KeyUnavailableError
            When this is another key than it was wrapped for.
        """
        half, nonce = wrapped[:KEY_BYTES], wrapped[KEY_BYTES : KEY_BYTES + NONCE_BYTES]
        try:
            shared = self._private.exchange(X25519PublicKey.from_public_bytes(half))
            cipher = _cipher(shared, half, self._public)
            return cipher.decrypt(nonce, wrapped[KEY_BYTES + NONCE_BYTES :], _ABOUT)
        except (InvalidTag, ValueError):
            raise KeyUnavailableError(
                "this is not the recovery key of the registry, or the wrapped key is damaged", source=self._source
            ) from None


def make_recovery_key(path: Path) -> RecoveryKeyEncryption:
    """Make a recovery key in a new file and return it.

    Raises
    ------
    RecordConflictError
        When the file is there.
    StorageError
        When it cannot be written.
    """
    if path.exists():
        raise RecordConflictError("there is a file already", source=str(path), remedy="name a new one")
    make_key(path)
    return RecoveryKeyEncryption(path)


def _cipher(shared: bytes, half: bytes, public: bytes) -> AESGCM:
    key = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=_ABOUT + half + public).derive(shared)
    return AESGCM(key)
