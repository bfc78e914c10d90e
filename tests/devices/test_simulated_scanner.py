from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import devices.simulated_scanner
from biometrics.errors import CaptureError
from biometrics.positions import FINGERS, Position
from devices.contract import CaptureRequest
from devices.simulated import FingerTraits, MasterPrint, grow_master
from devices.simulated_scanner import SimulatedScanner
from models.finger.extractor import FingerExtractor
from models.store import ModelStore

INDEX, LITTLE = (CaptureRequest(position=position) for position in (Position.RIGHT_INDEX, Position.LEFT_LITTLE))


def _captured(uri: str, *requests: CaptureRequest) -> list[bytes]:
    with SimulatedScanner(uri) as scanner:
        return [scanner.capture(request).pixels.tobytes() for request in requests]


def test_the_same_visit_leaves_the_same_impressions_and_each_finger_its_own() -> None:
    once = _captured("simulated:finger?person=42&seed=1", INDEX, INDEX, LITTLE)
    again = _captured("simulated:finger?seed=1&person=42&profile=ordinary", INDEX, LITTLE, INDEX)
    assert once == [again[0], again[2], again[1]]
    assert len(set(once)) == 3


def test_another_visit_profile_or_person_leaves_others() -> None:
    queries = ("person=42", "person=42&seed=1", "person=43", "person=42&profile=worn")
    assert len({_captured(f"simulated:finger?{query}", INDEX)[0] for query in queries}) == len(queries)
    assert _captured("simulated:finger?person=42", INDEX) == _captured("simulated:finger?person=42&seed=0", INDEX)


def test_each_finger_grows_once(monkeypatch: pytest.MonkeyPatch) -> None:
    grown: list[Position] = []

    def growing(traits: FingerTraits) -> MasterPrint:
        grown.append(traits.position)
        return grow_master(traits)

    monkeypatch.setattr(devices.simulated_scanner, "grow_master", growing)
    _captured("simulated:finger?person=1", INDEX, INDEX, LITTLE, INDEX)
    assert grown == [Position.RIGHT_INDEX, Position.LEFT_LITTLE]


def test_a_missing_finger_is_not_pressed_and_the_others_are() -> None:
    with SimulatedScanner("simulated:finger?person=42&missing=right_index,left_thumb") as scanner:
        with pytest.raises(CaptureError, match="no right_index") as refused:
            scanner.capture(INDEX)
        assert scanner.capture(LITTLE).position is Position.LEFT_LITTLE
    assert refused.value.remedy == "skip this finger"


def test_visits_never_share_an_impression(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices.simulated_scanner, "_MOST_TOUCHES", 2)
    with SimulatedScanner("simulated:finger?person=42") as scanner:
        for _ in range(2):
            scanner.capture(INDEX)
        with pytest.raises(CaptureError, match="another seed"):
            scanner.capture(INDEX)


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
        SimulatedScanner(uri)
    assert (refused.value.source, bool(refused.value.remedy)) == (uri, True)


def test_a_captured_sample_becomes_a_template_that_says_it_is_simulated(tmp_path: Path) -> None:
    extractor = FingerExtractor.load(ModelStore(tmp_path))
    with SimulatedScanner("simulated:finger?person=42") as scanner:
        extraction = extractor.extract(scanner.capture(INDEX))
    assert extraction.template is not None
    assert (extraction.template.simulated, extraction.template.position) == (True, Position.RIGHT_INDEX)
    assert len(extraction.template.minutiae) >= 15


def test_all_ten_fingers_can_be_captured() -> None:
    with SimulatedScanner("simulated:finger?person=7&profile=clean") as scanner:
        pictures = [scanner.capture(CaptureRequest(position=position)).pixels for position in FINGERS]
    assert len({picture.tobytes() for picture in pictures}) == len(FINGERS)
    assert {picture.dtype for picture in pictures} == {np.dtype(np.uint8)}
