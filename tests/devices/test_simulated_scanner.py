from __future__ import annotations

import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import devices.simulated_scanner
from biometrics.errors import CaptureError, DeviceNotFoundError, DeviceRefusedError, NothingPresentedError
from biometrics.positions import FINGERS, Position
from biometrics.samples import BiometricSample
from biometrics.slaps import Slap
from devices.calls import Call
from devices.contract import CaptureRequest, Frame, FrameJudgement
from devices.simulated import FingerTraits, MasterPrint, grow_master
from devices.simulated_scanner import SimulatedScanner
from devices.uris import DeviceUri
from models.finger.extractor import FingerExtractor
from models.store import ModelStore

INDEX, LITTLE = (CaptureRequest(positions=(position,)) for position in (Position.RIGHT_INDEX, Position.LEFT_LITTLE))


def _opened(uri: str) -> closing[SimulatedScanner]:
    return closing(SimulatedScanner(DeviceUri.parse(uri)))


def _captured(scanner: SimulatedScanner, request: CaptureRequest) -> tuple[BiometricSample, ...]:
    got = scanner.capture(request, Call(scanner.info.descriptor.uri, request.timeout_s))
    return tuple(taken.sample for taken in got.samples)


def _impressions(uri: str, *requests: CaptureRequest) -> list[bytes]:
    with _opened(uri) as scanner:
        return [_captured(scanner, request)[0].pixels.tobytes() for request in requests]


def test_the_same_visit_leaves_the_same_impressions_and_each_finger_its_own() -> None:
    once = _impressions("simulated:finger?person=42&seed=1", INDEX, INDEX, LITTLE)
    again = _impressions("simulated:finger?seed=1&person=42&profile=ordinary", INDEX, LITTLE, INDEX)
    assert once == [again[0], again[2], again[1]]
    assert len(set(once)) == 3


def test_another_visit_profile_or_person_leaves_others() -> None:
    queries = ("person=42", "person=42&seed=1", "person=43", "person=42&profile=worn")
    assert len({_impressions(f"simulated:finger?{query}", INDEX)[0] for query in queries}) == len(queries)
    assert _impressions("simulated:finger?person=42", INDEX) == _impressions("simulated:finger?person=42&seed=0", INDEX)


def test_each_finger_grows_once(monkeypatch: pytest.MonkeyPatch) -> None:
    grown: list[Position] = []

    def growing(traits: FingerTraits) -> MasterPrint:
        grown.append(traits.position)
        return grow_master(traits)

    monkeypatch.setattr(devices.simulated_scanner, "grow_master", growing)
    _impressions("simulated:finger?person=1", INDEX, INDEX, LITTLE, INDEX)
    assert grown == [Position.RIGHT_INDEX, Position.LEFT_LITTLE]


def test_a_missing_finger_is_not_pressed_and_the_others_are() -> None:
    with _opened("simulated:finger?person=42&missing=right_index,left_thumb") as scanner:
        with pytest.raises(NothingPresentedError, match="no right_index") as refused:
            _captured(scanner, INDEX)[0]
        assert _captured(scanner, LITTLE)[0].position is Position.LEFT_LITTLE
    assert refused.value.remedy == "skip this finger"


def test_visits_never_share_an_impression(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices.simulated_scanner, "_MOST_TOUCHES", 2)
    with _opened("simulated:finger?person=42") as scanner:
        for _ in range(2):
            _captured(scanner, INDEX)[0]
        with pytest.raises(CaptureError, match="another seed"):
            _captured(scanner, INDEX)[0]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("person=-1", "person must be a whole number"),
        ("person=", "person must be a whole number"),
        ("seed=1", "person must be a whole number"),
        ("person=1&seed=1.5", "seed must be a whole number"),
        ("person=" + "9" * 16, "at most 15 digits"),
        ("person=1&profile=none", "ordinary"),
        ("person=1&missing=nose", "unknown position"),
        ("person=1&missing=", "one of the ten fingers"),
        ("person=1&person=2", "once"),
        ("person=1&colour=red", "nothing else"),
        ("person", "cannot be read"),
    ],
)
def test_what_a_uri_gets_wrong_is_named(query: str, said: str) -> None:
    uri = f"simulated:finger?{query}"
    with pytest.raises(CaptureError, match=said) as refused:
        _opened(uri)
    assert (refused.value.source, bool(refused.value.remedy)) == (uri, True)


def test_a_captured_sample_becomes_a_template_that_says_it_is_simulated(tmp_path: Path) -> None:
    extractor = FingerExtractor.load(ModelStore(tmp_path))
    with _opened("simulated:finger?person=42") as scanner:
        extraction = extractor.extract(_captured(scanner, INDEX)[0])
    assert extraction.template is not None
    assert (extraction.template.simulated, extraction.template.position) == (True, Position.RIGHT_INDEX)
    assert len(extraction.template.minutiae) >= 15


def test_all_ten_fingers_can_be_captured() -> None:
    with _opened("simulated:finger?person=7&profile=clean") as scanner:
        pictures = [_captured(scanner, CaptureRequest(positions=(position,)))[0].pixels for position in FINGERS]
    assert len({picture.tobytes() for picture in pictures}) == len(FINGERS)
    assert {picture.dtype for picture in pictures} == {np.dtype(np.uint8)}


def test_a_slap_gives_each_finger_that_is_there_by_name() -> None:
    with _opened("simulated:finger?person=42&missing=right_ring") as scanner:
        samples = _captured(scanner, CaptureRequest(positions=Slap.RIGHT.fingers, slap=Slap.RIGHT))
        assert Slap.RIGHT in scanner.info.slaps
    seen = [finger for finger in Slap.RIGHT.fingers if finger is not Position.RIGHT_RING]
    assert [sample.position for sample in samples] == seen
    assert len({sample.pixels.tobytes() for sample in samples}) == 3


def test_a_scanner_takes_no_face_and_is_no_other_device() -> None:
    with _opened("simulated:finger?person=42") as scanner, pytest.raises(DeviceRefusedError, match="faces"):
        _captured(scanner, CaptureRequest(positions=(Position.FACE,)))
    with pytest.raises(DeviceNotFoundError, match="iris"):
        _opened("simulated:iris?person=1")


def test_fingers_are_pressed_after_their_delay_or_not_in_time() -> None:
    with _opened("simulated:finger?person=42&delay_ms=150") as scanner:
        begun = time.monotonic()
        _captured(scanner, INDEX)
        assert time.monotonic() - begun >= 0.15
        with pytest.raises(NothingPresentedError, match="in time"):
            _captured(scanner, replace(INDEX, timeout_s=0.1))


def test_closing_ends_a_capture_that_waits() -> None:
    with _opened("simulated:finger?person=42&delay_ms=60000") as scanner:
        closer = threading.Timer(0.1, scanner.close)
        closer.start()
        with pytest.raises(CaptureError, match="closed"):
            _captured(scanner, replace(INDEX, timeout_s=50.0))
        closer.join()


def test_a_judge_has_the_finger_pressed_until_it_takes_one_or_the_time_is_up() -> None:
    seen: list[int] = []

    def judge(frame: Frame) -> FrameJudgement:
        seen.append(frame.number)
        return FrameJudgement(score=float(frame.number), take=frame.number == 2)

    with _opened("simulated:finger?person=42") as scanner:
        got = scanner.capture(replace(INDEX, judge=judge), Call("simulated:finger", 30.0))
        assert (seen, got.frames_seen, len(got.samples)) == ([0, 1, 2], 3, 1)
        with pytest.raises(NothingPresentedError):
            scanner.capture(replace(INDEX, judge=lambda _: FrameJudgement(score=None)), Call("simulated:finger", 0.5))
        best = scanner.capture(replace(INDEX, judge=lambda _: FrameJudgement(score=1.0)), Call("simulated:finger", 0.5))
    assert (best.samples[0].sample.position, best.samples[0].sample.simulated) == (Position.RIGHT_INDEX, True)
