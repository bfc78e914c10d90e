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
from devices.simulators.rtsp import RtspSimulator
from tests.devices.cameras.misbehaving import settled
from tests.devices.ports import free_port

DURING: dict[Misbehaviour, tuple[type[CaptureError], ...]] = {
    Misbehaviour.PULLED_OUT: (DeviceLostError,),
    Misbehaviour.HANGS: (DeviceTimeoutError,),
    Misbehaviour.SENDS_GARBAGE: (DeviceLostError, DeviceTimeoutError, DeviceProtocolError),
    Misbehaviour.LIES_ABOUT_LENGTH: (DeviceLostError, DeviceTimeoutError),
    Misbehaviour.TRICKLES: (DeviceTimeoutError,),
}
"""FFmpeg looks for the next packet behind what it does not understand: nothing comes, or the end; a capture
that is called after that connects anew, and is told more."""

AT_OPENING: dict[Misbehaviour, tuple[type[CaptureError], ...]] = {
    Misbehaviour.PULLED_OUT: (DeviceLostError,),
    Misbehaviour.HANGS: (DeviceTimeoutError,),
    Misbehaviour.SENDS_GARBAGE: (DeviceProtocolError,),
    Misbehaviour.TRICKLES: (DeviceTimeoutError,),
}


def _time_for(expected: tuple[type[CaptureError], ...]) -> float:
    """Short where the time is what ends the wait, and long where something else must, however busy the machine is."""
    return 1.0 if DeviceTimeoutError in expected else 10.0


@contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    pictures = CameraPictures(
        fps=100.0, size=(320, 240), for_rtp=True
    )  # FFmpeg looks at 20 pictures before it shows one
    with RtspSimulator(pictures) as camera, RtspSimulator(pictures, Place(user="ada", password="s/cret@1")) as locked:
        during = {
            fault.name.lower(): Fault(
                begin=partial(settled, camera, fault), expected=expected, timeout_s=_time_for(expected)
            )
            for fault, expected in DURING.items()
        }
        opening = {
            f"{fault.name.lower()}_at_opening": Fault(
                begin=partial(camera.misbehaving, fault),
                expected=expected,
                at_opening=True,
                timeout_s=_time_for(expected),
            )
            for fault, expected in AT_OPENING.items()
        }
        yield Rig(
            choices=DeviceChoices(cameras=(camera.uri, locked.uri.replace("//", "//ada:s%2Fcret%401@"))),
            uri=camera.uri,
            absent_uri=f"rtsp://127.0.0.1:{free_port()}/door",
            wrong_uris=("rtsp:", "rtsp://", "rtsps:door", "rtsp://127.0.0.1:99999/", camera.uri + "#kind=finger"),
            request=CaptureRequest(positions=(Position.FACE,), timeout_s=20.0),
            simulated=True,
            discoverable=True,
            faults=during | opening,
        )
