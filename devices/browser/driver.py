"""The driver of `browser:PORT`: a page on 127.0.0.1 shows the camera of whichever browser opens it and pushes frames.

`browser:0` takes any free port. The address of the page, with a token, is `info.details["url"]`. `simulated=1` says
that the frames are nobody's, for tests and demonstrations: `browser:8787?simulated=1`.
"""

from __future__ import annotations

import shutil
import threading
from collections import defaultdict
from collections.abc import Sequence

from biometrics.errors import CaptureError
from devices.browser.tokens import new_token
from devices.calls import Call
from devices.choices import DeviceChoices
from devices.contract import Device, DeviceDescriptor, Finding
from devices.uris import DeviceUri

SCHEME = "browser"
_EXAMPLE = f"write it like {SCHEME}:0, {SCHEME}:8787 or {SCHEME}:0?simulated=1"
_HIGHEST_PORT = 65_535
_BROWSERS = ("firefox", "firefox-esr", "chromium", "chromium-browser", "google-chrome", "microsoft-edge")


class BrowserDriver:
    """Implements `devices.contract.Driver`.

    It remembers port and token of what was opened by a URI. Opened again, it has the same address if the port is free,
    so that a page which lost its station finds it again by itself.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)

    @property
    def schemes(self) -> tuple[str, ...]:
        """The scheme."""
        return (SCHEME,)

    @property
    def exclusive(self) -> bool:
        """No: each opening by `browser:0` is a camera of its own, and a port belongs to one program anyway."""
        return False

    def discover(self, call: Call) -> Sequence[DeviceDescriptor]:
        """Return nothing: a browser connects by itself, once a camera of this driver is open."""
        return ()

    def open(self, uri: DeviceUri, call: Call) -> Device:
        """Serve the page.

        Raises
        ------
        DeviceBusyError
            When another program uses the port.
        CaptureError
            When the URI cannot be read, or the port may not be used.
        """
        from devices.browser.served import ServedCamera, listen_at  # noqa: PLC0415 - a web server, not to be listed

        port, simulated = _read(uri)
        with self._lock:
            left = self._left[uri.text]
            last_port, token = left.pop() if left else (0, new_token())
        listener = listen_at(port, last_port, uri.shown)
        place = (listener.getsockname()[1], token)
        return ServedCamera(
            uri.shown, listener, token=token, simulated=simulated, left=lambda: self._leave(uri.text, place)
        )

    def examine(self, call: Call) -> Sequence[Finding]:
        """Look for a browser."""
        found = ", ".join(name for name in _BROWSERS if shutil.which(name))
        return (
            Finding(
                what="web browser, for browser:0",
                fine=bool(found),
                told=found or "no known one; the page with the camera needs a browser on this machine",
                command="" if found else "apt-get install firefox-esr",
                optional=True,
            ),
        )

    def _leave(self, uri: str, place: tuple[int, str]) -> None:
        with self._lock:
            self._left[uri].append(place)


def driver(choices: DeviceChoices) -> BrowserDriver:
    """Return the driver; an installation chooses nothing about it."""
    return BrowserDriver()


def _read(uri: DeviceUri) -> tuple[int, bool]:
    given = uri.parameters(frozenset({"simulated"}), _EXAMPLE)
    target = uri.target
    if not (target.isascii() and target.isdecimal() and len(target) <= 5 and int(target) <= _HIGHEST_PORT):
        raise CaptureError("the URI names no port", source=uri.shown, remedy=_EXAMPLE)
    if given.get("simulated", "0") not in ("0", "1"):
        raise CaptureError("simulated must be 0 or 1", source=uri.shown, remedy=_EXAMPLE)
    return int(target), given.get("simulated") == "1"
