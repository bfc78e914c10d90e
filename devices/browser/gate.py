"""What every page on loopback is guarded by: who may ask, how much, and what browsers are told.

Pages, scripts and styles are the same for everybody and hold no secret. Everything else is asked for by POST, from the
page itself (`Host` and `Origin` say so), with a token that only the address of the page holds.
"""

from __future__ import annotations

import asyncio
import hmac

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from devices.browser.loopback import HOST

_HEADERS = (
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    ),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=(), display-capture=()"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)

_BODY_S = 5.0
"""Within which a body must have come; on one machine a frame takes milliseconds."""


def bears(request: Request, token: str) -> bool:
    """Return whether a request carries the token; how long that takes tells nothing of it."""
    given = request.headers.get("authorization", "")
    return hmac.compare_digest(given.encode("latin-1", "replace"), f"Bearer {token}".encode())


def refusal(status: int, reason: str) -> Response:
    """Return an answer that says why not, in a word for the page's script."""
    return JSONResponse({"reason": reason}, status_code=status, headers={"connection": "close"})


async def body_of(request: Request, most: int) -> bytes | Response:
    """Return the body of a request, or the refusal of one that is too large or too slow."""
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdecimal()):
        return refusal(411, "length_required")
    # What is a little too large is read to its end, so that the refusal is, too; the rest is cut.
    if len(length) > 12 or int(length) > 4 * most:
        return refusal(413, "too_large")
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_S):
            async for part in request.stream():
                body += part if int(length) <= most else b""
    except TimeoutError:
        return refusal(408, "too_slow")
    except ClientDisconnect:
        return refusal(400, "gone")
    return bytes(body) if int(length) <= most else refusal(413, "too_large")


class Gate:
    """The outermost layer of an application on loopback.

    Parameters
    ----------
    app
        What answers.
    port
        Where it is served.
    """

    def __init__(self, app: ASGIApp, *, port: int) -> None:
        self._app = app
        self._host = f"{HOST}:{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        answering = _answering_with_headers(send)
        refused = self._refusal(scope)
        await (self._app if refused is None else refused)(scope, receive, answering)

    def _refusal(self, scope: Scope) -> Response | None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if hosts != [self._host.encode()]:  # another name for this machine is how foreign pages reach it
            return refusal(421, "wrong_host")
        if scope["method"] in ("GET", "HEAD"):
            return None
        origins = [value for name, value in scope["headers"] if name == b"origin"]
        if scope["method"] != "POST" or scope["query_string"]:
            return refusal(405, "wrong_method")
        return None if origins == [f"http://{self._host}".encode()] else refusal(403, "wrong_origin")


def _answering_with_headers(send: Send) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name.lower() for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(field for field in _HEADERS if field[0] not in own)]
        await send(message)

    return answer
