"""The chain of hashes by which captures follow one another.

`hash = HEX(SHA-256(previous + SHA-256(record)))` with the ISO record before it is base64url. The specification leaves
open whether the two hashes are joined as bytes or as their hexadecimal text; MOSIP's mock service and its compliance
toolkit join bytes, so that is what is expected first. The text, in upper case, is accepted as well: it binds the same
things. The first capture follows the hash of nothing.
"""

from __future__ import annotations

import hashlib
import re

FIRST = hashlib.sha256(b"").hexdigest().upper()
"""`previousHash` of a first capture."""

_HASH = re.compile(r"[0-9A-Fa-f]{64}")


def link(previous: str, record: bytes) -> str:
    """Return the hash of a capture that follows another.

    Parameters
    ----------
    previous
        Hash before it, 64 hexadecimal digits.
    record
        What was captured, as bytes.
    """
    return hashlib.sha256(bytes.fromhex(previous) + hashlib.sha256(record).digest()).hexdigest().upper()


def follows(given: str, previous: str, record: bytes) -> bool:
    """Return whether a hash is the next link, in either of the two readings and in any case of letters."""
    if not (given.isascii() and _HASH.fullmatch(given)):
        return False
    return given.upper() in (link(previous, record), _text_link(previous, record))


def _text_link(previous: str, record: bytes) -> str:
    joined = previous.upper() + hashlib.sha256(record).hexdigest().upper()
    return hashlib.sha256(joined.encode()).hexdigest().upper()
