"""Sealed bytes: AES-256-GCM in pieces, each bound to its place, under keys that no two files share.

Keys are derived by HKDF-SHA256 (RFC 5869) from the key a snapshot was given and its random number, one for each
part file and one for the manifest. A nonce is the number of a piece in its part (NIST SP 800-38D, section 8.2.1: under
one key, none comes twice).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from biometrics.errors import ConfigurationError

KEY_BYTES = 32
"""An AES-256 key's length."""

FindKey: TypeAlias = Callable[[str], bytes | None]
"""Returns the key with these check digits; None where it is not known, or was destroyed."""

TAG_BYTES = 16
"""What sealing adds to a piece."""

_NONCE_BYTES = 12
_PURPOSE = "kura gallery snapshot 1"
_NO_SALT = bytes(32)
_CHECK_DIGITS = 16


def require_key(key: bytes) -> None:
    """Refuse what is not 32 bytes.

    Raises
    ------
    ConfigurationError
        When it is another length; the key is not told.
    """
    if len(key) != KEY_BYTES:
        raise ConfigurationError(f"a key of galleries has {KEY_BYTES} bytes, not {len(key)}")


def key_check(key: bytes) -> str:
    """Return digits by which the same key is recognized, and from which nothing about it can be told."""
    return _derived(key, _NO_SALT, "key check").hex()[:_CHECK_DIGITS]


def signature(key: bytes, snapshot_id: str, signed: bytes) -> str:
    """Return the HMAC-SHA256 of a snapshot's manifest, in hexadecimal."""
    return hmac.new(_derived(key, bytes.fromhex(snapshot_id), "manifest"), signed, hashlib.sha256).hexdigest()


class Place(NamedTuple):
    """Where a piece belongs.

    Parameters
    ----------
    number
        Which piece of its part file it is, from 0.
    array, piece, last
        Which piece of which array, and whether it is the last.
    """

    number: int
    array: str
    piece: int
    last: bool


class PartSeal:
    """Seals and opens the pieces of one part file, whose numbers count from 0 through all its arrays.

    Parameters
    ----------
    key
        The snapshot's key.
    snapshot_id
        The snapshot's random number, 32 bytes in hexadecimal.
    part
        Number of the part file.
    """

    def __init__(self, key: bytes, snapshot_id: str, part: int) -> None:
        self._cipher = AESGCM(_derived(key, bytes.fromhex(snapshot_id), f"part {part}"))
        self._snapshot_part = f"{snapshot_id}\n{part}\n"

    def seal(self, piece: memoryview, place: Place) -> bytes:
        """Return a piece sealed for its place: as many bytes and a tag."""
        return self._cipher.encrypt(_nonce(place), piece, self._bound(place))

    def open_into(self, target: memoryview, sealed: bytes, place: Place) -> bool:
        """Open a piece into a target of just its size; False when it is not what was sealed for this place."""
        try:
            self._cipher.decrypt_into(_nonce(place), sealed, self._bound(place), target)
        except InvalidTag:
            return False
        return True

    def _bound(self, place: Place) -> bytes:
        return f"{self._snapshot_part}{place.array}\n{place.piece}\n{int(place.last)}".encode()


def _nonce(place: Place) -> bytes:
    return place.number.to_bytes(_NONCE_BYTES, "big")


def _derived(key: bytes, salt: bytes, purpose: str) -> bytes:
    info = f"{_PURPOSE}, {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(key)
