"""What a device signs and hashes, worked out here from the specification alone.

The client under `devices.sbi` is written from the same text; nothing of the two is shared, so that a mistake in one
does not agree with itself in the other.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding

from devices.simulators.sbi.pki import Signer


def base64url(data: bytes) -> str:
    """Return bytes as base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def compact_json(value: object) -> bytes:
    """Return a value as JSON without spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def sign(payload: bytes, signer: Signer, *, certificates: int | None = None) -> str:
    """Return a JSON Web Signature by RS256 that carries its certificates.

    Parameters
    ----------
    payload
        What is signed.
    signer
        By whom.
    certificates
        How many of the chain `x5c` holds, from the leaf up; None is all, 0 leaves `x5c` out.
    """
    header: dict[str, object] = {"alg": "RS256", "typ": "JWT"}
    shown = signer.chain if certificates is None else signer.chain[:certificates]
    if shown:
        header["x5c"] = [base64.b64encode(one.public_bytes(Encoding.DER)).decode("ascii") for one in shown]
    signed = f"{base64url(compact_json(header))}.{base64url(payload)}"
    signature = signer.key.sign(signed.encode("ascii"), PKCS1v15(), hashes.SHA256())
    return f"{signed}.{base64url(signature)}"


def unsigned(payload: bytes) -> str:
    """Return a JSON Web Signature that nobody made: algorithm `none`, an empty signature."""
    header: Mapping[str, str] = {"alg": "none", "typ": "JWT"}
    return f"{base64url(compact_json(header))}.{base64url(payload)}."


def next_hash(previous: str, record: bytes, *, text: bool = False) -> str:
    """Return the link of a chain of captures, 64 hexadecimal digits in upper case.

    Parameters
    ----------
    previous
        The link before in hexadecimal; empty for the first, which follows the SHA-256 of nothing.
    record
        The ISO record just captured.
    text
        Join the hexadecimal text of both hashes instead of their bytes, as the specification can be read.
    """
    before = bytes.fromhex(previous) if previous else hashlib.sha256(b"").digest()
    joined = before + hashlib.sha256(record).digest()
    return hashlib.sha256(joined.hex().upper().encode() if text else joined).hexdigest().upper()
