"""What can go wrong at a scanner, made to go wrong at libfprint itself: the right error, in time, and no trace."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from biometrics.errors import (
    CaptureCancelledError,
    CaptureError,
    DeviceBusyError,
    DeviceLostError,
    DeviceNotFoundError,
    DeviceProtocolError,
    DeviceRefusedError,
    DeviceTimeoutError,
    DriverUnavailableError,
    NothingPresentedError,
)
from biometrics.positions import Position
from biometrics.slaps import Slap
from devices.calls import Call, Cancellation
from devices.choices import DeviceChoices
from devices.contract import Captured, CaptureRequest, Frame, FrameJudgement
from devices.fprint.driver import FprintDriver
from devices.fprint.scanner import FprintScanner
from devices.uris import DeviceUri
from tests.devices.fprint.finger import (
    AUTOMATIC,
    BLANK,
    ERROR,
    FINGER,
    NOTHING,
    REMOVED,
    RETRY,
    STOPS,
    SimulatedFinger,
    control,
    picture,
    print_of_a_finger,
    simulated_finger,
)
from tests.devices.fprint.libfprint import URI, virtual_device

LATE_S = 2.0
"""How much later than its time-out an answer may come."""

TRIES_S = 0.8
"""Time-out of captures that come to nothing."""


@pytest.fixture(scope="module")
def path() -> Iterator[Path]:
    with virtual_device() as path:
        yield path


@pytest.fixture(scope="module")
def finger(path: Path) -> Iterator[SimulatedFinger]:
    with simulated_finger(path) as finger:
        yield finger


@pytest.fixture
def scanner(path: Path) -> Iterator[FprintScanner]:
    scanner = opened()
    with closing(scanner):
        yield scanner
    assert not exists(scanner.pid), "its process outlived it"


def opened(uri: str = URI, choices: DeviceChoices | None = None) -> FprintScanner:
    return FprintDriver(choices or DeviceChoices()).open(DeviceUri.parse(uri), Call(uri, 20.0))


def captured(scanner: FprintScanner, timeout_s: float = 20.0, cancellation: Cancellation | None = None) -> Captured:
    request = CaptureRequest(positions=(Position.LEFT_THUMB,), timeout_s=timeout_s)
    return scanner.capture(request, Call(URI, timeout_s, cancellation))


def works(scanner: FprintScanner | None = None) -> bool:
    """Capture once more, with the scanner, or with one opened anew."""
    if scanner is not None:
        return captured(scanner).samples[0].sample.pixels.shape == (400, 336)
    with closing(opened()) as another:
        return works(another)


def exists(pid: int) -> bool:
    """Whether there is such a process, if only as a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_pixels_arrive_as_they_were_sent(scanner: FprintScanner, finger: SimulatedFinger) -> None:
    sample = captured(scanner).samples[0].sample
    assert np.array_equal(sample.pixels, print_of_a_finger())
    assert (sample.ppi, sample.position, sample.device) == (500.0, Position.LEFT_THUMB, URI)
    assert sample.simulated
    assert scanner.info.descriptor.simulated


def test_a_scanner_that_is_pulled_out_is_lost(scanner: FprintScanner, finger: SimulatedFinger) -> None:
    with finger.instead(control(REMOVED)), pytest.raises(DeviceLostError, match="pulled out"):
        captured(scanner)
    with pytest.raises(DeviceLostError):
        captured(scanner)
    scanner.close()
    assert works()


def test_a_process_that_dies_is_lost_and_not_left_over(scanner: FprintScanner, finger: SimulatedFinger) -> None:
    with finger.instead(NOTHING):
        timer = threading.Timer(0.3, os.kill, (scanner.pid, signal.SIGSEGV))
        timer.start()
        with pytest.raises(DeviceLostError, match="SIGSEGV"):
            captured(scanner)
        timer.join()
    assert not exists(scanner.pid)
    with pytest.raises(DeviceLostError, match="SIGSEGV"):
        captured(scanner)
    assert works()


def test_a_process_that_hangs_is_killed_in_time(scanner: FprintScanner, finger: SimulatedFinger) -> None:
    begun = time.monotonic()
    with finger.instead(NOTHING, signal_=STOPS), pytest.raises(DeviceTimeoutError) as hung:
        captured(scanner, TRIES_S)
    assert time.monotonic() - begun < TRIES_S + LATE_S
    assert (hung.value.timeout_s, exists(scanner.pid)) == (TRIES_S, False)
    assert works()


def test_a_hanging_process_does_not_keep_a_cancelled_capture(scanner: FprintScanner, finger: SimulatedFinger) -> None:
    cancellation = Cancellation()
    with finger.instead(NOTHING, signal_=STOPS):
        timer = threading.Timer(0.5, cancellation.cancel)
        timer.start()
        begun = time.monotonic()
        with pytest.raises(CaptureCancelledError):
            captured(scanner, 60.0, cancellation)
        assert time.monotonic() - begun < 0.5 + LATE_S
        timer.join()
    assert not exists(scanner.pid)


def test_a_hanging_process_does_not_keep_close(scanner: FprintScanner, finger: SimulatedFinger) -> None:
    os.kill(scanner.pid, signal.SIGSTOP)
    begun = time.monotonic()
    scanner.close()
    assert time.monotonic() - begun < 1.0 + LATE_S
    assert not exists(scanner.pid)


def test_closing_ends_the_capture_of_another_thread(scanner: FprintScanner, finger: SimulatedFinger) -> None:
    with finger.instead(NOTHING):
        timer = threading.Timer(0.5, scanner.close)
        timer.start()
        begun = time.monotonic()
        with pytest.raises(CaptureError, match="closed"):
            captured(scanner, 60.0)
        assert time.monotonic() - begun < 0.5 + LATE_S
        timer.join()


def test_half_a_picture_is_none(scanner: FprintScanner, finger: SimulatedFinger) -> None:
    whole = print_of_a_finger()
    torn = picture(whole[:200], height=400)
    with finger.instead(torn, hangs_up=True), pytest.raises(DeviceProtocolError, match="missing"):
        captured(scanner)
    assert works(scanner)


def test_a_finger_that_leaves_in_mid_picture_comes_back(scanner: FprintScanner, finger: SimulatedFinger) -> None:
    with finger.instead(picture(print_of_a_finger()[:1], height=400)), pytest.raises(NothingPresentedError):
        captured(scanner, 0.5)  # some lines arrive, and no more
    finger.let_go()
    assert works(scanner)


@pytest.mark.parametrize(
    "size",
    [(0, 0), (-7, 5), (100_000, 100_000), (65_535, 65_535), (2**31 - 1, 2)],
    ids=str,
)
def test_a_picture_of_an_impossible_size_is_none(
    scanner: FprintScanner, finger: SimulatedFinger, size: tuple[int, int]
) -> None:
    begun = time.monotonic()
    with (
        finger.instead(struct.pack("ii", *size) + bytes(1000), hangs_up=True),
        pytest.raises((NothingPresentedError, DeviceProtocolError, DeviceLostError)) as wrong,
    ):
        captured(scanner, TRIES_S)
    assert time.monotonic() - begun < TRIES_S + LATE_S
    assert wrong.value.remedy
    if not isinstance(wrong.value, DeviceLostError):
        assert works(scanner)
    scanner.close()
    assert works()


def test_a_picture_without_ridges_is_asked_for_again_and_told(scanner: FprintScanner, finger: SimulatedFinger) -> None:
    with finger.instead(picture(BLANK)), pytest.raises(NothingPresentedError) as nothing:
        captured(scanner, TRIES_S)
    assert "no ridges" in nothing.value.message
    assert "firmly" in str(nothing.value.remedy)
    assert works(scanner)


def test_what_to_do_better_is_told(scanner: FprintScanner, finger: SimulatedFinger) -> None:
    for code, advice in {1: "more slowly", 2: "middle", 3: "lift", 0: "firmly", 77: "firmly"}.items():
        with finger.instead(control(RETRY, code)), pytest.raises(NothingPresentedError) as nothing:
            captured(scanner, 0.5)
        assert advice in str(nothing.value.remedy), code


def test_a_scan_that_failed_is_made_again(scanner: FprintScanner, finger: SimulatedFinger) -> None:
    with finger.instead(control(RETRY, 1)):
        timer = threading.Timer(0.5, finger.press, (picture(print_of_a_finger()),))
        timer.start()
        assert works(scanner)
        timer.join()


def test_a_finger_that_is_not_lifted_is_told(scanner: FprintScanner, finger: SimulatedFinger) -> None:
    with finger.instead(control(AUTOMATIC, 0) + control(FINGER, 1)), pytest.raises(NothingPresentedError) as nothing:
        captured(scanner, TRIES_S)
    assert "lift" in str(nothing.value.remedy)


def test_every_error_of_libfprint_has_its_type(scanner: FprintScanner, finger: SimulatedFinger) -> None:
    types = {
        0: DeviceRefusedError,
        1: DeviceRefusedError,
        4: DeviceBusyError,
        5: DeviceProtocolError,
        6: DeviceProtocolError,
        7: DeviceRefusedError,
        0x100: DeviceLostError,
        0x101: DeviceRefusedError,
        999: DeviceRefusedError,
    }
    for code, expected in types.items():
        with finger.instead(control(ERROR, code)), pytest.raises(CaptureError) as told:
            captured(scanner)
        assert (code, type(told.value), told.value.source) == (code, expected, URI)
        assert told.value.remedy
    assert works(scanner)


def test_nothing_is_left_over_from_a_finger_that_nobody_asked_for(
    scanner: FprintScanner, finger: SimulatedFinger
) -> None:
    assert works(scanner)
    time.sleep(0.5)  # meanwhile it is pressed five times
    with finger.instead(NOTHING):
        time.sleep(0.3)
        with pytest.raises(NothingPresentedError):
            captured(scanner, 0.5)


def test_the_judge_chooses_among_fingers(scanner: FprintScanner, finger: SimulatedFinger) -> None:
    seen: list[Frame] = []

    def judge(frame: Frame) -> FrameJudgement:
        seen.append(frame)
        return FrameJudgement(score=float(len(seen)), take=len(seen) == 3)

    request = CaptureRequest(positions=(Position.LEFT_THUMB,), timeout_s=20.0, judge=judge)
    got = scanner.capture(request, Call(URI, 20.0))
    assert (got.frames_seen, [frame.number for frame in seen]) == (3, [0, 1, 2])
    assert got.samples[0].sample.pixels is seen[-1].pixels


def test_only_one_finger_is_taken(scanner: FprintScanner) -> None:
    for request in (
        CaptureRequest(positions=(Position.FACE,)),
        CaptureRequest(positions=Slap.LEFT.fingers, slap=Slap.LEFT),
    ):
        with pytest.raises(DeviceRefusedError, match="one finger"):
            scanner.capture(request, Call(URI, 5.0))


def test_the_resolution_is_stated_chosen_or_known(path: Path) -> None:
    chosen = DeviceChoices(fprint_ppi={"virtual_image": 385.0})
    for uri, choices, ppi in (
        (URI, DeviceChoices(), 500.0),
        (URI, chosen, 385.0),
        (f"{URI}?ppi=1000", chosen, 1000.0),
    ):
        with closing(opened(uri, choices)) as scanner:
            assert scanner.info.ppi == ppi


def test_a_second_program_takes_the_virtual_socket_over(scanner: FprintScanner, finger: SimulatedFinger) -> None:
    """libfprint binds the socket anew; whoever opens devices through `devices.opened` is locked out before that."""
    with closing(opened()) as second:
        finger.let_go()
        assert works(second)
        with pytest.raises(NothingPresentedError):
            captured(scanner, 0.5)


def test_scanners_that_compare_inside_are_not_offered(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FP_VIRTUAL_DEVICE", str(path) + "-chip")
    driver = FprintDriver(DeviceChoices())
    assert {device.uri for device in driver.discover(Call("fprint:", 20.0))} == {URI}
    with pytest.raises(DeviceRefusedError, match="in its own chip"):
        opened("fprint:virtual_device")
    told = {finding.what: finding for finding in driver.examine(Call("fprint:", 20.0))}
    (chip,) = (finding for what, finding in told.items() if "virtual_device" in what)
    assert (chip.fine, chip.optional, "no pictures" in chip.told) == (False, True, True)
    assert told["libfprint"].fine


def test_a_device_that_cannot_be_opened_says_why(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FP_VIRTUAL_IMAGE", "/nonexistent/folder/finger")
    with pytest.raises(CaptureError) as wrong:
        opened()
    assert not isinstance(wrong.value, DeviceNotFoundError | DriverUnavailableError)
    assert "libfprint" in wrong.value.message


def test_the_process_does_not_outlive_whoever_started_it(path: Path, finger: SimulatedFinger) -> None:
    ours = subprocess.Popen([sys.executable, "-c", STARTS_ONE], stdout=subprocess.PIPE, text=True)
    with ours:
        assert ours.stdout is not None
        pid = int(ours.stdout.readline())
        assert exists(pid)
        with finger.instead(NOTHING):
            ours.kill()
            until = time.monotonic() + 20.0
            while exists(pid) and state(pid) != "Z":
                assert time.monotonic() < until
                time.sleep(0.05)


STARTS_ONE = f"""
from biometrics.positions import Position
from devices.calls import Call
from devices.choices import DeviceChoices
from devices.contract import CaptureRequest
from devices.fprint.driver import driver
from devices.uris import DeviceUri
scanner = driver(DeviceChoices()).open(DeviceUri.parse("{URI}"), Call("{URI}", 20.0))
print(scanner.pid, flush=True)
while True:
    scanner.capture(CaptureRequest(positions=(Position.LEFT_THUMB,), timeout_s=60.0), Call("{URI}", 60.0))
"""


def state(pid: int) -> str:
    """Of a process, as Linux tells it; nobody may be there to bury an orphan."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"
