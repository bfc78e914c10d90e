"""A page on 127.0.0.1 that shows what an open device sees, live, with what the person should do; nothing is kept.

::

    with device.stream(timeout_s=120) as frames, closing(serve_preview(frames, look)) as shown:
        print(shown.url)
        shown.wait(120)
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from api.devices.showing import Showing
from biometrics.image_writing import encode_jpeg
from devices.browser.gate import Gate, bears, body_of, refusal
from devices.browser.loopback import HOST, LoopbackServer, listen
from devices.browser.pages import LANGUAGES, asset, language_of, page, words_of
from devices.browser.tokens import new_token
from devices.contract import Frame
