"""The page that shows a browser's camera and pushes its frames: what it asks of the station, and what it is told.

`POST /session` with the token makes it the pusher. The answer stays open, a line of JSON for each thing that the page
must know: the key of its session, whether frames are wanted, why it ended. Each side sees the other one go.
`POST /frame` with the session's key gives one frame, and is answered 204, or with the reason why it was not taken.
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
from devices.browser.gate import bears, body_of, refusal
from devices.browser.pages import asset, language_of, page, words_of
from devices.browser.pushes import PushRefusal
from devices.browser.tokens import new_token

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
    token
        What the address of the page holds.
    """

    def __init__(self, channel: FrameChannel, token: str) -> None:
        self._channel = channel
        self._token = token
        self._key = new_token()
        self._pusher: Pusher | None = None
        self._words = words_of(_PACKAGE, "camera.toml")
        self._template = asset(_PACKAGE, "camera.html")
        self._style, self._script = asset(_PACKAGE, "page.css"), asset(_PACKAGE, "camera.js")

    def app(self) -> Starlette:
        """Return the application."""
        routes = [
            Route("/", self._page),
            Route("/page.css", lambda _: Response(self._style, media_type="text/css")),
            Route("/camera.js", lambda _: Response(self._script, media_type="text/javascript")),
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
        if not bears(request, self._token):
            return refusal(401, "wrong_token")
        body = await body_of(request, 100)
        if isinstance(body, Response):
            return body
        pusher = self._channel.connect(take_over=body == b"take_over")
        if pusher is None:
            return refusal(409, "closed" if self._channel.closed else "occupied")
        self._pusher, self._key = pusher, new_token()
        return _Session(pusher, self._told(pusher, self._key))

    async def _told(self, pusher: Pusher, key: str) -> AsyncIterator[bytes]:
        """Yield what the page must know, until it is the pusher no more."""
        channel, woken = self._channel, asyncio.Event()
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(woken.set)

        with channel.watching(wake):
            yield _line(session=key)
            while pusher.connected:
                woken.clear()
                yield _line(wanted=channel.wanted)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), _BEAT_S)
            yield _line(ended="closed" if channel.closed else "taken_over")

    async def _frame(self, request: Request) -> Response:
        pusher = self._pusher
        if pusher is None or not pusher.connected or not bears(request, self._key):
            return refusal(409, PushRefusal.NOT_CONNECTED.value)
        body = await body_of(request, self._channel.limits.most_bytes)
        if isinstance(body, Response):
            pusher.count_refused()
            return body
        refused = await asyncio.to_thread(pusher.push, body)
        return Response(status_code=204) if refused is None else refusal(_STATUS[refused], refused.value)


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
