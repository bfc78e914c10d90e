from __future__ import annotations

import pytest

from biometrics.errors import CaptureError
from devices.cameras.addresses import NetworkAddress, parse_address
from devices.uris import DeviceUri


def parse(text: str) -> NetworkAddress:
    return parse_address(DeviceUri.parse(text), text, ("rtsp", "rtsps"), "write it right")


def test_an_address_is_taken_apart() -> None:
    address = parse("rtsp://ada:s%2Fcret%401@[2001:db8::7]:8554/door?channel=1#kind=finger&ppi=500")
    assert address.url == "rtsp://[2001:db8::7]:8554/door?channel=1"
    assert (address.user, address.password) == ("ada", "s/cret@1")
    assert address.options == {"kind": "finger", "ppi": "500"}
    assert address.with_secrets == "rtsp://ada:s%2Fcret%401@[2001:db8::7]:8554/door?channel=1"
    assert "cret" not in repr(address)


def test_without_a_user_there_is_nothing_to_hide() -> None:
    address = parse("rtsp://camera/door")
    assert address.with_secrets == address.url == "rtsp://camera/door"


@pytest.mark.parametrize(
    "text",
    ["rtsp://", "http://camera/", "rtsp://camera:port/", "rtsp://camera/a b", "rtsp://camera/#kind", "rtsp://[::1/",
     "rtsp://camera/#kind=face&kind=face", "rtsp://camera/#loop=1"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(CaptureError) as refused:
        parse(text)
    assert refused.value.remedy == "write it right"
