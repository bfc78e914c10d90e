"""What devices sign: compact JSON Web Signatures with the signer's certificate in the header (RFC 7515).

Only RS256, which the interface names, and EdDSA with Ed25519, which its list of algorithms allows, are taken; the key
is the certificate's, whatever else the header offers. Members of the header that are unknown are ignored, unless it
calls them critical. Nothing that is signed is read before the signature holds, except where somebody asks for the
`unverified_payload` in order to find the device that is meant.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from biometrics.signing.encoding import decode
from devices.sbi.json_text import read_json, wrong
from devices.sbi.trust import MALFORMED, MOST_CERTIFICATES, Anchors, Verified, untrusted

_LONGEST_HEADER = 65_536
_UPDATE = "see that the service of the device is up to date, and its device registered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Something signed that holds.

    Parameters
    ----------
    payload
        The object that was signed.
    signer
        Whose certificate signed it.
    """

    payload: Mapping[str, Any]
    signer: Verified


def verify(token: object, anchors: Anchors, now: datetime, source: str) -> Signed:
    """Return what a token says, when it is to be believed.

    Parameters
    ----------
    token
        Compact serialisation.
    anchors
        Who is trusted.
    now
        When the certificates must be valid.
    source
        The device, for errors.

    Raises
    ------
    DeviceTrustError
        When it is not signed, not by anybody trusted, or was changed.
    DeviceProtocolError
        When it cannot be read.
    """
    head, payload, value = _parts(token, source)
    header = read_json(_bytes(head, source), source)
    if not isinstance(header, Mapping):
        raise wrong("the header of a signature is no object", source)
    verifier = _VERIFIERS.get(header.get("alg")) if isinstance(header.get("alg"), str) else None
    if verifier is None or "crit" in header or header.get("b64", True) is not True:
        raise untrusted("what the device sent is signed in a way that is not allowed", "algorithm", source, _UPDATE)
    signer = anchors.verify(_certificates(header, source), now, source)
    if not verifier(signer.certificate, f"{head}.{payload}".encode(), _bytes(value, source)):
        raise untrusted("what the device sent is not what it signed", "signature", source, "capture again")
    return Signed(payload=_object(payload, source), signer=signer)


def unverified_payload(token: object, source: str) -> tuple[Mapping[str, Any], bool]:
    """Return what a token says of itself, and whether it has a signature at all; nothing of it is to be believed.

    Raises
    ------
    DeviceProtocolError
        When it cannot be read.
    """
    if not isinstance(token, str):
        raise wrong("what should be signed is no text", source)
    if "." not in token:
        return _object(token.rstrip("="), source), False
    return _object(_parts(token, source)[1], source), True


def _parts(token: object, source: str) -> tuple[str, str, str]:
    if not isinstance(token, str) or not token.isascii():
        raise wrong("what should be signed is no text", source)
    parts = token.split(".", 3)
    if len(parts) == 1 or (len(parts) == 3 and not parts[2]):
        raise untrusted("what the device sent is not signed", "unsigned", source, _UPDATE)
    if len(parts) != 3 or len(parts[0]) > _LONGEST_HEADER:
        raise wrong("what should be signed does not have three parts", source)
    return parts[0], parts[1], parts[2]


def _object(part: str, source: str) -> Mapping[str, Any]:
    found = read_json(_bytes(part, source), source)
    if not isinstance(found, Mapping):
        raise wrong("what is signed is no object", source)
    return found


def _bytes(part: str, source: str) -> bytes:
    try:
        return decode(part)
    except ValueError as error:
        raise wrong("what should be signed is no base64url", source) from error


def _certificates(header: Mapping[str, Any], source: str) -> list[x509.Certificate]:
    chain = header.get("x5c")
    chain = [chain] if isinstance(chain, str) else chain
    if not isinstance(chain, list) or not 1 <= len(chain) <= MOST_CERTIFICATES:
        raise untrusted("a signature comes without its certificate, or with too many", "certificate", source, _UPDATE)
    try:
        return [x509.load_der_x509_certificate(base64.b64decode(one, validate=True)) for one in chain]
    except MALFORMED as error:
        raise untrusted("the certificate of a signature cannot be read", "certificate", source, _UPDATE) from error


def _rs256(certificate: x509.Certificate, data: bytes, value: bytes) -> bool:
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(value, data, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _eddsa(certificate: x509.Certificate, data: bytes, value: bytes) -> bool:
    key = certificate.public_key()
    if not isinstance(key, Ed25519PublicKey):
        return False
    try:
        key.verify(value, data)
    except InvalidSignature:
        return False
    return True


_VERIFIERS: Mapping[object, Callable[[x509.Certificate, bytes, bytes], bool]] = {"RS256": _rs256, "EdDSA": _eddsa}
"""By `alg`; whatever is not among them is refused, `none` as well as what is keyed with a secret."""
