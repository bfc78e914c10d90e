"""A preview tells what to do where that can be told, and how large pictures are where it cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from api.devices.lookers import Lookers, modality_of
from api.devices.seeing import Seeing
from biometrics.errors import CaptureError
from biometrics.positions import Modality, Position
from biometrics.slaps import Slap
from devices.contract import DeviceInfo, DeviceKind
from enrollment.capture.face_hints import FaceLooker
from enrollment.capture.finger_hints import FingerLooker
from enrollment.capture.slap_hints import SlapLooker
from models.store import ModelStore
from tests.enrollment.capture.streams import frame_of
from tests.enrollment.capture.toys import ToyDevice

SCANNER = ToyDevice(answers=[]).info
SINGLE = replace(SCANNER, slaps=frozenset())
WITHOUT_PPI = replace(SCANNER, ppi=None)
CAMERA = replace(SINGLE, ppi=None, descriptor=replace(SCANNER.descriptor, kind=DeviceKind.CAMERA))
EMPTY = np.full((400, 336), 230, np.uint8)
INDEX = (Position.RIGHT_INDEX,)


@pytest.fixture(scope="module")
def lookers() -> Lookers:
    return Lookers(ModelStore())


def test_who_looks_at_what(lookers: Lookers) -> None:
    assert isinstance(lookers.of(SCANNER, INDEX, None), FingerLooker)
    assert isinstance(lookers.of(SCANNER, Slap.LEFT.fingers, Slap.LEFT), SlapLooker)
    assert isinstance(lookers.of(SINGLE, (Position.UNKNOWN,), None), FingerLooker)
    first, second = (lookers.of(CAMERA, (Position.FACE,), None) for _ in range(2))
    assert isinstance(first, FaceLooker) and first is not second
    assert lookers.of(WITHOUT_PPI, INDEX, None) is None
    assert (modality_of(CAMERA), modality_of(SCANNER)) == (Modality.FACE, Modality.FINGER)


def test_a_device_of_something_else_is_refused(lookers: Lookers) -> None:
    with pytest.raises(CaptureError, match="captures fingers, not faces") as refused:
        lookers.of(SCANNER, (Position.FACE,), None)
    assert refused.value.source == "toy:1"
    with pytest.raises(CaptureError, match="captures faces, not fingers"):
        lookers.of(CAMERA, INDEX, None)
    with pytest.raises(CaptureError, match="does not say its resolution"):
        lookers.required(WITHOUT_PPI, INDEX, None)


def _seeing(lookers: Lookers, info: DeviceInfo, language: str = "en") -> Seeing:
    return Seeing.of(info, INDEX if info is SCANNER else (Position.UNKNOWN,), None, lookers, language)


def test_lines_tell_the_size_and_then_what_to_do(lookers: Lookers) -> None:
    seeing = _seeing(lookers, SCANNER, "fr")
    assert not seeing.note
    first = seeing.lines(frame_of(EMPTY))
    assert first == ["0: images de 336 x 400 pixels"]
    assert seeing.lines(frame_of(EMPTY, 1)) == []
    assert seeing.lines(frame_of(EMPTY[:300], 5)) == ["5: images de 336 x 300 pixels"]
    assert seeing.count == 3


@pytest.mark.parametrize(
    ("info", "note"), [(WITHOUT_PPI, "does not say which resolution"), (SCANNER, ""), (SINGLE, ""), (None, "nobody")]
)
def test_what_cannot_be_judged_is_shown_with_a_note(lookers: Lookers, info: DeviceInfo | None, note: str) -> None:
    # None: a scanner of slaps, and nobody said what is presented.
    shown = replace(SCANNER, serial="1") if info is None else info
    seeing = _seeing(lookers, shown)
    assert (note in seeing.note) if note else not seeing.note
    document = seeing.document(frame_of(EMPTY, 3))
    assert (document["frame"], document["width"], document["height"]) == (3, 336, 400)
    assert ("hints" in document) is document["judged"] is (not note)
    if note:
        assert seeing.told(frame_of(EMPTY)) == [seeing.note]


def test_a_page_is_told_what_the_operator_would_be(lookers: Lookers) -> None:
    seeing = _seeing(lookers, SCANNER)
    assert all(isinstance(line, str) for line in seeing.told(frame_of(EMPTY)))
    assert seeing.count == 1
