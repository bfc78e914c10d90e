"""Faults of the wire, byte by byte: the bytes are counted here, by no HTTP library."""

from __future__ import annotations

import json
import time
from itertools import product

import pytest

from devices.simulators.sbi import FAULTS, SbiSimulator
from devices.simulators.sbi.faults import Kind, kind_of
from tests.devices.simulators.sbi.client import Client, order, raw

ASKED: dict[str, tuple[str, object]] = {
    "MOSIPDISC": ("device", {"type": "Finger"}),
    "MOSIPDINFO": ("info", None),
    "RCAPTURE": ("capture", order(bioSubType=["Left IndexFinger"])),
}
WIRE = tuple(name for name in FAULTS if kind_of(name) is Kind.WIRE)


def _answer(client: Client, verb: str, *, within_s: float = 10.0, most: int = 2**20) -> tuple[bytes, bytes]:
    path, value = ASKED[verb]
    head, _, body = raw(client.url, verb, path, value, within_s=within_s, most=most).partition(b"\r\n\r\n")
    return head, body


def _length(head: bytes) -> int:
    (line,) = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return int(line.split(b":")[1])


@pytest.mark.parametrize("verb", ASKED)
def test_without_a_fault_the_answer_is_whole(client: Client, verb: str) -> None:
    head, body = _answer(client, verb)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert _length(head) == len(body)
    json.loads(body)


@pytest.mark.parametrize("verb", ASKED)
def test_hangs(simulator: SbiSimulator, client: Client, verb: str) -> None:
    with simulator.fault("hangs"):
        assert _answer(client, verb, within_s=0.8) == (b"<open>", b"")


def test_trickles(simulator: SbiSimulator, client: Client) -> None:
    with simulator.fault("trickles"):
        begun = time.monotonic()
        head, body = _answer(client, "MOSIPDISC", most=130)
        assert _length(head) > 500
        assert 5 < len(body) < 60
        assert time.monotonic() - begun > 0.2 * len(body) * 0.5


@pytest.mark.parametrize(("verb", "fault"), list(product(ASKED, ("drops", "resets"))))
def test_breaks_off_in_the_middle(simulator: SbiSimulator, client: Client, verb: str, fault: str) -> None:
    with simulator.fault(fault):
        head, body = _answer(client, verb)
    assert body.endswith(b"<reset>") == (fault == "resets")
    assert len(body.removesuffix(b"<reset>")) == _length(head) // 2


def test_closes_without_a_word(simulator: SbiSimulator, client: Client) -> None:
    with simulator.fault("closes"):
        assert _answer(client, "RCAPTURE") == (b"", b"")


def test_announces_too_much_and_stays_open(simulator: SbiSimulator, client: Client) -> None:
    with simulator.fault("length-too-long"):
        head, body = _answer(client, "MOSIPDISC", within_s=1.0)
    assert body.endswith(b"<open>")
    whole = body.removesuffix(b"<open>")
    assert _length(head) == len(whole) + 1_000
    json.loads(whole)


def test_announces_too_little(simulator: SbiSimulator, client: Client) -> None:
    with simulator.fault("length-too-short"):
        head, body = _answer(client, "RCAPTURE")
    assert _length(head) == len(body) - 10
    json.loads(body)


def test_sends_no_http(simulator: SbiSimulator, client: Client) -> None:
    with simulator.fault("garbage"):
        head, _ = _answer(client, "MOSIPDINFO")
    assert not head.startswith(b"HTTP")
    assert len(head) > 100


@pytest.mark.parametrize("fault", ["garbage-body", "invalid-json"])
def test_sends_no_json(simulator: SbiSimulator, client: Client, fault: str) -> None:
    with simulator.fault(fault):
        head, body = _answer(client, "MOSIPDINFO")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert _length(head) == len(body) > 100
    with pytest.raises(ValueError, match=r".+"):
        json.loads(body)
    assert body.startswith(b'[{"deviceInfo"') == (fault == "invalid-json")


@pytest.mark.parametrize(("fault", "status"), [("http-500", 500), ("redirect", 302)])
def test_answers_with_another_status(simulator: SbiSimulator, client: Client, fault: str, status: int) -> None:
    with simulator.fault(fault):
        answer = client.ask("MOSIPDINFO", "info")
    assert answer.status_code == status
    assert (answer.headers.get("location", "") == "http://127.0.0.1:9/elsewhere") == (fault == "redirect")


def test_sends_without_end(simulator: SbiSimulator, client: Client) -> None:
    with simulator.fault("oversized"):
        head, body = _answer(client, "MOSIPDISC", most=16 * 2**20)
    assert b"chunked" in head.lower()
    assert b"content-length" not in head.lower()
    assert body.count(b" ") > 15 * 2**20


@pytest.mark.parametrize("fault", WIRE)
def test_faults_strike_at_the_verbs_named_and_end(simulator: SbiSimulator, client: Client, fault: str) -> None:
    with simulator.fault(fault, on=("STREAM",)):
        assert client.discover()
    assert client.discover()


def test_faults_and_clients_that_leave_make_no_noise(
    simulator: SbiSimulator, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    for fault in WIRE:
        with simulator.fault(fault):
            _answer(client, "MOSIPDISC", within_s=0.2, most=200)
    client.discover()
    loud = [record.getMessage() for record in caplog.records if record.levelname not in ("DEBUG", "INFO")]
    assert loud == []


def test_every_fault_of_the_wire_is_tried_here() -> None:
    tried = {"hangs", "trickles", "drops", "resets", "closes", "length-too-long", "length-too-short", "garbage"}
    assert set(WIRE) == tried | {"garbage-body", "invalid-json", "http-500", "redirect", "oversized"}
