"""A real browser without a window, driven over a pipe by its own debugging protocol: no port, no package."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

BROWSER = "chromium"
START_S = 60.0

_FLAGS = (
    "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--no-first-run", "--disable-gpu",
    "--disable-dev-shm-usage", "--disable-background-networking", "--disable-extensions", "--mute-audio",
    "--force-color-profile=srgb", "--hide-scrollbars", "--disable-breakpad", "--disable-crash-reporter",
)  # fmt: skip


class Chromium:
    """One browser with one page.

    Parameters
    ----------
    folder
        For its profile.
    flags
        Beside those that every test needs.
    """

    def __init__(self, folder: Path, flags: Sequence[str] = ()) -> None:
        command = shutil.which(BROWSER)
        if command is None:
            pytest.skip("needs chromium: apt-get install chromium")
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        given = [command, *_FLAGS, f"--user-data-dir={folder / 'profile'}", *flags]
        self._process = subprocess.Popen(
            # It reads commands from descriptor 3 and answers on 4.
            ["bash", "-c", f'exec "$@" 3<&{to_read} 4>&{to_write}', "_", *given],
            pass_fds=(to_read, to_write),
            env={**os.environ, "HOME": str(folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(to_read)
        os.close(to_write)
        self._left = b""
        self._number = 0
        self._session: str | None = None
        self._watchdog = threading.Timer(3 * START_S, self.kill)  # whatever hangs ends in an error
        self._watchdog.start()
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = str(self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])

    def ask(self, method: str, **parameters: object) -> dict[str, object]:
        """Give a command and wait for its answer."""
        self._number += 1
        asked: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            asked["sessionId"] = self._session
        os.write(self._write, json.dumps(asked).encode() + b"\0")
        while True:
            told = json.loads(self._message())
            if told.get("id") == self._number:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']}")
                answered: dict[str, object] = told["result"]
                return answered

    def open(self, url: str) -> None:
        self.ask("Page.navigate", url=url)

    def reload(self) -> None:
        """Load the page anew, and wait until nothing is left of what was there before."""
        self.evaluate("window.before = true; void setTimeout(() => location.reload())")  # once this was answered
        self.wait("!window.before && document.readyState === 'complete'")

    def evaluate(self, expression: str) -> object:
        """Return the value of an expression in the page."""
        told = self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, userGesture=True
        )
        assert "exceptionDetails" not in told, told
        result = told["result"]
        assert isinstance(result, dict)
        return result.get("value")

    def wait(self, expression: str, *, seconds: float = START_S) -> None:
        """Wait until an expression is true in the page."""
        end = time.monotonic() + seconds
        while not self._is_true(expression):
            assert time.monotonic() < end, (expression, self.evaluate("document.body.innerText"))
            time.sleep(0.05)

    def _is_true(self, expression: str) -> bool:
        try:
            return self.evaluate(f"Boolean({expression})") is True
        except RuntimeError:
            return False  # the page is just being exchanged for another

    def speak(self, language: str) -> None:
        self.ask("Emulation.setUserAgentOverride", userAgent="test", acceptLanguage=language)

    def resize(self, width: int, height: int) -> None:
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def screenshot(self, path: Path) -> None:
        data = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(str(data)))

    def kill(self) -> None:
        """End it as a crash does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        self._watchdog.cancel()
        self._watchdog.join()
        self.kill()
        self._process.wait()
        os.close(self._write)
        os.close(self._read)

    def _message(self) -> bytes:
        while b"\0" not in self._left:
            part = os.read(self._read, 1 << 20)
            assert part, "the browser ended"
            self._left += part
        message, _, self._left = self._left.partition(b"\0")
        return message


@contextlib.contextmanager
def chromium(folder: Path, *flags: str) -> Iterator[Chromium]:
    browser = Chromium(folder, flags)
    try:
        yield browser
    finally:
        browser.close()


def with_clip(clip: Path) -> tuple[str, ...]:
    """Return what gives the browser a film for a camera, which it may use without asking."""
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={clip}",
    )
