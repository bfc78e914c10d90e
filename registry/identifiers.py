"""Identifiers that say nothing about whom or what they name."""

from __future__ import annotations

import secrets

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
"""The letters of identifiers."""

_LENGTH = 26
_LETTER_OF_BYTE = (ALPHABET * (256 // len(ALPHABET))).encode("ascii")


def new_identifier() -> str:
    """Return 130 random bits as 26 lower-case characters of base32 (RFC 4648)."""
    # Five bits of each byte: many times as fast as encoding, and an import makes several for everybody.
    return secrets.token_bytes(_LENGTH).translate(_LETTER_OF_BYTE).decode("ascii")
