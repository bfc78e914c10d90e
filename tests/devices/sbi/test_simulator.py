"""The client against the simulator that ships: every way in which that one misbehaves, and what is let pass."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from PIL import Image

from biometrics.errors import (
    CaptureCancelledError,
    CaptureError,
    DeviceBusyError,
    DeviceLostError,
    DeviceProtocolError,
    DeviceRefusedError,
    DeviceTrustError,
)
from biometrics.positions import Position
from biometrics.slaps import Slap
from devices.calls import Call, Cancellation
from devices.choices import DeviceChoices
from devices.contract import Captured, CaptureRequest, Device, DeviceKind
from devices.sbi.driver import driver
from devices.simulators.sbi import SbiSimulator, Simulation
from devices.simulators.sbi.faults import FAULTS
from devices.uris import DeviceUri
from tests.devices.rigs.sbi import ACCEPTED, EXPECTED

ONE = CaptureRequest(positions=(Position.RIGHT_INDEX,))
RIGHT = CaptureRequest(positions=Slap.RIGHT.fingers, slap=Slap.RIGHT)
NO_ANSWER = ("hangs", "trickles", "length-too-long")


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    simulator: SbiSimulator
    choices: DeviceChoices

    def open(self, name: str = "simulated-slap") -> closing[Device]:
        uri = DeviceUri.parse(f"sbi:{self.simulator.url}{name}")
        return closing(driver(self.choices).open(uri, Call(uri.shown, 5.0)))


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    trust = tmp_path_factory.mktemp("sbi") / "trust.pem"
    with SbiSimulator(Simulation(port=0, trust=trust)) as simulator:
        port = int(simulator.url.rstrip("/").rpartition(":")[2])
        yield Station(
            simulator=simulator,
            choices=DeviceChoices(sbi_trust=trust, sbi_first_port=port, sbi_last_port=port),
        )


@pytest.fixture(scope="module")
def device(station: Station) -> Iterator[Device]:
    with station.open() as opened:
        yield opened


def capture(device: Device, request: CaptureRequest = ONE, timeout_s: float = 10.0) -> Captured:
    return device.capture(request, Call(device.info.descriptor.uri, timeout_s))


def positions(captured: Captured) -> Sequence[Position]:
    return [one.sample.position for one in captured.samples]


def test_every_fault_of_the_simulator_is_accounted_for() -> None:
    assert set(EXPECTED) | set(ACCEPTED) == set(FAULTS)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_fault_of_the_capture_is_a_typed_error_and_the_next_capture_works(
    station: Station, device: Device, name: str
) -> None:
    with station.simulator.fault(name, on=("RCAPTURE",)), pytest.raises(EXPECTED[name]) as failed:
        capture(device, timeout_s=1.0 if name in NO_ANSWER else 10.0)
    assert failed.value.source == device.info.descriptor.uri
    assert failed.value.remedy
    assert positions(capture(device)) == [Position.RIGHT_INDEX]


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_let_pass(station: Station, device: Device, name: str) -> None:
    with station.simulator.fault(name):
        captured = capture(device, RIGHT)
    assert positions(captured) == list(Slap.RIGHT.fingers)[: 3 if name == "finger-missing" else 4]


@pytest.mark.parametrize(
    "name", ["hangs", "resets", "garbage-body", "foreign-root", "alg-none", "error-100", "certificate-expired"]
)
def test_a_fault_of_the_info_keeps_it_from_being_opened(station: Station, name: str) -> None:
    uri = DeviceUri.parse(f"sbi:{station.simulator.url}simulated-slap")
    with station.simulator.fault(name, on=("MOSIPDINFO",)), pytest.raises(EXPECTED[name]):
        driver(station.choices).open(uri, Call(uri.shown, 1.0))


@pytest.mark.parametrize("name", ["other-serial", "wrong-environment"])
def test_another_device_in_the_place_of_the_opened_one_is_not_asked(station: Station, name: str) -> None:
    with station.open() as device:
        with station.simulator.fault(name, on=("MOSIPDINFO",)), pytest.raises(DeviceTrustError):
            capture(device)
        capture(device)


@pytest.mark.parametrize("name", ["hangs", "resets", "garbage", "garbage-body", "error-202", "error-111"])
def test_a_fault_of_the_stream_is_a_typed_error_or_an_end(station: Station, name: str) -> None:
    with station.open() as device, station.simulator.fault(name, on=("STREAM",)):
        call = Call(device.info.descriptor.uri, 1.0)
        if name == "hangs":
            assert list(device.stream(call)) == []
        else:
            with pytest.raises(CaptureError):
                list(device.stream(call))


def test_a_slap_with_missing_fingers_asks_for_the_others_alone(device: Device) -> None:
    there = (Position.LEFT_LITTLE, Position.LEFT_INDEX)
    assert set(positions(capture(device, CaptureRequest(positions=there, slap=Slap.LEFT)))) == set(there)


def test_a_lifted_finger_is_left_out(station: Station, device: Device) -> None:
    with station.simulator.presenting("lifted-finger"):
        seen = positions(capture(device, RIGHT))
    assert seen == [Position.RIGHT_INDEX, Position.RIGHT_MIDDLE, Position.RIGHT_LITTLE]


def test_a_single_scanner_takes_one_finger_and_no_slap(station: Station) -> None:
    with station.open("simulated-single") as device:
        assert device.info.slaps == frozenset()
        assert positions(capture(device, CaptureRequest(positions=(Position.LEFT_THUMB,)))) == [Position.LEFT_THUMB]
        with pytest.raises(DeviceRefusedError):
            capture(device, RIGHT)
        with pytest.raises(DeviceRefusedError):
            capture(device, CaptureRequest(positions=(Position.FACE,)))


def test_the_chain_goes_over_all_captures_of_an_open_device(station: Station) -> None:
    with station.open() as device:
        links = []
        for _ in range(3):
            evidence = capture(device).evidence
            assert evidence is not None
            links.append(evidence.chain_hash)
            with station.simulator.fault("tampered-hash"), pytest.raises(DeviceTrustError):
                capture(device)
    assert len(set(links)) == 3


def test_what_is_known_of_a_sample_and_its_origin(station: Station) -> None:
    with station.open("SIMULATEDSLAP0001") as device:
        captured = capture(device)
    (one,) = captured.samples
    assert one.sample.simulated
    assert one.sample.ppi == device.info.ppi == 500
    assert one.device_quality is not None
    assert captured.evidence is not None
    assert (captured.evidence.serial, device.info.serial) == ("SIMULATEDSLAP0001",) * 2
    assert captured.evidence.certificate_sha256 == device.info.details["certificate"]


def test_several_devices_at_one_service_must_be_told_apart(station: Station) -> None:
    with pytest.raises(CaptureError, match="simulated-single, simulated-slap") as refused, station.open(""):
        pass
    assert refused.value.remedy is not None
    assert "/ID" in refused.value.remedy


def test_discovery_lists_what_is_there_and_how_it_is(station: Station) -> None:
    found = driver(station.choices).discover(Call("sbi:", 5.0))
    assert [one.kind for one in found] == [DeviceKind.FINGERPRINT_SCANNER] * 2
    assert all(one.simulated for one in found)
    with station.simulator.fault("error-111"):
        assert "busy" in driver(station.choices).discover(Call("sbi:", 5.0))[0].name
    for name in ("hangs", "garbage", "garbage-body", "http-500", "unplugged", "resets"):
        with station.simulator.fault(name):
            assert driver(station.choices).discover(Call("sbi:", 0.5)) == [], name


def test_nobody_is_trusted_without_a_choice_or_by_another_root(station: Station, tmp_path: Path) -> None:
    uri = DeviceUri.parse(f"sbi:{station.simulator.url}simulated-slap")
    with pytest.raises(DeviceTrustError) as refused:
        driver(replace(station.choices, sbi_trust=None)).open(uri, Call(uri.shown, 5.0))
    assert refused.value.check == "no-trust"
    other = tmp_path / "other.pem"
    SbiSimulator(Simulation(trust=other))
    with pytest.raises(DeviceTrustError) as refused:
        driver(replace(station.choices, sbi_trust=other)).open(uri, Call(uri.shown, 5.0))
    assert refused.value.check == "chain"


def test_a_device_of_another_environment_is_not_trusted(station: Station) -> None:
    uri = DeviceUri.parse(f"sbi:{station.simulator.url}simulated-slap")
    with pytest.raises(DeviceTrustError) as refused:
        driver(replace(station.choices, sbi_environment="Production")).open(uri, Call(uri.shown, 5.0))
    assert refused.value.check == "environment"


def test_the_examination_tells_what_is_there(station: Station, tmp_path: Path) -> None:
    fine = driver(station.choices).examine(Call("sbi:", 5.0))
    assert [one.fine for one in fine] == [True, True]
    (missing, _) = driver(replace(station.choices, sbi_trust=tmp_path / "none.pem")).examine(Call("sbi:", 5.0))
    assert (missing.fine, missing.optional) == (False, False)


def test_a_reset_service_is_lost_and_found(station: Station, device: Device) -> None:
    with station.simulator.fault("garbage"), pytest.raises(DeviceProtocolError):
        capture(device)
    capture(device)


def test_devices_of_level_0_and_the_leaf_alone_are_believed_where_the_provider_is_trusted(tmp_path: Path) -> None:
    trust = tmp_path / "trust.pem"
    with SbiSimulator(Simulation(port=0, certification="L0", environment="Staging")) as simulator:
        port = int(simulator.url.rstrip("/").rpartition(":")[2])
        authorities = (simulator.pki.root, simulator.pki.provider.certificate)
        trust.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in authorities))
        choices = DeviceChoices(sbi_trust=trust, sbi_first_port=port, sbi_last_port=port, sbi_environment="Staging")
        station = Station(simulator=simulator, choices=choices)
        with station.open() as device, simulator.fault("leaf-only"):
            assert positions(capture(device)) == [Position.RIGHT_INDEX]
            assert device.info.details["certification"] == "L0"
            with simulator.fault("foreign-digital-id"), pytest.raises(DeviceTrustError):
                capture(device)


def test_a_face_is_captured(tmp_path: Path) -> None:
    faces, trust = tmp_path / "faces", tmp_path / "trust.pem"
    faces.mkdir()
    Image.new("RGB", (480, 640), (200, 150, 120)).save(faces / "nobody.png")
    with SbiSimulator(Simulation(port=0, trust=trust, faces=faces)) as simulator:
        port = int(simulator.url.rstrip("/").rpartition(":")[2])
        choices = DeviceChoices(sbi_trust=trust, sbi_first_port=port, sbi_last_port=port)
        with Station(simulator=simulator, choices=choices).open("simulated-face") as device:
            assert device.info.descriptor.kind is DeviceKind.CAMERA
            (one,) = capture(device, CaptureRequest(positions=(Position.FACE,))).samples
            assert (one.sample.position, one.sample.ppi, one.sample.simulated) == (Position.FACE, None, True)
            with pytest.raises(DeviceRefusedError):
                capture(device)


def failing(device: Device, cancellation: Cancellation, failed: list[CaptureError]) -> threading.Thread:
    """Capture in a thread, and keep the error."""

    def work() -> None:
        try:
            device.capture(ONE, Call(device.info.descriptor.uri, 30.0, cancellation))
        except CaptureError as error:
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def wait_until_busy(station: Station) -> None:
    call = Call("sbi:", 20.0)
    while "busy" not in driver(station.choices).discover(call)[0].name:
        call.wait(0.05)


def test_a_second_program_finds_the_device_busy_and_the_first_can_be_cancelled(station: Station) -> None:
    failed: list[CaptureError] = []
    with station.open() as first, station.open() as second, station.simulator.presenting("nothing"):
        cancellation = Cancellation()
        thread = failing(first, cancellation, failed)
        wait_until_busy(station)
        with pytest.raises(DeviceBusyError):
            capture(second)
        cancellation.cancel()
        thread.join()
        assert isinstance(failed[0], CaptureCancelledError)
        station.simulator.present("as-asked")
        assert positions(capture(second)) == [Position.RIGHT_INDEX]


def test_a_service_that_ends_in_the_middle_of_a_capture_is_lost(station: Station, tmp_path: Path) -> None:
    trust = tmp_path / "trust.pem"
    failed: list[CaptureError] = []
    with SbiSimulator(Simulation(port=0, trust=trust), pki=station.simulator.pki) as simulator:
        port = int(simulator.url.rstrip("/").rpartition(":")[2])
        choices = DeviceChoices(sbi_trust=trust, sbi_first_port=port, sbi_last_port=port)
        simulator.present("nothing")
        other = Station(simulator=simulator, choices=choices)
        with other.open() as device:
            thread = failing(device, Cancellation(), failed)
            wait_until_busy(other)
            simulator.close()
            thread.join()
            assert isinstance(failed[0], DeviceLostError)
            with pytest.raises(DeviceLostError):
                capture(device)
