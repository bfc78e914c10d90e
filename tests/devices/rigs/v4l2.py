"""A webcam of which nothing is real but the driver: kernel and OpenCV are played; no hardware was ever used here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from biometrics.errors import DeviceBusyError, DeviceLostError, DeviceNotFoundError, DeviceTimeoutError
from biometrics.positions import Position
from devices.cameras import v4l2
from devices.choices import DeviceChoices
from devices.conformance import Fault, Rig
from devices.contract import CaptureRequest
from tests.devices.cameras.webcam import Webcam


@contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    webcam = Webcam(folder)
    with mock.patch.object(v4l2, "THIS_MACHINE", webcam.machine):
        yield Rig(
            choices=DeviceChoices(),
            uri="v4l2:0",
            absent_uri="v4l2:7",
            wrong_uris=(
                "v4l2:",
                "v4l2:/dev/video0",
                "v4l2:0?width=x&height=1",
                "v4l2:0?width=640",
                "v4l2:0?kind=finger",
            ),
            request=CaptureRequest(positions=(Position.FACE,), timeout_s=10.0),
            simulated=False,
            discoverable=True,
            faults={
                "pulled_out": Fault(begin=webcam.pulled_out, expected=(DeviceLostError, DeviceNotFoundError)),
                "hangs": Fault(begin=webcam.hanging, expected=(DeviceTimeoutError,), timeout_s=1.0),
                "busy": Fault(begin=webcam.used_by_others, expected=(DeviceBusyError,), at_opening=True),
                "hangs_at_opening": Fault(
                    begin=webcam.hanging, expected=(DeviceTimeoutError,), at_opening=True, timeout_s=1.0
                ),
                "pulled_out_before": Fault(begin=webcam.pulled_out, expected=(DeviceNotFoundError,), at_opening=True),
            },
        )
