"""Signed documents: JSON Web Signatures whose content stays outside, in a file that anybody can read (RFC 7515, F).

The signature is `HEADER..VALUE`. The header says with what it was made, by which key, for which purpose, at which level
and when; it is signed together with the content. The content is signed as its bytes are, so nobody needs to agree how
JSON is to be written anew.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from biometrics.errors import ConfigurationError, SignatureInvalidError
from biometrics.signing.algorithms import Algorithm
from biometrics.signing.encoding import decode, encode
from biometrics.signing.level import SignatureLevel
from biometrics.signing.signer import Purpose, Signature, Signer

LONGEST = 65_536
"""Characters of a signature with its chain of certificates."""

_MEMBERS = frozenset({"alg", "kid", "typ", "iat", "purpose", "level", "x5c"})
_TYPE = "kura+json"
_LAST_MOMENT = 253_402_300_799


@dataclass(frozen=True, slots=True, kw_only=True)
class Detached:
    """A signature of a content that is elsewhere, read and not yet verified.

    Parameters
    ----------
    signature
        What was signed with.
    purpose
        What the signer says the content is.
    signed_at
        When, as the signer says.
    head
        The protected header as it was signed.
    """

    signature: Signature
    purpose: Purpose
    signed_at: datetime
    head: str

    def signed_bytes(self, content: bytes) -> bytes:
        """Return what the signature is over."""
        return f"{self.head}.{encode(content)}".encode()


def sign_detached(signer: Signer, purpose: Purpose, content: bytes, *, signed_at: datetime) -> str:
    """Return the detached signature of some bytes, in ASCII.

    Raises
    ------
    SigningError
        When the key cannot be used.
    """
    header: dict[str, Any] = {
        "alg": signer.algorithm.value,
        "kid": signer.key_id,
        "typ": _TYPE,
        "iat": int(signed_at.timestamp()),
        "purpose": purpose.value,
        "level": signer.level.value,
    }
    if signer.certificates:
        header["x5c"] = [base64.b64encode(one).decode() for one in signer.certificates]
    head = encode(json.dumps(header, separators=(",", ":"), sort_keys=True).encode())
    signature = signer.sign(f"{head}.{encode(content)}".encode())
    return f"{head}..{encode(signature.value)}"


def read_detached(text: str) -> Detached:
    """Return what a detached signature says of itself; verify it before believing any of it.

    Raises
    ------
    SignatureInvalidError
        When it is malformed, or says something that is not understood.
    """
    head, dots, value = text.strip().partition("..")
    if not dots or not head or not value or len(text) > LONGEST:
        raise _refused("this is no detached signature")
    try:
        header = json.loads(decode(head), object_pairs_hook=_once)
        return _read(header, head, decode(value))
    except ConfigurationError as error:
        raise _refused(error.message) from error
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as error:
        raise _refused("the header of the signature cannot be understood") from error


def _read(header: Any, head: str, value: bytes) -> Detached:
    if not isinstance(header, dict) or not set(header) <= _MEMBERS or header["typ"] != _TYPE:
        raise ValueError("another header")
    moment, key_id = header["iat"], header["kid"]
    if type(moment) is not int or not 0 <= moment <= _LAST_MOMENT or not isinstance(key_id, str):
        raise ValueError("another header")
    signature = Signature(
        algorithm=Algorithm(header["alg"]),
        key_id=key_id,
        level=SignatureLevel(header["level"]),
        value=value,
        certificates=tuple(base64.b64decode(one, validate=True) for one in header.get("x5c", ())),
    )
    signed_at = datetime.fromtimestamp(moment, UTC)
    return Detached(signature=signature, purpose=Purpose(header["purpose"]), signed_at=signed_at, head=head)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member is said twice")
    return found


def _refused(message: str) -> SignatureInvalidError:
    return SignatureInvalidError(message, remedy="get the file of the signature again from whoever signed")
