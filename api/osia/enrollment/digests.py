"""The header Digest of RFC 3230: what a buffer is said to hash to, verified before anything is kept."""

from __future__ import annotations

import base64
import hashlib
import hmac

from api.http.problems import Refusal

_ALGORITHMS = {"sha-256": "sha256", "sha-512": "sha512", "sha": "sha1"}
"""By their names of RFC 3230 and RFC 5843, in small letters. SHA is here because OSIA's own example uses it: it shows
damage on the way, not an attacker."""

_REMEDY = "send Digest: SHA-256=BASE64, or leave the header out"


def require_digest(header: str | None, data: bytes) -> None:
    """Refuse content that is not what its digest says; several digests must all agree.

    Digests of algorithms that Kura does not know are passed over, as RFC 3230 allows, if there is one that it knows.

    Raises
    ------
    Refusal
        When one does not agree, or none can be verified.
    """
    if header is None:
        return
    verified = 0
    for stated in header.split(","):
        name, separator, expected = stated.strip().partition("=")
        if not (separator and name and expected):
            raise _refused(f"the header Digest is not formed as RFC 3230 says; {_REMEDY}")
        algorithm = _ALGORITHMS.get(name.strip().lower())
        if algorithm is None:
            continue
        if not _agrees(algorithm, expected.strip(), data):
            raise _refused(f"the content is not what its digest ({name.strip().upper()}) says; send it again")
        verified += 1
    if not verified:
        raise _refused(f"no digest is of a known algorithm; {_REMEDY}")


def digest_of(sha256: str) -> str:
    """Return the header Digest of content whose SHA-256 is known in hexadecimal."""
    return f"SHA-256={base64.b64encode(bytes.fromhex(sha256)).decode()}"


def _refused(message: str) -> Refusal:
    # OSIA describes the header as text alone: with any text the request is formed as described, so that 400 is wrong.
    return Refusal("digest", message, status=403)


def _agrees(algorithm: str, expected: str, data: bytes) -> bool:
    actual = base64.b64encode(hashlib.new(algorithm, data, usedforsecurity=False).digest())
    return hmac.compare_digest(actual, expected.encode("utf-8", "replace"))
