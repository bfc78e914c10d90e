"""Proofs of a verification: what was answered to whom and when, signed so that others can verify it later."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping

from api.http.access import Caller
from api.osia.tasks.keys import SigningKey
from biometrics.samples import now_utc


def proof_of(key: SigningKey, *, caller: Caller, issuer: str, identifier: str, transaction_id: str) -> str:
    """Return a JSON Web Signature (RFC 7515, compact, Ed25519) that everything stated about a person agreed.

    It names the person by the SHA-256 of the identifier that the client gave: who knows that can verify it, and
    nobody reads it off. It says nothing of what was stated.
    """
    header = {"alg": "EdDSA", "kid": key.key_id, "typ": "verification+jwt"}
    claims = {
        "iss": issuer,
        "aud": caller.client,
        "iat": int(now_utc().timestamp()),
        "jti": secrets.token_urlsafe(16),
        "identifierSha256": hashlib.sha256(identifier.encode()).hexdigest(),
        "outcome": 1,
        "purpose": caller.purpose,
        "transactionId": transaction_id,
    }
    signed = f"{_encoded(header)}.{_encoded(claims)}"
    return f"{signed}.{_base64url(key.sign(signed.encode()))}"


def _encoded(content: Mapping[str, object]) -> str:
    return _base64url(json.dumps(content, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
