from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from biometrics.errors import DeviceNotFoundError, DriverUnavailableError
from biometrics.positions import Position
from devices.calls import Call
from devices.cameras.v4l2 import V4l2Driver, open_with_opencv
from devices.cameras.v4l2_nodes import Kernel
from devices.contract import CaptureRequest
from devices.uris import DeviceUri
from tests.devices.cameras.pictures import number_of
from tests.devices.cameras.webcam import METADATA, STREAMS, Webcam


@pytest.fixture
def webcam(tmp_path: Path) -> Webcam:
    return Webcam(tmp_path)


@pytest.fixture
def driver(webcam: Webcam) -> V4l2Driver:
    return V4l2Driver(webcam.machine)


@pytest.fixture
def call() -> Iterator[Call]:
    yield Call("v4l2:", 10.0)


def test_only_nodes_that_give_pictures_are_found(driver: V4l2Driver, call: Call) -> None:
    assert [(camera.uri, camera.name) for camera in driver.discover(call)] == [("v4l2:0", "Test Cam")]


def test_a_machine_without_cameras_has_none(tmp_path: Path, call: Call) -> None:
    driver = V4l2Driver(Webcam(tmp_path).machine)
    for node in (tmp_path / "class").iterdir():
        node.rmdir()
    assert driver.discover(call) == []
    (finding,) = driver.examine(call)
    assert (finding.fine, finding.optional) == (False, True)


def test_this_machine_can_be_searched_whatever_it_has(call: Call) -> None:
    for index in Kernel().indexes():
        assert index >= 0
    assert isinstance(Kernel(classes=Path("/nowhere")).indexes(), list)


def test_who_may_not_open_it_is_told_the_command(webcam: Webcam, call: Call) -> None:
    def forbidden(*asked: object) -> object:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    kernel = Kernel(classes=webcam.classes, nodes=webcam.nodes, ioctl=forbidden)
    driver = V4l2Driver(replace(webcam.machine, kernel=kernel))
    with pytest.raises(DriverUnavailableError) as refused:
        driver.discover(call)
    assert refused.value.command is not None
    assert refused.value.command.startswith("usermod -aG video ")
    (finding,) = driver.examine(call)
    assert (finding.fine, finding.optional, finding.command) == (False, False, refused.value.command)
    with pytest.raises(DriverUnavailableError):
        driver.open(DeviceUri.parse("v4l2:0"), call)


def test_wishes_reach_the_camera_and_it_says_what_it_gives(webcam: Webcam, driver: V4l2Driver, call: Call) -> None:
    uri = DeviceUri.parse("v4l2:0?width=1280&height=720&fps=30")
    with closing(driver.open(uri, call)) as device:
        assert webcam.wished == {"width": 1280, "height": 720, "fps": 30}
        assert device.info.details == {
            "size": "64 x 48", "fps": "30", "codec": "MJPG", "kernel driver": "uvcvideo", "connected at": "usb-1.2",
        }  # fmt: skip
        sample = device.capture(CaptureRequest(positions=(Position.FACE,)), call).samples[0].sample
        assert number_of(sample.pixels) == 4, "red comes first"
    assert [capture.released for capture in webcam.opened] == [True]


def test_a_node_of_metadata_is_no_camera(driver: V4l2Driver, call: Call) -> None:
    with pytest.raises(DeviceNotFoundError, match="gives no pictures"):
        driver.open(DeviceUri.parse("v4l2:1"), call)


def test_a_node_that_is_no_video_device_is_no_camera(tmp_path: Path, call: Call) -> None:
    (tmp_path / "video0").touch()
    kernel = Kernel(classes=tmp_path, nodes=tmp_path, ioctl=fcntl.ioctl)
    assert kernel.indexes() == [0]
    assert kernel.node(0, "v4l2:0") is None


def test_a_camera_that_cannot_stream_is_left_out(webcam: Webcam, driver: V4l2Driver, call: Call) -> None:
    webcam.capable[0] &= ~STREAMS
    webcam.capable[1] = METADATA
    assert driver.discover(call) == []


def test_opencv_says_quietly_that_no_such_camera_opens(capfd: pytest.CaptureFixture[str]) -> None:
    assert open_with_opencv(9_999, {"width": 640, "height": 480}) is None
    assert capfd.readouterr() == ("", "")
