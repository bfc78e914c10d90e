from __future__ import annotations

import pytest

from biometrics.errors import CaptureError
from devices.choices import DEFAULT_CHOICES, DeviceChoices
from devices.sbi.places import place_of, ports, uri_of, wanted
from devices.sbi.wire import Place
from devices.uris import DeviceUri


@pytest.mark.parametrize(
    ("callback", "base"),
    [("http://127.0.0.1:4501", "/"), ("http://127.0.0.1:4600/", "/"), ("http://127.0.0.1:4555/sbi/v1", "/sbi/v1/")],
)
def test_a_device_may_send_us_elsewhere_on_this_machine(callback: str, base: str) -> None:
    place = place_of(callback, DEFAULT_CHOICES)
    assert place is not None
    assert (place.host, place.base) == ("127.0.0.1", base)


@pytest.mark.parametrize(
    "callback",
    [
        "",
        "io.mosip.device",
        "http://127.0.0.1",
        "http://127.0.0.1:80/",
        "http://127.0.0.1:4601/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:x/",
        "https://127.0.0.1:4501/",
        "file://127.0.0.1:4501/",
        "http://127.0.0.2:4501/",
        "http://localhost:4501/",
        "http://169.254.169.254:4501/",
        "http://[::1]:4501/",
        "http://[127.0.0.1:4501/",
        "http://127.0.0.1:4501@example.org:4501/",
        "http://user@127.0.0.1:4501/",
        "http://127.0.0.1:4501/?a=b",
        "http://127.0.0.1:4501/#a",
        "http://127.0.0.1:4501/../x",
        "http://127.0.0.1:4501/./x",
        "http://127.0.0.1:4501//x",
        "http://127.0.0.1:4501/a b",
        "http://127.0.0.1:4501/\r\nX: y",
        "http://127.0.0.1:4501/%0d",
        "http://2130706433:4501/",
        "http://127.1:4501/",
        "http://127.0.0.1:4501/" + "a" * 1000,
    ],
)
def test_a_device_can_send_us_nowhere_else(callback: str) -> None:
    assert place_of(callback, DEFAULT_CHOICES) is None


def test_a_uri_names_a_service_and_a_device() -> None:
    named = wanted(DeviceUri.parse("sbi:http://127.0.0.1:4501/a%2Fb%20c"), DEFAULT_CHOICES)
    assert (named.place, named.device) == (Place(host="127.0.0.1", port=4501), "a/b c")
    for text in ("sbi:http://127.0.0.1:4501", "sbi:http://127.0.0.1:4501/"):
        assert wanted(DeviceUri.parse(text), DEFAULT_CHOICES).device is None


def test_addresses_of_version_6_are_listed_and_understood() -> None:
    uri = DeviceUri.parse(uri_of(Place(host="::1", port=4501), "1"))
    assert wanted(uri, DeviceChoices(sbi_host="::1")).place == Place(host="::1", port=4501)


@pytest.mark.parametrize("name", ["1", "a/b", "é", "a b", "%", "x?y#z", "..", "ключ"])
def test_uris_that_are_listed_are_understood(name: str) -> None:
    uri = DeviceUri.parse(uri_of(Place(host="127.0.0.1", port=4501), name))
    assert wanted(uri, DEFAULT_CHOICES).device == name
    assert uri.shown == uri.text


@pytest.mark.parametrize(
    "text",
    [
        "sbi:",
        "sbi:4501",
        "sbi:http://127.0.0.1/1",
        "sbi:http://127.0.0.1:4500/1",
        "sbi:http://example.org:4501/1",
        "sbi:http://127.0.0.1:4501/1/2",
        "sbi:http://127.0.0.1:4501/1?a=b",
        "sbi:http://127.0.0.1:4501/%00",
        "sbi:http://127.0.0.1:4501/1#a",
    ],
)
def test_other_uris_are_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(CaptureError) as refused:
        wanted(DeviceUri.parse(text), DEFAULT_CHOICES)
    assert refused.value.remedy


def test_services_are_looked_for_on_this_machine_alone() -> None:
    assert ports(DEFAULT_CHOICES) == range(4501, 4601)
    for host in ("10.0.0.1", "0.0.0.0", "localhost", "example.org", ""):
        assert not ports(DeviceChoices(sbi_host=host))
    assert ports(DeviceChoices(sbi_host="::1"))
