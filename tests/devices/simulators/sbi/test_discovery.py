"""Discovery and info: who is there, by the specification and the toolkit's schemas."""

from __future__ import annotations

import json
import threading
import time

import pytest

from biometrics.positions import Position
from devices.simulated import MasterPrint
from devices.simulators.sbi import Hands, Pki, SbiSimulator, Simulation
from tests.devices.simulators.sbi.client import Client, decoded, payload, verified
from tests.devices.simulators.sbi.schemas import DIGITAL_ID, DISCOVERED, INFO, SUCCESS, fits


def test_discovery_tells_of_every_device_unsigned(client: Client) -> None:
    entries = client.discover()
    assert [entry["deviceId"] for entry in entries] == ["simulated-slap", "simulated-single"]
    for entry in entries:
        fits(entry, DISCOVERED, "deviceSubId", "specVersion", "error")
        assert entry["error"] == SUCCESS
        assert entry["callbackId"] == client.url
        told = json.loads(decoded(entry["digitalId"]))
        fits(told, DIGITAL_ID)
        assert told["serialNo"] == entry["deviceCode"]


def test_everything_says_that_it_is_simulated(client: Client) -> None:
    for entry in client.discover():
        told = json.loads(decoded(entry["digitalId"]))
        assert told["make"] == "Kura"
        assert told["model"].startswith("SIMULATED ")
        assert told["deviceProvider"] == "Kura simulator"
        assert told["serialNo"].startswith("SIMULATED")


@pytest.mark.parametrize(("kind", "found"), [("Finger", 2), ("Face", 0), ("Iris", 0), ("Biometric Device", 2)])
def test_discovery_answers_for_the_type_asked(client: Client, kind: str, found: int) -> None:
    assert len(client.discover(kind)) == found


@pytest.mark.parametrize("asked", [{"type": "Nose"}, {}, {"type": 7}, {"type": ["Finger"]}, "Finger", None])
def test_discovery_refuses_other_types(client: Client, asked: object) -> None:
    (entry,) = client.ask("MOSIPDISC", "device", asked).json()
    assert set(entry) == {"error"}
    assert entry["error"]["errorCode"] in ("501", "505")


def test_answers_have_the_headers_of_the_specification(client: Client) -> None:
    answer = client.ask("MOSIPDISC", "device", {"type": "Finger"})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["location"] + "/" == client.url
    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["connection"] == "close"
    assert answer.http_version == "HTTP/1.1"


def test_info_is_signed_and_holds_a_signed_digital_id(client: Client) -> None:
    entries = client.ask("MOSIPDINFO", "info").json()
    assert len(entries) == 2
    for entry in entries:
        assert set(entry) == {"deviceInfo", "error"}
        assert entry["error"] == SUCCESS
        told = verified(entry["deviceInfo"])
        fits(told, INFO, "deviceSubId", "specVersion")
        assert told["deviceStatus"] == "Ready"
        digital_id = verified(told["digitalId"])
        fits(digital_id, DIGITAL_ID)
        assert digital_id["serialNo"] == told["deviceCode"]
    assert payload(entries[0]["deviceInfo"])["deviceSubId"] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [("GET", "device", 405), ("RCAPTURE", "device", 405), ("GET", "nothing", 404), ("MOSIPDISC", "capture", 405)],
)
def test_other_verbs_and_paths_are_refused(client: Client, verb: str, path: str, status: int) -> None:
    assert client.ask(verb, path).status_code == status


def test_devices_are_not_ready_until_fingers_are_grown(pki: Pki) -> None:
    class Slow(Hands):
        """Grows when the test lets it."""

        def __init__(self) -> None:
            super().__init__()
            self.released = threading.Event()

        def finger(self, person: int, position: Position) -> MasterPrint:
            assert self.released.wait(30)
            return super().finger(person, position)

    hands = Slow()
    simulator = SbiSimulator(Simulation(port=0), pki=pki, hands=hands)
    try:
        with Client(simulator.start(ready_within_s=None)) as client:
            assert client.discover()[0]["deviceStatus"] == "Not Ready"
            assert client.discover()[0]["error"]["errorCode"] == "110"
            assert client.info()["error"]["errorCode"] == "110"
            assert client.code() == "110"
            assert client.stream().json()["error"]["errorCode"] == "110"
            hands.released.set()
            while client.discover()[0]["deviceStatus"] != "Ready":
                time.sleep(0.02)
            assert len(client.capture()) == 4
    finally:
        hands.released.set()
        simulator.close()
