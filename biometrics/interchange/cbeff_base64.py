"""Base64 of both alphabets, without losing a character: what belongs to neither is refused, not skipped."""

from __future__ import annotations

import base64
import re

from biometrics.errors import ImageFormatError

_WHITE = str.maketrans("", "", " \t\r\n")
_URL_SAFE = str.maketrans("-_", "+/")
_ALPHABET = re.compile(r"[A-Za-z0-9+/]*={0,2}")


def decode_base64(text: str) -> tuple[bytes, bool]:
    """Return the bytes, and whether the text used the URL-safe alphabet; padding may be missing.

    Raises
    ------
    ImageFormatError
        When a character belongs to no alphabet, the text mixes both, or its length is impossible.
    """
    compact = text.translate(_WHITE)
    url_safe = "-" in compact or "_" in compact
    if url_safe and ("+" in compact or "/" in compact):
        raise ImageFormatError("base64 text mixes both alphabets", remedy="copy it again from its origin")
    standard = compact.translate(_URL_SAFE)
    digits = standard.rstrip("=")
    if _ALPHABET.fullmatch(standard) is None or len(digits) % 4 == 1:
        raise ImageFormatError("this is not base64 text", remedy="copy it again from its origin")
    return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True), url_safe
