"""The form of sealed values: version, owner, nonce, ciphertext with its tag."""

from __future__ import annotations

from functools import lru_cache

from biometrics.errors import StorageError
from registry.keys.encryption import NONCE_BYTES

_VERSION = 1
_TAG_BYTES = 16


@lru_cache(maxsize=4096)
def head_of(owner: str) -> bytes:
    """Return what a value sealed under an owner's key begins with."""
    name = owner.encode("ascii")
    return bytes((_VERSION, len(name))) + name


def owner_of(sealed: bytes) -> str:
    """Return under whose key a value is sealed.

    Raises
    ------
    StorageError
        When this is no sealed value.
    """
    if len(sealed) < 2 or sealed[0] != _VERSION or len(sealed) < 2 + sealed[1] + NONCE_BYTES + _TAG_BYTES:
        raise StorageError("a sealed value is damaged")
    try:
        return sealed[2 : 2 + sealed[1]].decode("ascii")
    except UnicodeDecodeError:
        raise StorageError("a sealed value is damaged") from None


def data_of(sealed: bytes) -> tuple[bytes, bytes, bytes]:
    """Return head, nonce and ciphertext of a value that `owner_of` could read."""
    end = 2 + sealed[1]
    return sealed[:end], sealed[end : end + NONCE_BYTES], sealed[end + NONCE_BYTES :]
