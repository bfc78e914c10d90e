"""Signed messages: who receives a result can tell who sent it, and that nobody changed it on the way.

HTTP message signatures (RFC 9421) with Ed25519 over method, address, content type and the digest of the content
(RFC 9530). `verify_message` is what a receiver does; it needs the public keys alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from api.osia.tasks.keys import SigningKey

LABEL = "kura"
"""What our signature is called among those that a message may carry."""

COVERED = ("@method", "@target-uri", "content-type", "content-digest")
VALID_FOR_S = 300
"""How long after it was made a signature is believed; the clocks of both sides may differ by as much."""

_COMPONENTS = "(" + " ".join(f'"{name}"' for name in COVERED) + ")"
_INPUT = re.compile(
    rf"{LABEL}=(?P<params>{re.escape(_COMPONENTS)}"
    r';created=(?P<created>[0-9]{1,15});keyid="(?P<keyid>[A-Za-z0-9_-]{1,100})";alg="ed25519")'
)
_SIGNATURE = re.compile(rf"{LABEL}=:(?P<value>[A-Za-z0-9+/=]{{1,200}}):")


class SignatureRefusedError(Exception):
    """A message is not what its sender signed, or nobody known signed it."""


def content_digest(content: bytes) -> str:
    """Return the value of `Content-Digest` for some content."""
    return f"sha-256=:{_base64(hashlib.sha256(content).digest())}:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request as both sides see it; the address whole, with its query."""

    method: str
    target_uri: str
    content: bytes


def sign_message(key: SigningKey, message: Message, *, content_type: str, created_s: int) -> dict[str, str]:
    """Return the headers of a signed message.

    Parameters
    ----------
    key
        Whose key.
    message, content_type
        What is sent.
    created_s
        When, in seconds of the Unix epoch.
    """
    params = f'{_COMPONENTS};created={created_s};keyid="{key.key_id}";alg="ed25519"'
    digest = content_digest(message.content)
    return {
        "Content-Type": content_type,
        "Content-Digest": digest,
        "Signature-Input": f"{LABEL}={params}",
        "Signature": f"{LABEL}=:{_base64(key.sign(_signature_base(message, content_type, digest, params)))}:",
    }


def verify_message(
    message: Message, *, headers: Mapping[str, str], keys: Mapping[str, Ed25519PublicKey], now_s: float
) -> None:
    """Refuse a message that none of some keys signed, that was changed, or that is an old one sent again.

    Parameters
    ----------
    message
        As it was received; its address as the sender knows it.
    headers
        Its header fields.
    keys
        The sender's public keys by `kid`, from its `/.well-known/jwks.json`.
    now_s
        The time, in seconds of the Unix epoch.

    Raises
    ------
    SignatureRefusedError
        Saying what is wrong.
    """
    fields = {name.lower(): value.strip() for name, value in headers.items()}
    given, signature = _INPUT.fullmatch(fields.get("signature-input", "")), _given_signature(fields)
    if given is None or signature is None:
        raise SignatureRefusedError("the message carries no signature that can be understood")
    if given["keyid"] not in keys:
        raise SignatureRefusedError("nobody known made the signature")
    if abs(now_s - int(given["created"])) > VALID_FOR_S:
        raise SignatureRefusedError("the signature is of another time")
    digest = fields.get("content-digest", "")
    if digest != content_digest(message.content):
        raise SignatureRefusedError("the content is not what its digest says")
    base = _signature_base(message, fields.get("content-type", ""), digest, given["params"])
    try:
        keys[given["keyid"]].verify(signature, base)
    except InvalidSignature:
        raise SignatureRefusedError("the message is not what was signed") from None


def _given_signature(fields: Mapping[str, str]) -> bytes | None:
    found = _SIGNATURE.fullmatch(fields.get("signature", ""))
    if found is None:
        return None
    try:
        return base64.b64decode(found["value"], validate=True)
    except binascii.Error:
        return None


def _signature_base(message: Message, content_type: str, digest: str, params: str) -> bytes:
    """Return the bytes that are signed (RFC 9421, 2.5)."""
    values = (message.method.upper(), message.target_uri, content_type, digest)
    lines = [f'"{name}": {value}' for name, value in zip(COVERED, values, strict=True)]
    return "\n".join([*lines, f'"@signature-params": {params}']).encode()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
