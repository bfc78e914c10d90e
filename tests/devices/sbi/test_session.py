"""How a device proves who it is, against services made by hand."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import pytest

from biometrics.errors import (
    CaptureError,
    DeviceNotFoundError,
    DeviceProtocolError,
    DeviceRefusedError,
    DeviceTrustError,
)
from devices.answers import MOST_DEVICES
from devices.calls import Call
from devices.choices import DeviceChoices
from devices.sbi import session as session_module
from devices.sbi.discovery import discover
from devices.sbi.identity import KnownDevice
from devices.sbi.places import Wanted
from devices.sbi.places import ports as port_range
from devices.sbi.session import Session
from devices.sbi.wire import Place
from tests.devices.sbi.making import (
    ANCHORS,
    CHIP,
    DEVICE,
    DIGITAL_ID,
    NOW,
    PROVIDER,
    Holder,
    encoded,
    issue,
    signed,
    url64,
    usage,
)
from tests.devices.sbi.serving import Serve, answering, http, serving

STATE: Mapping[str, Any] = {
    "deviceStatus": "Ready",
    "deviceId": "1",
    "firmware": "1.0",
    "certification": "L1",
    "serviceVersion": "0.9.5",
    "deviceSubId": ["1", "2", 3],
    "callbackId": "http://127.0.0.1:4501/",
    "deviceCode": "another code",
    "env": "Developer",
    "purpose": "Registration",
    "specVersion": ["0.9.5"],
}
SUCCESS = {"errorCode": "0", "errorInfo": "Success"}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    def now() -> datetime:
        return NOW

    monkeypatch.setattr(session_module, "now_utc", now)


def entry(
    state: Mapping[str, Any] | None = None,
    digital_id: Mapping[str, Any] | None = None,
    error: Any = SUCCESS,
    signer: Holder = DEVICE,
    id_signer: Holder = CHIP,
) -> dict[str, Any]:
    said = {**STATE, "digitalId": signed({**DIGITAL_ID, **(digital_id or {})}, id_signer), **(state or {})}
    return {"deviceInfo": signed(said, signer, PROVIDER), "error": error}


def identified(answer: Any, device: str | None = "1", status: str = "200 OK") -> KnownDevice:
    body = answer if isinstance(answer, bytes) else encoded(answer)
    with serving(answering(http(body, status=status))) as port:
        choices = DeviceChoices(sbi_first_port=port, sbi_last_port=port)
        wanted = Wanted(place=Place(host="127.0.0.1", port=port), device=device)
        return Session(wanted, choices, ANCHORS, threading.Event()).identify(Call("sbi:x", 5.0))


def refused(kind: type[CaptureError], answer: Any, device: str | None = "1", status: str = "200 OK") -> CaptureError:
    with pytest.raises(kind) as error:
        identified(answer, device, status)
    assert error.value.source == "sbi:x"
    assert error.value.remedy
    return error.value


def test_a_device_is_known_by_its_identifier_its_serial_number_or_as_the_only_one() -> None:
    for name in ("1", "SERIAL000001", None):
        found = identified([entry()], name)
        assert (found.state.device_id, found.state.identity.serial, found.state.sub_ids) == (
            "1",
            "SERIAL000001",
            frozenset({"1", "2", "3"}),
        )
        assert found.signer.certificate == DEVICE.certificate


def test_others_at_the_same_service_are_passed_over() -> None:
    iris = entry({"deviceId": "2"}, {"type": "Iris", "serialNo": "I"})
    foreign = issue("foreign", None, usage(signs=True, certifies=False))
    untrusted = entry({"deviceId": "3"}, {"serialNo": "F"}, signer=foreign)
    assert identified([iris, entry()], None).state.device_id == "1"
    assert identified([untrusted, iris, entry()], "1").state.device_id == "1"
    refused(CaptureError, [entry(), untrusted], None)
    refused(DeviceNotFoundError, [iris], None)
    refused(DeviceRefusedError, [iris], "2")
    refused(DeviceNotFoundError, [entry()], "9")


def test_an_unregistered_device_is_refused() -> None:
    digital_id = url64(encoded(DIGITAL_ID))
    state = {
        **STATE,
        "deviceStatus": "Not Registered",
        "deviceId": "",
        "env": "None",
        "purpose": "",
        "digitalId": digital_id,
    }
    told = {"deviceInfo": url64(encoded(state)), "error": {"errorCode": "100", "errorInfo": "x"}}
    for answer in ([told], [{**told, "error": SUCCESS}], [{**told, "error": None}]):
        error = refused(DeviceRefusedError, answer, None)
        assert isinstance(error, DeviceRefusedError)
        assert error.code == "100"


def test_a_device_that_does_not_sign_is_not_believed() -> None:
    unsigned = url64(encoded({**STATE, "digitalId": url64(encoded(DIGITAL_ID))}))
    refused(DeviceTrustError, [{"deviceInfo": unsigned, "error": SUCCESS}])
    refused(DeviceTrustError, [entry({"digitalId": url64(encoded(DIGITAL_ID))})])
    refused(DeviceTrustError, [entry({"certification": "L0"})])
    foreign = issue("foreign", None, usage(signs=True, certifies=False))
    refused(DeviceTrustError, [entry(signer=foreign)])
    refused(DeviceTrustError, [entry(id_signer=foreign)])


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ({"env": "Production"}, DeviceTrustError),
        ({"env": "None"}, DeviceTrustError),
        ({"purpose": "Auth"}, DeviceRefusedError),
        ({"purpose": ""}, DeviceRefusedError),
        ({"specVersion": ["1.0.0"]}, DeviceRefusedError),
        ({"deviceStatus": "Broken"}, DeviceProtocolError),
        ({"certification": "L9"}, DeviceProtocolError),
        ({"deviceSubId": [{}]}, DeviceProtocolError),
        ({"deviceId": "a\nb"}, DeviceProtocolError),
        ({"firmware": "x" * 300}, DeviceProtocolError),
        ({"digitalId": None}, DeviceProtocolError),
    ],
)
def test_a_device_for_something_else_is_refused(state: Mapping[str, Any], kind: type[CaptureError]) -> None:
    refused(kind, [entry(state)])


def test_a_device_that_is_busy_or_not_ready_can_be_known() -> None:
    for status, code in (("Busy", "111"), ("Not Ready", 110)):
        found = identified([entry({"deviceStatus": status}, error={"errorCode": code, "errorInfo": ""})])
        assert found.state.status.value == status
    refused(DeviceTrustError, [entry(error={"errorCode": "107"})])


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ([{"error": {"errorCode": "106"}}], DeviceNotFoundError),
        ({"error": {"errorCode": "202"}}, DeviceNotFoundError),
        ([], DeviceNotFoundError),
        ({}, DeviceProtocolError),
        (b"<html>", DeviceProtocolError),
        ([1], DeviceProtocolError),
        ([{"deviceInfo": 7}], DeviceProtocolError),
        ([{"deviceInfo": "x.y.z"}], DeviceProtocolError),
    ],
)
def test_answers_without_a_device(answer: Any, kind: type[CaptureError]) -> None:
    refused(kind, answer)


def test_another_status_of_http_is_its_failure_or_none_of_the_interface() -> None:
    refused(DeviceNotFoundError, {"error": {"errorCode": "202"}}, status="500 Internal Server Error")
    refused(DeviceProtocolError, b"no", status="404 Not Found")
    refused(DeviceProtocolError, b"", status="302 Found")


def test_a_device_is_followed_on_this_machine_alone() -> None:
    place = Place(host="127.0.0.1", port=4501)
    session = Session(Wanted(place=place, device="1"), DeviceChoices(), ANCHORS, threading.Event())
    for callback, port in (("http://127.0.0.1:4502/", 4502), ("http://192.0.2.1:4502/", 4501), ("", 4501)):
        known = identified([entry({"callbackId": callback})])
        assert session.place(known) == Place(host="127.0.0.1", port=port)


def consecutive(count: int) -> Sequence[int]:
    """Return free ports that follow each other."""
    for _ in range(50):
        with ExitStack() as taken:
            first = taken.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
            try:
                for port in range(first + 1, first + count):
                    taken.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError:
                continue
            return range(first, first + count)
    pytest.skip("no free ports in a row")


def test_a_discovery_passes_over_what_hangs_and_what_is_something_else() -> None:
    listed = {**STATE, "digitalId": url64(encoded(DIGITAL_ID))}
    services: Sequence[Serve] = (
        answering(keep_open=True),
        answering(http(b"<html>hello")),
        answering(b"SSH-2.0-OpenSSH\r\n", keep_open=True),
        answering(http(encoded([listed, {}, 7, {**listed, "digitalId": "x"}]))),
        answering(http(encoded([{"error": {"errorCode": "106"}}]))),
    )
    ports = consecutive(len(services) + 1)
    with ExitStack() as running:
        for port, service in zip(ports, services, strict=False):
            running.enter_context(serving(service, port))
        choices = DeviceChoices(sbi_first_port=ports[0], sbi_last_port=ports[-1])
        found = discover(choices, Call("sbi:", 1.0))
    assert [one.uri for one in found] == [f"sbi:http://127.0.0.1:{ports[3]}/1"]
    assert not found[0].simulated


def test_a_service_that_lists_very_many_devices_does_not_hide_those_of_others() -> None:
    listed = {**STATE, "digitalId": url64(encoded(DIGITAL_ID))}
    many = [{**listed, "deviceId": str(number)} for number in range(32)]
    ports = consecutive(2)
    with serving(answering(http(encoded(many))), ports[0]), serving(answering(http(encoded([listed]))), ports[1]):
        choices = DeviceChoices(sbi_first_port=ports[0], sbi_last_port=ports[-1])
        found = [one.uri for one in discover(choices, Call("sbi:", 5.0))]
    assert f"sbi:http://127.0.0.1:{ports[1]}/1" in found
    assert (len(found) - 1) * len(port_range(DeviceChoices())) <= MOST_DEVICES
