"""The key from outside that opens a registry: it wraps one key, wherever it is held itself.

A file and the environment give the key itself, and wrapping is AES-256-GCM here; a token (`registry.keys.pkcs11`) keeps
its key and wraps inside.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from biometrics.errors import KeyUnavailableError
from registry.keys.key_file import read_key

KEY_BYTES = 32
"""An AES-256 key's length."""

NONCE_BYTES = 12
"""Length of the random number that AES-GCM wants new for every message, NIST SP 800-38D."""

_ABOUT = b"kura root key"


@runtime_checkable
class KeyEncryption(Protocol):
    """Wraps and unwraps the root key of a registry."""

    @property
    def key_id(self) -> str:
        """Which key this is; it tells nothing of the key."""

    def wrap(self, key: bytes) -> bytes:
        """Return a 32-byte key in a form that only `unwrap` opens.

        Raises
        ------
        KeyUnavailableError
            When the key cannot be used at present.
        """

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return the key that was wrapped.

        Raises
        ------
        KeyUnavailableError
            When this is another key than it was wrapped with, or the key cannot be used at present.
        """


class PlainKeyEncryption:
    """Wraps by a key that this process knows.

    Parameters
    ----------
    key
        32 bytes.
    source
        Where it is from, for errors.
    """

    def __init__(self, key: bytes, source: str) -> None:
        if len(key) != KEY_BYTES:
            raise KeyUnavailableError(f"a key has {KEY_BYTES} bytes, this one {len(key)}", source=source)
        self._cipher, self._source = AESGCM(key), source
        self._key_id = f"aes256:{hmac.digest(key, b'kura key id', hashlib.sha256).hex()[:16]}"

    @property
    def key_id(self) -> str:
        """Which key this is: the beginning of an HMAC under it."""
        return self._key_id

    def wrap(self, key: bytes) -> bytes:
        """Return a key under AES-256-GCM: nonce, ciphertext and tag."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, _ABOUT)

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return the key that was wrapped.

        Raises
        ------
        KeyUnavailableError
            When this is another key than it was wrapped with.
        """
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _ABOUT)
        except (InvalidTag, ValueError):
            raise KeyUnavailableError(
                "this is not the key that the registry is protected with, or the wrapped key is damaged",
                source=self._source,
                remedy="name the right key, or the recovery key, in the settings",
            ) from None


class FileKeyEncryption(PlainKeyEncryption):
    """Wraps by a key in a file for its owner's eyes only, best on a medium that is taken away.

    Raises
    ------
    KeyUnavailableError
        When there is none, others may read it, or it is no key.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(read_key(path), str(path))


def environment_key(name: str, environment: Mapping[str, str] | None = None) -> PlainKeyEncryption:
    """Return what wraps by the key that an environment variable holds, 32 bytes in base64.

    Raises
    ------
    KeyUnavailableError
        When the variable is missing or holds no key.
    """
    text = (os.environ if environment is None else environment).get(name)
    make = (
        f"set it to the key, {KEY_BYTES} bytes in base64; head -c {KEY_BYTES} /dev/urandom | base64 makes a first one"
    )
    if text is None:
        raise KeyUnavailableError("the variable with the key is not set", source=name, remedy=make)
    try:
        return PlainKeyEncryption(base64.b64decode(text, validate=True), name)
    except ValueError:  # binascii.Error is one
        raise KeyUnavailableError("the variable holds no key", source=name, remedy=make) from None
