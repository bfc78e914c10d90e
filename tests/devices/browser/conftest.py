from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from devices.browser.driver import driver
from devices.browser.served import ServedCamera
from devices.calls import Call
from devices.choices import DEFAULT_CHOICES
from devices.uris import DeviceUri
from tests.devices.browser.page import Address


@pytest.fixture
def camera() -> Iterator[ServedCamera]:
    """Give an open camera with its page on loopback."""
    uri = DeviceUri.parse("browser:0?simulated=1")
    with closing(driver(DEFAULT_CHOICES).open(uri, Call(uri.shown, 30.0))) as opened:
        assert isinstance(opened, ServedCamera)
        yield opened


@pytest.fixture
def address(camera: ServedCamera) -> Address:
    return Address.of(camera.info.details["url"])
