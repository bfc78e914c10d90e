"""The form of a sealed sample file: a mark, a nonce, and AES-256-GCM ciphertext with its tag.

The mark and the file's name are the additional data: a file that was cut, altered, or put in another's place does not
open. A whole file is sealed at once; pictures are a few megabytes, and plain bytes never touch the disk.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registry.keys.encryption import KEY_BYTES, NONCE_BYTES

MARK = b"KURASMP\x01"
"""What a sealed file begins with: a name and the version of its form."""

_NAME_BYTES = 16


@dataclass(frozen=True, slots=True)
class SampleFile:
    """Name and key of a sample file."""

    name: str
    key: bytes = field(repr=False)


def new_sample_file() -> SampleFile:
    """Return a random name and a random key for one file."""
    return SampleFile(os.urandom(_NAME_BYTES).hex(), os.urandom(KEY_BYTES))


def seal_sample(file: SampleFile, data: bytes) -> bytes:
    """Return what a file of this name and key holds."""
    nonce = os.urandom(NONCE_BYTES)
    return MARK + nonce + AESGCM(file.key).encrypt(nonce, data, MARK + file.name.encode())


def open_sample(file: SampleFile, sealed: bytes) -> bytes | None:
    """Return the data in a file; None when it was damaged or altered, or is another's."""
    start = len(MARK) + NONCE_BYTES
    if not sealed.startswith(MARK):
        return None
    try:
        return AESGCM(file.key).decrypt(sealed[len(MARK) : start], sealed[start:], MARK + file.name.encode())
    except (InvalidTag, ValueError):
        return None
