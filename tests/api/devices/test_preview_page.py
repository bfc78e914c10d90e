"""The page that shows a live preview: what it shows of any device, to whom, and how it ends."""

from __future__ import annotations

import http.client
import io
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from api.devices.preview_page import PreviewPage, serve_preview
from api.devices.showing import Ended
from biometrics.arrays import Pixels
from biometrics.errors import DeviceBusyError, DeviceLostError
from biometrics.samples import now_utc
from devices.browser.pages import asset, words_of
from devices.contract import DeviceDescriptor, DeviceKind, Frame
from devices.drivers import Drivers
from devices.opened import open_device
from tests.devices.browser.cards import card
from tests.devices.browser.chromium import chromium
from tests.devices.browser.page import TIMEOUT_S, Address
from tests.devices.rigs.browser import listener

CAMERA = DeviceDescriptor(uri="v4l2:0", kind=DeviceKind.CAMERA, name="<Webcam> & more")
SIMULATED = DeviceDescriptor(uri="video:x", kind=DeviceKind.CAMERA, name="film", simulated=True)


class Source:
    """Frames that a test gives one by one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._given: list[Pixels] = []
        self._error: Exception | None = None
        self._over = False

    def give(self, pixels: Pixels) -> None:
        with self._changed:
            self._given.append(pixels)
            self._changed.notify_all()

    def end(self, error: Exception | None = None) -> None:
        with self._changed:
            self._error, self._over = error, True
            self._changed.notify_all()

    def close(self) -> None:
        self.end()

    def __iter__(self) -> Iterator[Frame]:
        number = 0
        while True:
            with self._changed:
                self._changed.wait_for(lambda n=number: len(self._given) > n or self._over)  # type: ignore[misc]
                if self._over:
                    if self._error is not None:
                        raise self._error
                    return
                pixels = self._given[number]
            yield Frame(pixels=pixels, number=number, captured_at=now_utc())
            number += 1


@pytest.fixture(autouse=True)
def _nobody_follows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test but that with a browser has a page that must be told the end."""
    if request.node.get_closest_marker("slow") is None:
        monkeypatch.setattr("api.devices.preview_page._LAST_WORDS_S", 0.0)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def page(source: Source) -> Iterator[PreviewPage]:
    with closing(serve_preview(source, lambda frame: [f"largeur : {frame.pixels.shape[1]}"], device=CAMERA)) as shown:
        yield shown


def ask(page: PreviewPage, after: int | str = -1, **fields: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    address = Address.of(page.url)
    given = {"Origin": address.origin, **fields}
    if "Authorization" not in given:
        given["Authorization"] = f"Bearer {address.meet().credential}"
    with address.connection() as connection:
        connection.request("POST", "/frame", str(after).encode(), given)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def gray(width: int, shade: int = 200) -> Pixels:
    return np.full((150, width), shade, np.uint8)


def test_a_frame_is_shown_with_what_to_do(page: PreviewPage, source: Source) -> None:
    source.give(np.array(card(1)))
    status, fields, body = ask(page)
    assert (status, fields["content-type"], fields["x-number"]) == (200, "image/jpeg", "0")
    assert json.loads(fields["x-told"]) == ["largeur : 320"]
    with Image.open(io.BytesIO(body)) as picture:
        assert (picture.size, picture.mode) == ((320, 240), "RGB")


def test_grey_frames_stay_grey_and_large_ones_are_made_smaller(page: PreviewPage, source: Source) -> None:
    source.give(gray(3000))
    _, _, body = ask(page)
    with Image.open(io.BytesIO(body)) as picture:
        assert (picture.size, picture.mode) == ((1280, 64), "L")


def test_the_newest_frame_wins_and_is_shown_once(page: PreviewPage, source: Source) -> None:
    source.give(gray(200))
    assert ask(page)[1]["x-number"] == "0"
    for width in (300, 400, 500):
        source.give(gray(width))
    number, told = 0, ""
    while told != "largeur : 500":
        _, fields, _ = ask(page, number)
        assert int(fields["x-number"]) > number
        number, told = int(fields["x-number"]), json.loads(fields["x-told"])[0]
    assert number == 3


def test_a_page_that_waits_for_long_is_told_that_there_is_nothing(
    page: PreviewPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.devices.preview_page._WAITS_S", 0.05)
    assert ask(page)[0] == 204


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (None, {"ended": "over", "told": ""}),
        (
            DeviceLostError("it was pulled out", source="v4l2:0", remedy="plug it in"),
            {"ended": "failed", "told": "v4l2:0: it was pulled out (plug it in)"},
        ),
    ],
)
def test_the_end_of_the_frames_is_told(
    page: PreviewPage, source: Source, error: Exception | None, answer: dict[str, str]
) -> None:
    source.give(gray(200))
    source.end(error)
    assert page.wait(TIMEOUT_S) == Ended(failed=error is not None, told=answer["told"])
    assert json.loads(ask(page)[2]) == answer


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_look_that_fails_ends_the_preview_without_telling_why(source: Source) -> None:
    def fails(_: Frame) -> list[str]:
        raise ValueError("secret")

    with closing(serve_preview(source, fails)) as page:
        source.give(gray(200))
        assert page.wait(TIMEOUT_S) == Ended(failed=True)
        assert json.loads(ask(page)[2]) == {"ended": "failed", "told": ""}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": ""}, 401),
        ({"Origin": "http://evil.example"}, 403),
        ({"Host": "evil.example"}, 421),
    ],
)
def test_nobody_else_sees_the_person(page: PreviewPage, source: Source, fields: dict[str, str], status: int) -> None:
    source.give(gray(200))
    answered, _, body = ask(page, **fields)
    assert answered == status
    assert b"\xff\xd8" not in body


@pytest.mark.parametrize("after", ["", "x", "1.5", "--1", "1" * 21, "٣"])
def test_a_number_that_is_none_is_refused(page: PreviewPage, after: str) -> None:
    assert ask(page, after)[0] in (413, 422)


def test_the_page_tells_the_device_and_whether_it_shows_anybody(page: PreviewPage) -> None:
    def fetched(shown: PreviewPage, **fields: str) -> str:
        with Address.of(shown.url).connection() as connection:
            connection.request("GET", "/", headers=fields)
            return connection.getresponse().read().decode()

    text = fetched(page, **{"Accept-Language": "fr"})
    assert '<html lang="fr">' in text
    assert "<Webcam>" not in text
    assert json.loads(text.split('id="data">')[1].split("</script>")[0])["settings"] == {
        "name": "<Webcam> & more", "simulated": False,
    }  # fmt: skip
    assert Address.of(page.url).token not in text
    with closing(serve_preview([], lambda _: [], device=SIMULATED, language="en")) as other:
        text = fetched(other, **{"Accept-Language": "fr"})
        assert '<html lang="en">' in text
        assert '"simulated": true' in text


def test_pictures_of_nobody_carry_the_mark(source: Source) -> None:
    with closing(serve_preview(source, lambda _: [], device=SIMULATED)) as page:
        source.give(gray(200))
        assert b"simulated" in ask(page)[2].lower()


def test_a_port_that_is_taken_is_busy() -> None:
    with closing(listener()) as foreign, pytest.raises(DeviceBusyError):
        serve_preview([], lambda _: [], port=foreign.getsockname()[1])


def test_closing_ends_the_frames_and_leaves_nothing(source: Source) -> None:
    before = threading.active_count()
    page = serve_preview(source, lambda _: [])
    source.give(gray(200))
    assert ask(page)[0] == 200
    page.close()
    page.close()
    assert threading.active_count() == before


def endless() -> Iterator[Frame]:
    number = 0
    ticks = threading.Event()
    while not ticks.wait(0.03):
        yield Frame(pixels=np.array(card(number)), number=number, captured_at=now_utc())
        number += 1


def test_a_generator_that_is_under_way_ends_too() -> None:
    before = threading.active_count()
    page = serve_preview(endless(), lambda _: [])
    assert ask(page)[0] == 200
    page.close()
    assert threading.active_count() == before


def test_an_open_device_is_shown() -> None:
    with (
        open_device("browser:0?simulated=1", Drivers()) as device,
        device.stream(timeout_s=TIMEOUT_S) as frames,
        closing(serve_preview(frames, lambda _: [], device=device.info.descriptor)) as page,
    ):
        assert page.wait(0.05) is None


def test_every_word_is_there_in_both_languages() -> None:
    words, script = words_of("api.devices", "preview.toml"), asset("api.devices", "preview.js")
    assert set(words["en"]) == set(words["fr"])
    assert all(words["en"][key] != words["fr"][key] for key in words["en"])
    for key in ("waiting", "expired", "lost"):
        assert f'"{key}"' in script
        assert key in words["en"]


@pytest.mark.slow
def test_people_see_it_in_a_real_browser(tmp_path: Path) -> None:
    def state(expected: str) -> str:
        return f"document.getElementById('status')?.dataset.state === '{expected}'"

    with chromium(tmp_path) as browser:
        source = Source()
        with closing(serve_preview(source, lambda _: ["Rapprochez-vous", "Levez la tête"], device=SIMULATED)) as page:
            browser.speak("fr")
            browser.resize(360, 740)
            browser.open(page.url)
            browser.wait(state("waiting"))
            source.give(np.array(card(1, width=640, height=480)))
            browser.wait(state("showing"))
            browser.wait("document.getElementById('picture').naturalWidth === 640")
            told = str(browser.evaluate("document.body.innerText"))
            assert "Ce que voit l’appareil" in told
            assert "Rapprochez-vous\nLevez la tête" in told
            assert "Simulation" in told
            assert "#" not in str(browser.evaluate("location.href"))
            assert browser.evaluate("document.documentElement.scrollWidth") == 360
            source.give(gray(300))
            browser.wait("document.getElementById('picture').naturalWidth === 300")
            browser.reload()
            browser.wait("document.getElementById('picture')?.naturalWidth === 300")
        browser.wait(state("over"))
        assert browser.evaluate("document.getElementById('picture').hidden"), "nobody stays on the screen"
