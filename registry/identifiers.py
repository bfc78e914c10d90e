"""Identifiers that say nothing about whom or what they name."""

from __future__ import annotations

import base64
import secrets

_RANDOM_BYTES = 16

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
"""The letters of identifiers."""


def new_identifier() -> str:
    """Return 128 random bits as 26 lower-case base32 characters (RFC 4648, without padding)."""
    return base64.b32encode(secrets.token_bytes(_RANDOM_BYTES)).decode("ascii").rstrip("=").lower()
