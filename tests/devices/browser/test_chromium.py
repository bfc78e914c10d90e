"""The page of a browser's camera in a real browser: what people see, what is captured, and what goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from biometrics.errors import BiometricsError, DeviceLostError
from biometrics.positions import Position
from devices.browser.driver import driver
from devices.browser.served import ServedCamera
from devices.calls import Call
from devices.choices import DEFAULT_CHOICES
from devices.contract import Captured, CaptureRequest, Device, FrameJudgement
from devices.uris import DeviceUri
from tests.devices.browser.cards import is_card, write_clip
from tests.devices.browser.chromium import Chromium, chromium, with_clip
from tests.devices.browser.impostor import impostor
from tests.devices.browser.page import TIMEOUT_S, Address

pytestmark = pytest.mark.slow

FACE = CaptureRequest(positions=(Position.FACE,))
LONG_S = 60.0


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """Give a browser with a film of test cards for a camera, which it may use."""
    folder = tmp_path_factory.mktemp("chromium")
    write_clip(folder / "cards.mjpeg")
    with chromium(folder, *with_clip(folder / "cards.mjpeg")) as opened:
        opened.speak("en")
        yield opened


def is_said(browser: Chromium, state: str) -> None:
    browser.wait(f"document.getElementById('status')?.dataset.state === '{state}'")


def seen(browser: Chromium) -> str:
    return str(browser.evaluate("document.body.innerText"))


def visit(browser: Chromium, camera: Device) -> None:
    browser.open("about:blank")
    browser.open(camera.info.details["url"])


class Waiting:
    """A capture in another thread that takes no frame."""

    def __init__(self, camera: ServedCamera) -> None:
        self.ended: BiometricsError | Captured | None = None
        self._camera = camera
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        judging = CaptureRequest(positions=(Position.FACE,), judge=lambda _: FrameJudgement(score=None))
        try:
            self.ended = self._camera.capture(judging, Call("browser:0", LONG_S))
        except BiometricsError as error:
            self.ended = error


def test_a_person_is_told_what_happens_and_captured(browser: Chromium, camera: ServedCamera) -> None:
    visit(browser, camera)
    is_said(browser, "ready")
    assert "takes your portrait" in seen(browser)
    assert "This page keeps nothing" in seen(browser)
    assert "Simulation" in seen(browser)
    assert "#" not in str(browser.evaluate("location.href")), "the token does not stay in the address"
    got = camera.capture(FACE, Call("browser:0", LONG_S))
    assert got.samples[0].sample.pixels.shape == (480, 640, 3)
    assert is_card(got.samples[0].sample.pixels), "not mirrored, and in the right colours"
    assert sum(1 for _ in camera.stream(Call("browser:0", 2.0))) > 2
    is_said(browser, "ready")


def test_a_page_that_is_reloaded_comes_back_by_itself_in_the_other_language_too(
    browser: Chromium, camera: ServedCamera
) -> None:
    visit(browser, camera)
    is_said(browser, "ready")
    browser.reload()
    is_said(browser, "ready")
    browser.evaluate("void setTimeout(() => document.getElementById('other-language').click())")
    browser.wait("document.documentElement?.lang === 'fr'")
    is_said(browser, "ready")
    assert "Aucune image n’est envoyée" in seen(browser)
    assert camera.capture(FACE, Call("browser:0", LONG_S)).samples


def test_a_camera_that_is_pulled_out_ends_the_capture_and_can_be_tried_again(
    browser: Chromium, camera: ServedCamera
) -> None:
    visit(browser, camera)
    is_said(browser, "ready")
    waiting = Waiting(camera)
    is_said(browser, "sending")
    browser.evaluate("camera.getVideoTracks()[0].dispatchEvent(new Event('ended'))")
    waiting.thread.join(TIMEOUT_S)
    assert isinstance(waiting.ended, DeviceLostError)
    is_said(browser, "unplugged")
    assert browser.evaluate("document.getElementById('action').innerText") == "Try again"
    browser.evaluate("document.getElementById('action').click()")
    is_said(browser, "ready")
    assert camera.capture(FACE, Call("browser:0", LONG_S)).samples


@pytest.mark.parametrize(
    ("failure", "state"), [("NotAllowedError", "denied"), ("NotReadableError", "in_use"), ("NotFoundError", "none")]
)
def test_what_keeps_the_camera_from_starting_is_said(
    browser: Chromium, camera: ServedCamera, failure: str, state: str
) -> None:
    visit(browser, camera)
    is_said(browser, "ready")
    browser.evaluate(
        "navigator.mediaDevices.real = navigator.mediaDevices.getUserMedia;"
        f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{failure}'); }}; start()"
    )
    is_said(browser, state)
    assert browser.evaluate("document.getElementById('video').hidden")
    browser.evaluate("navigator.mediaDevices.getUserMedia = navigator.mediaDevices.real")
    browser.evaluate("document.getElementById('action').click()")
    is_said(browser, "ready")


def test_a_second_page_is_told_and_may_take_over(browser: Chromium, camera: ServedCamera, tmp_path: Path) -> None:
    visit(browser, camera)
    is_said(browser, "ready")
    write_clip(tmp_path / "cards.mjpeg")
    with chromium(tmp_path, *with_clip(tmp_path / "cards.mjpeg")) as other:
        other.speak("fr")
        visit(other, camera)
        is_said(other, "occupied")
        assert "Une autre page est déjà connectée" in seen(other)
        other.evaluate("document.getElementById('action').click()")
        is_said(other, "ready")
        is_said(browser, "taken_over")
        assert browser.evaluate("camera === null"), "the camera is off"
        waiting = Waiting(camera)
        is_said(other, "sending")
        other.kill()
        waiting.thread.join(TIMEOUT_S)
        assert isinstance(waiting.ended, DeviceLostError)


def test_a_wrong_address_and_a_station_that_ends_are_said(browser: Chromium, camera: ServedCamera) -> None:
    browser.open("about:blank")
    browser.open(camera.info.details["url"] + "x")
    is_said(browser, "expired")
    visit(browser, camera)
    is_said(browser, "ready")
    camera.close()
    is_said(browser, "lost")


def test_a_page_tells_nothing_to_another_program_that_listens_in_place_of_its_station(
    browser: Chromium, camera: ServedCamera
) -> None:
    visit(browser, camera)
    is_said(browser, "ready")
    address = Address.of(camera.info.details["url"])
    camera.close()
    with impostor(address.port) as other:
        assert other.asked.wait(LONG_S)
        is_said(browser, "expired")
        assert browser.evaluate("camera === null"), "the camera is off"
        assert browser.evaluate("JSON.stringify(sessionStorage)") == "{}", "nor does a reload give it away"
    assert {path for path, _, _ in other.told} == {"/hello"}
    assert not [told for told in other.told if address.token in told[1] or address.token.encode() in told[2]]
    assert not [fields for _, fields, _ in other.told if "authorization" in fields.lower()]


RECORDING = """
window.sent = [];
window.really = window.fetch;
window.fetch = async (path, asked) => {
  const body = new Uint8Array(await new Response(asked.body).arrayBuffer());
  const begins = String.fromCharCode(...body.slice(0, 64));
  sent.push([path, JSON.stringify(asked.headers ?? {}), begins]);
  return really(path, asked);
};
start(); true
"""


def test_neither_token_nor_open_pictures_leave_the_page(browser: Chromium, camera: ServedCamera) -> None:
    visit(browser, camera)
    is_said(browser, "ready")
    browser.evaluate(RECORDING)
    browser.wait("sent.some(([path]) => path === 'session')")
    is_said(browser, "ready")
    assert camera.capture(FACE, Call("browser:0", LONG_S)).samples
    token = Address.of(camera.info.details["url"]).token
    sent = browser.evaluate("sent")
    assert isinstance(sent, list)
    assert {"hello", "session", "frame"} == {path for path, _, _ in sent}
    assert token not in str(sent)
    assert not [body for path, _, body in sent if path == "frame" and ("JFIF" in body or body.startswith("\xff\xd8"))]


def test_a_page_finds_its_station_again_and_is_reloaded_afterwards(browser: Chromium) -> None:
    by, uri = driver(DEFAULT_CHOICES), DeviceUri.parse("browser:0?simulated=1")
    with closing(by.open(uri, Call(uri.shown, LONG_S))) as camera:
        visit(browser, camera)
        is_said(browser, "ready")
    is_said(browser, "lost")
    with closing(by.open(uri, Call(uri.shown, LONG_S))) as again:
        is_said(browser, "ready")
        browser.reload()
        is_said(browser, "ready")
        assert again.capture(FACE, Call("browser:0", LONG_S)).samples


def test_a_browser_that_may_not_or_has_no_camera_says_so(camera: ServedCamera, tmp_path: Path) -> None:
    with chromium(tmp_path) as browser:
        browser.speak("fr")
        visit(browser, camera)
        is_said(browser, "waiting")
        browser.ask("Browser.setPermission", permission={"name": "camera"}, setting="granted")
        browser.evaluate("document.getElementById('action').click()")
        is_said(browser, "none")
        assert "Aucune caméra n’a été trouvée" in seen(browser)
        browser.ask("Browser.setPermission", permission={"name": "camera"}, setting="denied")
        browser.evaluate("document.getElementById('action').click()")
        browser.wait("['none', 'denied'].includes(document.getElementById('status').dataset.state)")


CONTRASTS = """
(() => {
  const light = (c) => { const [r, g, b] = c.match(/[0-9.]+/g).slice(0, 3).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$/.test(c)) return c; } return "rgb(255, 255, 255)"; };
  const texts = [...document.querySelectorAll("h1, p, a, button, label, select, li")].filter((e) => e.innerText.trim());
  return Math.min(...texts.map((e) => { const [a, b] = [light(getComputedStyle(e).color), light(behind(e))]
    .sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); }));
})()
"""
"""The least contrast of any text that shows, as WCAG 2 computes it."""


def test_everybody_can_read_it(browser: Chromium, camera: ServedCamera) -> None:
    visit(browser, camera)
    is_said(browser, "ready")
    for state, kind in (("ready", "good"), ("sending", "active"), ("denied", "wrong"), ("connecting", "")):
        browser.evaluate(
            f"say('{state}', '{kind}'); offer('retry', start); document.getElementById('choice').hidden = false"
        )
        assert float(str(browser.evaluate(CONTRASTS))) >= 4.5, state
    for width in (320, 360, 1400):
        browser.resize(width, 800)
        assert browser.evaluate("document.documentElement.scrollWidth") == width, "nothing is cut off"
        assert float(str(browser.evaluate("parseFloat(getComputedStyle(document.body).fontSize)"))) >= 18
        assert int(str(browser.evaluate("document.getElementById('action').offsetHeight"))) >= 44
    browser.evaluate("document.getElementById('action').focus({ focusVisible: true })")
    assert browser.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert browser.evaluate("document.getElementById('status').getAttribute('role')") == "status"
    assert browser.evaluate("document.getElementById('cameras').labels.length") == 1
    assert browser.evaluate("document.getElementById('video').getAttribute('aria-label')")
