from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from biometrics.errors import CaptureError, DeviceLostError, DeviceProtocolError, DeviceTimeoutError
from biometrics.positions import Position
from devices.choices import DeviceChoices
from devices.conformance import Fault, Rig
from devices.contract import CaptureRequest
from devices.simulators.camera_pictures import CameraPictures
from devices.simulators.camera_server import Misbehaviour, Place
from devices.simulators.mjpeg import MjpegSimulator
from tests.devices.cameras.misbehaving import settled
from tests.devices.ports import free_port

LOCKED = Place(user="ada", password="s/cret@1")

FAULTS: dict[Misbehaviour, tuple[type[CaptureError], ...]] = {
    Misbehaviour.PULLED_OUT: (DeviceLostError,),
    Misbehaviour.HANGS: (DeviceTimeoutError,),
    Misbehaviour.TRICKLES: (DeviceTimeoutError,),
    Misbehaviour.SENDS_GARBAGE: (DeviceProtocolError,),
    Misbehaviour.LIES_ABOUT_LENGTH: (DeviceProtocolError,),
}


def _time_for(expected: tuple[type[CaptureError], ...]) -> float:
    """Short where the time is what ends the wait, and long where something else must, however busy the machine is."""
    return 1.0 if DeviceTimeoutError in expected else 10.0


@contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    pictures = CameraPictures(size=(320, 240))
    with MjpegSimulator(pictures) as camera, MjpegSimulator(pictures, LOCKED) as locked:
        during = {
            fault.name.lower(): Fault(
                begin=partial(settled, camera, fault), expected=expected, timeout_s=_time_for(expected)
            )
            for fault, expected in FAULTS.items()
        }
        opening = {
            f"{fault.name.lower()}_at_opening": Fault(
                begin=partial(camera.misbehaving, fault),
                expected=expected,
                at_opening=True,
                timeout_s=_time_for(expected),
            )
            for fault, expected in FAULTS.items()
        }
        yield Rig(
            choices=DeviceChoices(cameras=(camera.uri, locked.uri.replace("//", "//ada:s%2Fcret%401@"))),
            uri=camera.uri,
            absent_uri=f"mjpeg:http://127.0.0.1:{free_port()}/video",
            wrong_uris=(
                "mjpeg:",
                "mjpeg:http://",
                "mjpeg:ftp://127.0.0.1/",
                "mjpeg:http://127.0.0.1:99999/",
                camera.uri + "#kind=finger",
                camera.uri + "#x=y",
            ),
            request=CaptureRequest(positions=(Position.FACE,), timeout_s=10.0),
            simulated=True,
            discoverable=True,
            faults=during | opening,
        )
