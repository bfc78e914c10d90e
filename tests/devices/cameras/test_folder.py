from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from biometrics.errors import (
    CaptureError,
    DeviceNotFoundError,
    DeviceProtocolError,
    DeviceRefusedError,
    NothingPresentedError,
)
from biometrics.image_writing import write_png
from biometrics.positions import Position
from biometrics.samples import BiometricSample
from biometrics.slaps import Slap
from devices.calls import Call
from devices.cameras.folder import driver, natural
from devices.choices import DeviceChoices
from devices.contract import CaptureRequest, Device, DeviceKind, FrameJudgement
from devices.uris import DeviceUri
from tests.devices.cameras.pictures import levels, number_of, write_folder

FACE = CaptureRequest(positions=(Position.FACE,))
CALL_S = 5.0


def open_folder(uri: str) -> closing[Device]:
    return closing(driver(DeviceChoices()).open(DeviceUri.parse(uri), Call(uri, CALL_S)))


def taken(device: Device, request: CaptureRequest = FACE) -> BiometricSample:
    return device.capture(request, Call("file:", CALL_S)).samples[0].sample


def test_pictures_come_in_natural_order_until_none_is_left(tmp_path: Path) -> None:
    write_folder(tmp_path, 11)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "older.png").mkdir()
    with open_folder(f"file:{tmp_path}") as device:
        assert [number_of(taken(device).pixels) for _ in range(11)] == list(range(1, 12))
        with pytest.raises(NothingPresentedError, match="no picture is left"):
            taken(device)
    assert device.info.details["pictures"] == "11"


def test_fingers_have_the_resolution_of_the_uri_and_slaps_come_whole(tmp_path: Path) -> None:
    write_folder(tmp_path, 2)
    with open_folder(f"file:{tmp_path}?kind=finger&ppi=1000") as device:
        assert device.info.descriptor.kind is DeviceKind.FINGERPRINT_SCANNER
        finger = taken(device, CaptureRequest(positions=(Position.LEFT_THUMB,)))
        slap = taken(device, CaptureRequest(positions=Slap.RIGHT.fingers, slap=Slap.RIGHT))
        with pytest.raises(DeviceRefusedError):
            taken(device)
    assert (finger.position, finger.ppi, slap.position) == (Position.LEFT_THUMB, 1000.0, Position.UNKNOWN)


def test_the_mark_of_each_picture_carries_over(tmp_path: Path) -> None:
    write_png(tmp_path / "1.png", levels(1), simulated=True)
    write_png(tmp_path / "2.png", levels(2))
    with open_folder(f"file:{tmp_path}") as device:
        assert [taken(device).simulated, taken(device).simulated] == [True, False]


def test_an_unreadable_picture_is_named_and_the_next_one_works(tmp_path: Path) -> None:
    write_folder(tmp_path, 3)
    (tmp_path / "picture 2.png").write_bytes(b"garbage")
    with open_folder(f"file:{tmp_path}") as device:
        taken(device)
        with pytest.raises(DeviceProtocolError, match=r"picture 2\.png") as failure:
            taken(device)
        assert failure.value.source == f"file:{tmp_path}"
        assert number_of(taken(device).pixels) == 3


def test_a_judge_that_finds_something_has_no_need_to_wait(tmp_path: Path) -> None:
    write_folder(tmp_path, 1)
    request = CaptureRequest(positions=(Position.FACE,), judge=lambda frame: FrameJudgement(score=1.0))
    with open_folder(f"file:{tmp_path}") as device:
        call = Call("file:", 600.0)
        device.capture(request, call)
        assert call.remaining_s > 500


@pytest.mark.parametrize("name", ["nowhere", "picture 1.png"])
def test_what_is_no_folder_is_not_found(tmp_path: Path, name: str) -> None:
    write_folder(tmp_path, 1)
    with pytest.raises(DeviceNotFoundError), open_folder(f"file:{tmp_path / name}"):
        pass


def test_a_folder_does_not_stream(tmp_path: Path) -> None:
    write_folder(tmp_path, 1)
    with open_folder(f"file:{tmp_path}") as device, pytest.raises(CaptureError):
        next(iter(device.stream(Call("file:", CALL_S))))


def test_numbers_in_names_are_numbers() -> None:
    assert sorted(["a10", "a9", "b1", "10", "A1"], key=natural) == ["10", "A1", "a9", "a10", "b1"]
