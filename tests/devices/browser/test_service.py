"""The page's side of a camera on loopback: sessions, frames, and what each is told."""

from __future__ import annotations

import json
import threading

import pytest

from biometrics.errors import DeviceLostError
from biometrics.positions import Position
from devices.browser.served import ServedCamera
from devices.calls import Call
from devices.contract import Captured, CaptureRequest
from tests.devices.browser.cards import is_card, jpeg
from tests.devices.browser.page import TIMEOUT_S, Address, Session

FACE = CaptureRequest(positions=(Position.FACE,))


class Capturing:
    """A capture in another thread."""

    def __init__(self, camera: ServedCamera) -> None:
        self.got: Captured | Exception | None = None
        self._camera = camera
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def result(self) -> Captured:
        self._thread.join(TIMEOUT_S)
        if isinstance(self.got, Exception):
            raise self.got
        assert self.got is not None
        return self.got

    def _run(self) -> None:
        try:
            self.got = self._camera.capture(FACE, Call("browser:0", TIMEOUT_S))
        except Exception as error:  # noqa: BLE001 - raised where the result is asked for
            self.got = error


def test_a_page_is_told_when_frames_are_wanted_and_one_it_pushes_is_captured(
    camera: ServedCamera, address: Address
) -> None:
    with Session(address) as session:
        assert session.wait(lambda told: told.get("wanted") is False)
        capturing = Capturing(camera)
        assert session.wait(lambda told: told.get("wanted") is True)
        assert session.push(jpeg(5)) == (204, None)
        sample = capturing.result().samples[0].sample
        assert is_card(sample.pixels)
        assert sample.simulated
        assert session.wait(lambda _: session.told[-1] == {"wanted": False})


def test_a_second_page_is_told_that_there_is_one_and_may_take_its_place(address: Address) -> None:
    with Session(address) as first, Session(address) as second:
        assert (second.status, second.reason) == (409, "occupied")
        with Session(address, take_over=True) as third:
            assert first.wait(lambda told: told.get("ended") == "taken_over")
            assert first.push(jpeg()) == (409, "not_connected")
            assert third.push(jpeg()) == (204, None)


def test_a_page_that_is_closed_makes_room_and_ends_the_capture_under_way(
    camera: ServedCamera, address: Address
) -> None:
    with Session(address) as session:
        capturing = Capturing(camera)
        assert session.wait(lambda told: told.get("wanted") is True)
    with pytest.raises(DeviceLostError):
        capturing.result()
    with Session(address) as session:
        assert session.status == 200
        capturing = Capturing(camera)
        assert session.wait(lambda told: told.get("wanted") is True)
        session.push(jpeg())
        assert capturing.result().samples


def test_a_camera_that_is_closed_tells_its_page(camera: ServedCamera, address: Address) -> None:
    with Session(address) as session:
        camera.close()
        assert session.wait(lambda told: told.get("ended") == "closed")


def test_a_page_that_waits_hears_that_the_station_is_there(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.browser.service._BEAT_S", 0.05)
    with Session(address) as session:
        assert session.wait(lambda told: len(session.told) >= 4)
        assert session.told[:4] == [{"wanted": False}] * 4


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"", (422, "not_a_picture")),
        (b"\xff\xd8\xff garbage", (422, "not_a_picture")),
        (jpeg(width=100, height=100), (422, "wrong_size")),
        (jpeg() + bytes(4_000_000), (413, "too_large")),
    ],
    ids=["nothing", "garbage", "tiny", "large"],
)
def test_a_frame_that_is_not_taken_is_answered_with_the_reason(
    address: Address, body: bytes, answer: tuple[int, str]
) -> None:
    with Session(address) as session:
        assert session.push(body) == answer
        assert session.push(jpeg()) == (204, None)


def test_frames_beyond_the_rate_are_told_to_wait(camera: ServedCamera, address: Address) -> None:
    with Session(address) as session:
        pusher = camera.channel.pusher
        assert pusher is not None
        while pusher.push(b"") is not None and pusher.push(b"").value != "too_often":  # type: ignore[union-attr]
            pass
        answers = {session.push(jpeg())[0] for _ in range(3)}
    assert answers <= {204, 429}


def test_one_connection_carries_many_frames(address: Address) -> None:
    with Session(address) as session, address.connection() as connection:
        for number in range(5):
            sealed = session.met.sealed(jpeg(number))
            answer = address.post(connection, "/frame", sealed, bearer=session.met.credential)
            assert (answer.status, answer.read()) == (204, b"")
            assert not answer.will_close


def test_the_page_is_in_the_language_of_the_browser_and_loads_nothing_from_elsewhere(address: Address) -> None:
    for accepted, language, title in (
        ("fr-ML,fr;q=0.9,en;q=0.1", "fr", "Caméra pour votre portrait"),
        ("de, en;q=0.5", "en", "Camera for your portrait"),
    ):
        with address.connection() as connection:
            connection.request("GET", "/", headers={"Accept-Language": accepted})
            answer = connection.getresponse()
            text = answer.read().decode()
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert f'<html lang="{language}">' in text
        assert f"<h1>{title}</h1>" in text
        assert "{{" not in text
        assert "http" not in text
        assert address.token not in text


def test_the_language_can_be_chosen(address: Address) -> None:
    with address.connection() as connection:
        connection.request("GET", "/?language=fr", headers={"Accept-Language": "en"})
        assert '<html lang="fr">' in connection.getresponse().read().decode()


def test_what_the_page_loads_is_there(address: Address) -> None:
    for path, kind in (
        ("/camera.js", "text/javascript"),
        ("/proof.js", "text/javascript"),
        ("/page.css", "text/css"),
    ):
        with address.connection() as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            assert answer.status == 200
            assert answer.headers["content-type"].startswith(kind)
            assert len(answer.read()) > 500


def test_the_page_says_that_frames_are_simulated(address: Address) -> None:
    with address.connection() as connection:
        connection.request("GET", "/")
        text = connection.getresponse().read().decode()
    data = text.split('id="data">')[1].split("</script>")[0]
    assert json.loads(data)["settings"]["simulated"] is True
