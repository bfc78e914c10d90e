"""Faults in what was captured, well signed; and error codes."""

from __future__ import annotations

import pytest

from biometrics.errors import ConfigurationError, ImageFormatError
from biometrics.images import decode_image
from biometrics.interchange.finger_image_reading import read_finger_image_record
from biometrics.positions import Position
from devices.simulators.sbi import FAULTS, SbiSimulator
from devices.simulators.sbi.faults import Kind, kind_of
from tests.devices.simulators.sbi.client import LEFT, Client, links, names, order, payload, records, verified


def _struck(simulator: SbiSimulator, client: Client, fault: str, **changes: object) -> list[dict[str, object]]:
    with simulator.fault(fault):
        entries = client.capture(**changes)
    assert [entry["hash"] for entry in entries] == links(entries)
    for entry in entries:
        verified(entry["data"])
    return entries


@pytest.mark.parametrize(
    ("fault", "given"),
    [
        ("finger-not-asked", [*LEFT, "Right Thumb"]),
        ("finger-twice", [*LEFT, LEFT[0]]),
        ("finger-missing", list(LEFT[:3])),
        ("excepted-finger", [*LEFT, "Right Thumb"]),
    ],
)
def test_other_fingers_than_asked_for(simulator: SbiSimulator, client: Client, fault: str, given: list[str]) -> None:
    assert names(_struck(simulator, client, fault)) == given


def test_a_finger_that_the_request_excepts(simulator: SbiSimulator, client: Client) -> None:
    three, ring = [LEFT[0], LEFT[1], LEFT[3]], LEFT[2]
    entries = _struck(simulator, client, "excepted-finger", bioSubType=three, exception=[ring])
    assert names(entries) == [*three, ring]


def test_another_resolution(simulator: SbiSimulator, client: Client) -> None:
    (record, *_) = records(_struck(simulator, client, "wrong-resolution"))
    assert read_finger_image_record(record).images[0].ppi == 1000
    assert decode_image(record).pixels.shape == (400, 336)


def test_another_position(simulator: SbiSimulator, client: Client) -> None:
    entries = _struck(simulator, client, "wrong-position", bioSubType=[LEFT[0]])
    assert names(entries) == [LEFT[0]]
    assert read_finger_image_record(records(entries)[0]).images[0].position is Position.LEFT_MIDDLE


@pytest.mark.parametrize("fault", ["truncated-record", "no-record"])
def test_records_that_cannot_be_read(simulator: SbiSimulator, client: Client, fault: str) -> None:
    (record, *_) = records(_struck(simulator, client, fault))
    assert record.startswith(b"FIR\x00") == (fault == "truncated-record")
    with pytest.raises(ImageFormatError):
        read_finger_image_record(record)


def test_pictures_that_cannot_be_read(simulator: SbiSimulator, client: Client) -> None:
    (record, *_) = records(_struck(simulator, client, "no-image"))
    assert read_finger_image_record(record).images[0].ppi == 500
    with pytest.raises(ImageFormatError):
        decode_image(record)


def test_a_score_out_of_range(simulator: SbiSimulator, client: Client) -> None:
    (entry, *_) = _struck(simulator, client, "bad-score")
    assert payload(str(entry["data"]))["qualityScore"] == "140"


def test_every_fault_of_content_is_tried_here() -> None:
    tried = {"finger-not-asked", "finger-twice", "finger-missing", "excepted-finger", "wrong-resolution"}
    tried |= {"wrong-position", "truncated-record", "no-record", "no-image", "bad-score"}
    assert {name for name in FAULTS if kind_of(name) is Kind.CONTENT} == tried


CODES = ("0", *map(str, range(100, 113)), "202", "5xx")


@pytest.mark.parametrize("code", CODES)
def test_error_codes(simulator: SbiSimulator, client: Client, code: str) -> None:
    with simulator.fault(f"error-{code}"):
        assert client.code() == code.replace("5xx", "599")
        error = client.stream().json()["error"]
        assert error["errorCode"] == code.replace("5xx", "599")
        assert error["errorInfo"]
        (entry,) = client.ask("CAPTURE", "capture", order()).json()["biometrics"]
        assert entry["error"] == error
        assert len(client.discover()) == 2
    assert len(client.capture(bioSubType=[LEFT[0]])) == 1


@pytest.mark.parametrize(("code", "status"), [("100", "Not Registered"), ("110", "Not Ready"), ("111", "Busy")])
def test_codes_that_are_a_status_are_told(simulator: SbiSimulator, client: Client, code: str, status: str) -> None:
    with simulator.fault(f"error-{code}"):
        for entry in client.discover():
            assert (entry["deviceStatus"], entry["error"]["errorCode"]) == (status, code)
        info = client.info()
        assert info["error"]["errorCode"] == code
        told = payload(info["deviceInfo"])
        assert told["deviceStatus"] == status
        if code == "100":
            assert "." not in info["deviceInfo"]
            assert "." not in told["digitalId"]
            assert (told["env"], told["purpose"]) == ("None", "")
        else:
            verified(info["deviceInfo"])


def test_a_device_that_was_pulled_out(simulator: SbiSimulator, client: Client) -> None:
    with simulator.fault("unplugged"):
        assert client.discover() == []
        assert client.ask("MOSIPDINFO", "info").json() == []
        assert client.code() == "202"
        assert client.stream().json()["error"]["errorCode"] == "202"


def test_every_code_is_tried_here() -> None:
    assert {name for name in FAULTS if kind_of(name) is Kind.CODE} == {*(f"error-{one}" for one in CODES), "unplugged"}


def test_faults_are_known_by_name(simulator: SbiSimulator) -> None:
    with pytest.raises(ConfigurationError, match="gremlins"), simulator.fault("gremlins"):
        pass
    with pytest.raises(ConfigurationError, match="verbs"), simulator.fault("hangs", on=("GET",)):
        pass
    with simulator.fault("hangs"), simulator.fault("drops"), simulator.fault("hangs"):
        assert list(simulator.faults.names) == ["hangs", "drops", "hangs"]
    assert not simulator.faults.names
    simulator.faults.switch_on("drops")
    simulator.faults.clear()
    assert not simulator.faults.names
    assert all(told and not told.endswith(".") for told in FAULTS.values())
