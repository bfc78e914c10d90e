"""How a page and its station prove to each other that they know the token of the page's address; neither sends it.

`POST /hello` with a nonce of the page is answered with a nonce and a proof of the station. Whoever else listens at that
port, before or after the station, has none, and gets nothing. With both nonces the page makes its own proof, the
credential of all that it asks afterwards, and the key that its pictures are sealed with: another program may listen at
the port by the time they are sent.

A proof is HMAC-SHA256 by the token, of who proves, the port and both nonces. The nonce of a station is of one opening:
what somebody collected before opens nothing afterwards. The port ends what is passed on from another one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from devices.browser.gate import bears, body_of, refusal

_NONCE_BYTES = 32
_NONCE = re.compile(rb"[0-9a-f]{64}")
_IV_BYTES = 12
_TAG_BYTES = 16

SEAL_BYTES = _IV_BYTES + _TAG_BYTES
"""What a sealed picture is longer by."""


class Proofs:
    """The station's part, of one opening.

    Parameters
    ----------
    token
        What the address of the page holds.
    port
        Where the page is served.
    """

    def __init__(self, token: str, port: int) -> None:
        self._token = token
        self._port = port
        self._nonce = secrets.token_hex(_NONCE_BYTES)

    async def hello(self, request: Request) -> Response:
        """Answer `POST /hello`."""
        body = await body_of(request, 2 * _NONCE_BYTES)
        if isinstance(body, Response):
            return body
        if not _NONCE.fullmatch(body):
            return refusal(422, "no_nonce")
        return JSONResponse({"nonce": self._nonce, "proof": self._made_by("station", body.decode()).hex()})

    def nonce_of(self, request: Request) -> str | None:
        """Return the nonce of the page that proved itself with a request, None where it did not."""
        given = request.headers.get("authorization", "").removeprefix("Bearer ").partition(".")[0]
        if not _NONCE.fullmatch(given.encode("latin-1", "replace")):
            return None
        return given if bears(request, self.credential(given)) else None

    def credential(self, nonce: str) -> str:
        """Return what a page with this nonce carries in all its requests."""
        return f"{nonce}.{self._made_by('page', nonce).hex()}"

    def unsealed(self, sealed: bytes, nonce: str) -> bytes | None:
        """Return a picture that a page with this nonce sealed; None where it did not."""
        if len(sealed) < SEAL_BYTES:
            return None
        try:
            return AESGCM(self._made_by("pictures", nonce)).decrypt(sealed[:_IV_BYTES], sealed[_IV_BYTES:], None)
        except InvalidTag:
            return None

    def _made_by(self, who: str, nonce: str) -> bytes:
        text = f"{who}|{self._port}|{nonce}|{self._nonce}"
        return hmac.digest(self._token.encode(), text.encode(), hashlib.sha256)
