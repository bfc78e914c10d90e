"""Simulated cameras that misbehave in the middle of a capture."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from biometrics.errors import CaptureError
from biometrics.positions import Position
from devices.calls import Call
from devices.contract import CaptureRequest, Device, Frame, FrameJudgement
from devices.simulators.camera_server import CameraSimulator, Misbehaviour

_SETTLING_S = 0.5


@contextmanager
def settled(camera: CameraSimulator, misbehaviour: Misbehaviour) -> Iterator[None]:
    """Misbehave, and be entered once pictures that were under way have arrived: nothing tells when they have."""
    with camera.misbehaving(misbehaviour):
        threading.Event().wait(_SETTLING_S)
        yield


def failure_in_mid_capture(device: Device, camera: CameraSimulator, misbehaviour: Misbehaviour) -> CaptureError:
    """Let the camera misbehave from the first picture of a capture on; return what the capture then raises."""
    seen: list[int] = []
    with ExitStack() as until_the_end:

        def judge(frame: Frame) -> FrameJudgement:
            seen.append(frame.number)
            if len(seen) == 1:
                until_the_end.enter_context(camera.misbehaving(misbehaviour))
            return FrameJudgement(score=None)

        request = CaptureRequest(positions=(Position.FACE,), judge=judge, timeout_s=60.0)
        with pytest.raises(CaptureError) as failure:
            device.capture(request, Call(device.info.descriptor.uri, request.timeout_s))
    return failure.value
