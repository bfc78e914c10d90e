"""A page on 127.0.0.1 that shows what an open device sees, live, with what the person should do; nothing is kept.

::

    with device.stream(timeout_s=120) as frames, closing(serve_preview(frames, look)) as page:
        print(page.url)
        page.wait()
"""

from __future__ import annotations

import asyncio
import json
import math
import threading
import time
from collections.abc import Iterable

from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from api.devices.showing import Ended, Look, Showing, Shown
from biometrics.arrays import Pixels
from biometrics.image_writing import encode_jpeg
from devices.browser.gate import Gate, body_of, refusal
from devices.browser.loopback import HOST, LoopbackServer, listen
from devices.browser.pages import LANGUAGES, asset, language_of, page, words_of
from devices.browser.proofs import Proofs
from devices.browser.tokens import new_token
from devices.contract import DeviceDescriptor, Frame

_PACKAGE = "api.devices"

_WAITS_S = 2.0
"""How long a page is kept waiting for a frame before it is told that there is none."""

_FOLLOWS_S = 5.0
"""A page that asked so lately is still open, perhaps."""

_LAST_WORDS_S = 2.0
"""What a busy machine takes until a page that follows has asked once more; it is not waited for after that."""

_LONGEST_SIDE = 1280
"""Pixels of a picture on the page: a screen shows no more, and a slap at 500 ppi has 1,600."""

_JPEG_QUALITY = 82

_MOST_NUMBER_BYTES = 20


class PreviewPage:
    """A page that is served until it is closed; made by `serve_preview`.

    Parameters
    ----------
    showing, service, server
        What it shows, and how.
    url
        Its address, with the token that opens it: whoever has it sees the person.
    """

    def __init__(self, showing: Showing, service: _PreviewService, server: LoopbackServer, url: str) -> None:
        self._showing = showing
        self._service = service
        self._server = server
        self.url = url

    def wait(self, timeout_s: float | None = None) -> Ended | None:
        """Wait until there are no more frames; None when there still are after that time."""
        return self._showing.wait(timeout_s)

    def close(self) -> None:
        """End the frames and serve no more; closing again does nothing."""
        self._showing.close()
        self._service.tell_the_end()
        self._server.close()


def serve_preview(
    frames: Iterable[Frame],
    look: Look,
    *,
    device: DeviceDescriptor | None = None,
    port: int = 0,
    language: str | None = None,
) -> PreviewPage:
    """Show frames on a page, grey or coloured, the newest one first.

    Parameters
    ----------
    frames
        As a device streams them; closed with the page where they can be.
    look
        Says of each what the person should do, in the language of whoever reads the page.
    device
        Whose name the page tells, and whether it shows anybody.
    port
        On 127.0.0.1; 0 is any free one.
    language
        `en` or `fr`; None is the browser's.

    Raises
    ------
    DeviceBusyError
        When another program uses the port.
    CaptureError
        When the port may not be used.
    """
    listener = listen(port, f"{HOST}:{port}")
    own_port: int = listener.getsockname()[1]
    token, showing = new_token(), Showing(frames, look)
    service = _PreviewService(showing, Proofs(token, own_port), device, language)
    server = LoopbackServer(listener, Gate(service.app(), port=own_port))
    return PreviewPage(showing, service, server, f"http://{HOST}:{own_port}/#{token}")


class _PreviewService:
    """Answers the page: `POST /frame` with the number of the last frame gives the next one, as soon as there is one.

    Both prove themselves first: `devices.browser.proofs`.
    """

    def __init__(self, showing: Showing, proofs: Proofs, device: DeviceDescriptor | None, language: str | None) -> None:
        self._showing = showing
        self._proofs = proofs
        self._device = device
        self._language = language if language in LANGUAGES else None
        self._words = words_of(_PACKAGE, "preview.toml")
        self._template, self._script = asset(_PACKAGE, "preview.html"), asset(_PACKAGE, "preview.js")
        self._style, self._proof = asset("devices.browser", "page.css"), asset("devices.browser", "proof.js")
        self._asked_at = -math.inf
        self._end_told = threading.Event()

    def tell_the_end(self) -> None:
        """Wait a moment for a page that follows to ask once more, so that it knows why there are no more pictures."""
        if time.monotonic() - self._asked_at < _FOLLOWS_S:
            self._end_told.wait(_LAST_WORDS_S)
            self._end_told.set()

    def app(self) -> Starlette:
        """Return the application."""
        routes = [
            Route("/", self._page),
            Route("/page.css", lambda _: Response(self._style, media_type="text/css")),
            Route("/preview.js", lambda _: Response(self._script, media_type="text/javascript")),
            Route("/proof.js", lambda _: Response(self._proof, media_type="text/javascript")),
            Route("/hello", self._proofs.hello, methods=["POST"]),
            Route("/frame", self._frame, methods=["POST"]),
        ]
        app = Starlette(routes=routes)
        app.router.redirect_slashes = False
        return app

    async def _page(self, request: Request) -> Response:
        language = self._language or language_of(request)[0]
        device = self._device
        settings = {
            "name": "" if device is None else device.name,
            "simulated": device is not None and device.simulated,
        }
        return HTMLResponse(page(self._template, self._words[language], language=language, settings=settings))

    async def _frame(self, request: Request) -> Response:
        if self._proofs.nonce_of(request) is None:
            return refusal(401, "wrong_token")
        body = await body_of(request, _MOST_NUMBER_BYTES)
        if isinstance(body, Response):
            return body
        self._asked_at = time.monotonic()
        number = body.decode("latin-1").removeprefix("-")
        if not (number.isascii() and number.isdecimal()):
            return refusal(422, "no_number")
        return await asyncio.to_thread(self._answer, int(body))

    def _answer(self, number: int) -> Response:
        newer = self._showing.newer(number, _WAITS_S)
        if newer is None:
            return Response(status_code=204)
        if isinstance(newer, Ended):
            self._end_told.set()
            return JSONResponse({"ended": "failed" if newer.failed else "over", "told": newer.told})
        return self._picture(newer)

    def _picture(self, shown: Shown) -> Response:
        simulated = self._device is not None and self._device.simulated
        encoded = encode_jpeg(_for_screens(shown.frame.pixels), quality=_JPEG_QUALITY, simulated=simulated)
        fields = {"x-number": str(shown.number), "x-told": json.dumps(shown.told)}
        return Response(encoded, media_type="image/jpeg", headers=fields)


def _for_screens(pixels: Pixels) -> Image.Image:
    image = Image.fromarray(pixels)
    image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return image
