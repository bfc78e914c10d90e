"""Base64 without padding as JSON web formats write it, read strictly: one spelling for each value."""

from __future__ import annotations

import base64
import binascii
import re

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*")


def encode(data: bytes) -> str:
    """Return bytes in base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Return the bytes of base64url without padding.

    Raises
    ------
    ValueError
        When it is anything else, or another spelling of the same bytes than `encode` writes.
    """
    if not _ALPHABET.fullmatch(text):
        raise ValueError("this is no base64url without padding")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("this is no base64url without padding") from error
    if encode(data) != text:
        raise ValueError("this is another spelling of the same bytes")
    return data
