"""For whoever is called back: whether a result comes from the server, whole and just now."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from api.osia.tasks.signatures import Message, verify_message


def callback_keys(jwks: Mapping[str, Any]) -> dict[str, Ed25519PublicKey]:
    """Return the server's public keys by name, of what `/.well-known/jwks.json` answers; others are left out."""
    return {
        str(key["kid"]): Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "=="))
        for key in jwks["keys"]
        if key.get("kty") == "OKP" and key.get("crv") == "Ed25519" and "kid" in key
    }


def require_signed(
    keys: Mapping[str, Ed25519PublicKey], address: str, headers: Mapping[str, str], content: bytes
) -> None:
    """Refuse a result that the server did not sign, that was changed, or that is an old one sent again.

    Parameters
    ----------
    keys
        As `callback_keys` returns them.
    address
        The whole address that was called, with its query, as it was given to the server.
    headers, content
        Of the request.

    Raises
    ------
    SignatureRefusedError
        Saying what is wrong.
    """
    message = Message(method="POST", target_uri=address, content=content)
    verify_message(message, headers=headers, keys=keys, now_s=time.time())
