"""The page that shows a browser's camera and pushes its frames: what it asks of the station, and what it is told.

Both prove themselves first (`devices.browser.proofs`). `POST /session` makes the page the pusher. The answer stays
open, a line of JSON for each thing that the page must know: whether frames are wanted, why it ended. Each side sees
the other one go. `POST /frame` gives one frame, sealed, and is answered 204, or with the reason why it was not taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from devices.browser.channel import FrameChannel, Pusher
from devices.browser.gate import body_of, refusal
from devices.browser.pages import asset, language_of, page, words_of
from devices.browser.proofs import SEAL_BYTES, Proofs
from devices.browser.pushes import PushRefusal

_PACKAGE = "devices.browser"

_BEAT_S = 2.0
"""How often a page that waits is told that the station is still there."""

_STATUS = {
    PushRefusal.TOO_LARGE: 413,
    PushRefusal.NOT_A_PICTURE: 422,
    PushRefusal.WRONG_SIZE: 422,
    PushRefusal.SIMULATED: 422,
    PushRefusal.TOO_OFTEN: 429,
    PushRefusal.NOT_CONNECTED: 409,
}


class CameraService:
    """Answers the page.

    Parameters
    ----------
    channel
        Where frames go.
    proofs
        By which the page and the station know each other.
    """

    def __init__(self, channel: FrameChannel, proofs: Proofs) -> None:
        self._channel = channel
        self._proofs = proofs
        self._pusher: Pusher | None = None
        self._nonce = ""
        self._words = words_of(_PACKAGE, "camera.toml")
        self._template = asset(_PACKAGE, "camera.html")
        self._style, self._script = asset(_PACKAGE, "page.css"), asset(_PACKAGE, "camera.js")
        self._proof = asset(_PACKAGE, "proof.js")

    def app(self) -> Starlette:
        """Return the application."""
        routes = [
            Route("/", self._page),
            Route("/page.css", lambda _: Response(self._style, media_type="text/css")),
            Route("/camera.js", lambda _: Response(self._script, media_type="text/javascript")),
            Route("/proof.js", lambda _: Response(self._proof, media_type="text/javascript")),
            Route("/hello", self._proofs.hello, methods=["POST"]),
            Route("/session", self._session, methods=["POST"]),
            Route("/frame", self._frame, methods=["POST"]),
        ]
        app = Starlette(routes=routes)
        app.router.redirect_slashes = False
        return app

    async def _page(self, request: Request) -> Response:
        language, other = language_of(request)
        settings = {"other_language": other, "simulated": self._channel.simulated}
        return HTMLResponse(page(self._template, self._words[language], language=language, settings=settings))

    async def _session(self, request: Request) -> Response:
        nonce = self._proofs.nonce_of(request)
        if nonce is None:
            return refusal(401, "wrong_token")
        body = await body_of(request, 100)
        if isinstance(body, Response):
            return body
        pusher = self._channel.connect(take_over=body == b"take_over")
        if pusher is None:
            return refusal(409, "closed" if self._channel.closed else "occupied")
        self._pusher, self._nonce = pusher, nonce
        return _Session(pusher, self._told(pusher))

    async def _told(self, pusher: Pusher) -> AsyncIterator[bytes]:
        """Yield what the page must know, until it is the pusher no more."""
        channel, woken = self._channel, asyncio.Event()
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(woken.set)

        with channel.watching(wake):
            while pusher.connected:
                woken.clear()
                yield _line(wanted=channel.wanted)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), _BEAT_S)
            yield _line(ended="closed" if channel.closed else "taken_over")

    async def _frame(self, request: Request) -> Response:
        pusher, nonce = self._pusher, self._nonce
        if pusher is None or not pusher.connected or self._proofs.nonce_of(request) != nonce:
            return refusal(409, PushRefusal.NOT_CONNECTED.value)
        body = await body_of(request, self._channel.limits.most_bytes + SEAL_BYTES)
        if isinstance(body, Response):
            pusher.count_refused()
            return body
        refused = await asyncio.to_thread(self._push, pusher, body, nonce)
        return Response(status_code=204) if refused is None else refusal(_STATUS[refused], refused.value)

    def _push(self, pusher: Pusher, sealed: bytes, nonce: str) -> PushRefusal | None:
        return pusher.push(self._proofs.unsealed(sealed, nonce) or b"")  # which is no picture


class _Session(StreamingResponse):
    """The answer that stays open; however it ends, the pusher leaves."""

    def __init__(self, pusher: Pusher, lines: AsyncIterator[bytes]) -> None:
        super().__init__(lines, media_type="application/x-ndjson")
        self._pusher = pusher

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._pusher.leave()


def _line(**said: object) -> bytes:
    return json.dumps(said).encode() + b"\n"
