"""The driver of `browser:PORT`: addresses that stay, ports that are taken, and nothing left behind."""

from __future__ import annotations

import socket
import threading
from contextlib import closing

import pytest

from biometrics.errors import CaptureError, DeviceBusyError, DeviceLostError
from biometrics.positions import Position
from devices.browser.driver import BrowserDriver, driver
from devices.calls import Call
from devices.choices import DEFAULT_CHOICES
from devices.contract import CaptureRequest, Device
from devices.drivers import Drivers
from devices.opened import open_device
from devices.uris import DeviceUri
from tests.devices.browser.cards import jpeg
from tests.devices.browser.page import TIMEOUT_S, Address, Session
from tests.devices.rigs.browser import listener


def opened(by: BrowserDriver, uri: str = "browser:0") -> closing[Device]:
    parsed = DeviceUri.parse(uri)
    return closing(by.open(parsed, Call(parsed.shown, 30.0)))


def test_each_camera_has_an_address_and_a_token_of_its_own() -> None:
    with opened(driver(DEFAULT_CHOICES)) as first, opened(driver(DEFAULT_CHOICES)) as second:
        addresses = [Address.of(camera.info.details["url"]) for camera in (first, second)]
        assert addresses[0].port != addresses[1].port
        assert addresses[0].token != addresses[1].token
        assert min(len(address.token) for address in addresses) >= 43, "256 bits"
        assert not first.info.descriptor.simulated
        assert first.info.descriptor.uri == "browser:0"


def test_a_camera_that_is_opened_again_has_the_same_address_but_not_beside_itself() -> None:
    by = driver(DEFAULT_CHOICES)
    with opened(by) as first, opened(by) as second:
        urls = [camera.info.details["url"] for camera in (first, second)]
    assert urls[0] != urls[1]
    with opened(by) as third, opened(by) as fourth, opened(by, "browser:0?simulated=1") as other:
        assert {camera.info.details["url"] for camera in (third, fourth)} == set(urls)
        assert other.info.details["url"] not in urls


def test_where_the_last_port_is_taken_another_one_is_found() -> None:
    by = driver(DEFAULT_CHOICES)
    with opened(by) as first:
        was = Address.of(first.info.details["url"])
    with closing(socket.create_server(("127.0.0.1", was.port))), opened(by) as again:
        now = Address.of(again.info.details["url"])
    assert (now.port != was.port, now.token) == (True, was.token)


def test_a_page_finds_its_station_again_after_it_was_lost() -> None:
    request = CaptureRequest(positions=(Position.FACE,), timeout_s=TIMEOUT_S)
    with open_device("browser:0?simulated=1", Drivers()) as device:
        url = device.info.details["url"]
        with Session(Address.of(url)) as session:
            leaving = threading.Thread(
                target=lambda: session.wait(lambda told: told.get("wanted") is True) and session.socket.shutdown(2)
            )
            leaving.start()
            with pytest.raises(DeviceLostError):
                device.capture(request)
            leaving.join()
        device.reopen()
        assert device.info.details["url"] == url
        with Session(Address.of(url)) as session:
            pushing = threading.Thread(
                target=lambda: session.wait(lambda told: told.get("wanted") is True) and session.push(jpeg())
            )
            pushing.start()
            assert device.capture(request).samples[0].sample.simulated
            pushing.join()


def test_a_port_that_is_taken_is_busy() -> None:
    with closing(listener()) as foreign:
        port = foreign.getsockname()[1]
        with pytest.raises(DeviceBusyError, match=str(port)), opened(driver(DEFAULT_CHOICES), f"browser:{port}"):
            pass


def test_a_port_that_is_not_allowed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("socket.socket.bind", forbidden)
    with pytest.raises(CaptureError, match="Permission denied"), opened(driver(DEFAULT_CHOICES), "browser:80"):
        pass


def test_nothing_is_left_behind() -> None:
    before = {thread.name for thread in threading.enumerate()}
    for _ in range(5):
        with opened(driver(DEFAULT_CHOICES)) as camera:
            with Session(Address.of(camera.info.details["url"])) as session:
                session.push(jpeg())
            camera.close()
    assert {thread.name for thread in threading.enumerate()} == before


def test_nothing_is_discovered_and_a_browser_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    by, call = driver(DEFAULT_CHOICES), Call("browser:0", 5.0)
    assert list(by.discover(call)) == []
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/firefox" if name == "firefox" else None)
    (found,) = by.examine(call)
    assert (found.fine, found.told, found.command) == (True, "firefox", "")
    monkeypatch.setattr("shutil.which", lambda name: None)
    (missing,) = by.examine(call)
    assert (missing.fine, missing.optional, missing.command) == (False, True, "apt-get install firefox-esr")
