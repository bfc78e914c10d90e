"""Registration captures: signed records of simulated fingers, chained by hashes."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from biometrics.images import decode_image
from biometrics.interchange.face_image_reading import read_face_image_record
from biometrics.interchange.face_image_record import FaceEncoding
from biometrics.interchange.finger_image_reading import read_finger_image_record
from biometrics.interchange.finger_image_record import Compression, FingerImageStandard
from biometrics.positions import Position
from devices.simulators.sbi import Hands, Person, Pki, Presentation, SbiSimulator, Simulation
from tests.devices.simulators.sbi.client import (
    LEFT,
    OF_SLAP,
    Client,
    links,
    names,
    order,
    payload,
    raw,
    records,
    verified,
)
from tests.devices.simulators.sbi.schemas import DATA, DIGITAL_ID, SUCCESS, fits


@pytest.mark.parametrize("sub_id", ["1", "2", "3"])
def test_a_slap_gives_every_finger_asked_for(client: Client, sub_id: str) -> None:
    entries = client.capture(deviceSubId=sub_id)
    assert names(entries) == list(OF_SLAP[sub_id])
    for entry in entries:
        assert set(entry) == {"specVersion", "data", "hash", "error"}
        assert (entry["specVersion"], entry["error"]) == ("0.9.5", SUCCESS)
        told = verified(entry["data"])
        fits(told, DATA, "bioSubType")
        assert told["transactionId"] == "test-0001"
        assert told["requestedScore"] == "60"
        digital_id = verified(told["digitalId"])
        fits(digital_id, DIGITAL_ID)
        assert digital_id["serialNo"] == told["deviceCode"] == "SIMULATEDSLAP0001"


def test_records_are_iso_19794_4_with_jpeg_2000_and_the_mark(client: Client) -> None:
    entries = client.capture()
    for name, record in zip(names(entries), records(entries), strict=True):
        read = read_finger_image_record(record)
        (image,) = read.images
        assert (read.standard, read.simulated, read.notes) == (FingerImageStandard.ISO_2011, True, ())
        assert image.compression is Compression.JPEG2000_LOSSLESS
        assert image.ppi == 500
        assert image.position.value == name.lower().replace("finger", "").replace(" ", "_")
        picture = decode_image(record)
        assert picture.simulated
        assert picture.pixels.shape == (400, 336)
        assert picture.pixels.std() > 30


def test_the_chain_of_hashes_holds_by_hand(client: Client) -> None:
    first = client.capture()
    assert [entry["hash"] for entry in first] == links(first)
    last = first[-1]["hash"]
    second = client.capture(deviceSubId="2", previousHash=last)
    assert [entry["hash"] for entry in second] == links(second, last)
    assert [entry["hash"] for entry in client.capture(previousHash="")] != [entry["hash"] for entry in first]


def test_an_empty_previous_hash_is_that_of_nothing(client: Client) -> None:
    entries = client.capture(previousHash="")
    assert [entry["hash"] for entry in entries] == links(entries)


def test_every_touch_is_another_one_and_every_visit_the_same(pki: Pki, hands: Hands) -> None:
    seen = []
    for _ in range(2):
        with SbiSimulator(Simulation(port=0), pki=pki, hands=hands) as simulator, Client(simulator.url) as client:
            seen.append([records(client.capture()), records(client.capture())])
    assert seen[0] == seen[1]
    assert all(one != other for one, other in zip(*seen[0], strict=True))


def test_missing_fingers_are_not_returned(pki: Pki, hands: Hands) -> None:
    person = Person(missing=frozenset({Position.LEFT_MIDDLE}))
    simulation = Simulation(port=0, person=person)
    with SbiSimulator(simulation, pki=pki, hands=hands) as simulator, Client(simulator.url) as client:
        assert names(client.capture()) == [LEFT[0], LEFT[2], LEFT[3]]
        excepted = client.capture(bioSubType=[LEFT[0], LEFT[2], LEFT[3]], exception=[LEFT[1]])
        assert names(excepted) == [LEFT[0], LEFT[2], LEFT[3]]
        assert client.code(bioSubType=[LEFT[1]], timeout="500") == "101"


def test_exceptions_are_left_out_of_what_is_not_named(client: Client) -> None:
    entries = client.capture(bioSubType=[], exception=[LEFT[0]], count="3")
    assert sorted(names(entries)) == sorted(LEFT[1:])


def test_what_mosips_registration_client_sends_is_taken(client: Client) -> None:
    """It names no fingers and no hash, excepts what is missing, and counts what is left."""
    asked = order()
    bio = {
        **{"type": "Finger", "count": "3", "bioSubType": None, "exception": ["Left RingFinger"]},
        **{"requestedScore": "40", "deviceId": "simulated-slap", "deviceSubId": "1", "previousHash": None},
    }
    entries = client.ask("RCAPTURE", "capture", {**asked, "bio": [bio]}).json()["biometrics"]
    assert sorted(names(entries)) == sorted([LEFT[0], LEFT[1], LEFT[3]])
    assert [entry["hash"] for entry in entries] == links(entries)


@pytest.mark.parametrize("name", ["Right IndexFinger", "Left Thumb", "UNKNOWN"])
def test_one_finger_at_the_single_finger_scanner(client: Client, name: str) -> None:
    entries = client.capture(deviceId="simulated-single", deviceSubId="0", bioSubType=[name])
    assert names(entries) == [name]
    (image,) = read_finger_image_record(records(entries)[0]).images
    assert (image.position is Position.UNKNOWN) == (name == "UNKNOWN")
    assert verified(payload(entries[0]["data"])["digitalId"])["deviceSubType"] == "Single"


def test_one_capture_at_a_time_and_the_others_hear_busy(simulator: SbiSimulator, client: Client) -> None:
    answers: list[list[dict[str, object]]] = []
    with simulator.presenting(Presentation(after_s=3600)):
        first = threading.Thread(target=lambda: answers.append(client.capture(timeout="60000")))
        first.start()
        with Client(client.url) as second:
            while second.discover()[0]["deviceStatus"] != "Busy":
                time.sleep(0.02)
            assert second.discover()[0]["error"]["errorCode"] == "111"
            assert second.info()["error"]["errorCode"] == "111"
            assert second.code() == "111"
            assert second.stream().json()["error"]["errorCode"] == "111"
            other = second.code(deviceId="simulated-single", deviceSubId="0", bioSubType=["Left Thumb"], timeout="300")
            assert other == "101", "the other device is free"
        simulator.present("as-asked")
        first.join(30)
    assert len(answers[0]) == 4
    assert client.discover()[0]["deviceStatus"] == "Ready"


def test_a_client_that_leaves_frees_the_device(simulator: SbiSimulator, client: Client) -> None:
    with simulator.presenting("nothing"):
        assert raw(client.url, "RCAPTURE", "capture", order(timeout="60000"), within_s=0.3) == b"<open>"
        ends = time.monotonic() + 20
        while client.discover()[0]["deviceStatus"] != "Ready":
            assert time.monotonic() < ends
            time.sleep(0.02)


def test_captures_for_authentication_are_refused(client: Client) -> None:
    (entry,) = client.ask("CAPTURE", "capture", order(purpose="Auth")).json()["biometrics"]
    assert set(entry) == {"specVersion", "data", "hash", "sessionKey", "thumbprint", "error"}
    assert entry["error"]["errorCode"] == "506"


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from PIL import Image  # noqa: PLC0415 - beside its only use

    folder = tmp_path_factory.mktemp("portraits")
    for index, shade in enumerate((40, 200)):
        Image.new("RGB", (60, 80), (shade, shade, 90)).save(folder / f"{index}.png")
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_a_face_camera_shows_the_pictures_of_a_folder(pki: Pki, hands: Hands, portraits: Path) -> None:
    asked = {"deviceId": "simulated-face", "deviceSubId": "0", "type": "Face", "bioSubType": [], "count": "1"}
    simulation = Simulation(port=0, faces=portraits)
    with SbiSimulator(simulation, pki=pki, hands=hands) as simulator, Client(simulator.url) as client:
        assert [entry["deviceId"] for entry in client.discover("Face")] == ["simulated-face"]
        shades = []
        for _ in range(3):
            (entry,) = client.capture(**asked)
            fits(verified(entry["data"]), DATA)
            (image,) = read_face_image_record(records([entry])[0]).images
            assert image.encoding is FaceEncoding.JPEG2000_LOSSLESS
            shades.append(int(decode_image(image.data).pixels[0, 0, 0]))
        assert shades == [40, 200, 40]
        assert client.code(**{**asked, "count": "2"}) == "109"
        with simulator.presenting("nothing"):
            assert client.code(**asked, timeout="300") == "101"
        assert client.stream(deviceId="simulated-face", deviceSubId="0", timeout="300").content.count(b"\xff\xd8")
