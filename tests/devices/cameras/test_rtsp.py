from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from biometrics.errors import (
    CaptureError,
    DeviceBusyError,
    DeviceLostError,
    DeviceNotFoundError,
    DeviceProtocolError,
    DeviceRefusedError,
    DeviceTimeoutError,
    DeviceTrustError,
)
from biometrics.positions import Position
from devices.calls import Call, Cancellation
from devices.cameras import capture_feed, reading
from devices.cameras import rtsp as rtsp_module
from devices.cameras.rtsp import driver
from devices.choices import DeviceChoices
from devices.contract import CaptureRequest, Device
from devices.simulators.camera_pictures import CameraPictures, draw_test_card
from devices.simulators.camera_server import Misbehaviour, Place
from devices.simulators.rtsp import RtspSimulator
from devices.uris import DeviceUri
from tests.devices.cameras.certificates import self_signed
from tests.devices.cameras.misbehaving import failure_in_mid_capture
from tests.devices.cameras.scripted import scripted

FACE = CaptureRequest(positions=(Position.FACE,))
SMALL = CameraPictures(fps=100.0, size=(320, 240), for_rtp=True)
LOCKED = Place(user="ada", password="s/cret@1")


def open_camera(uri: str, *, timeout_s: float = 20.0, cancellation: Cancellation | None = None) -> Device:
    parsed = DeviceUri.parse(uri)
    return driver(DeviceChoices()).open(parsed, Call(parsed.shown, timeout_s, cancellation))


def rtsp(status: str, *headers: str) -> bytes:
    return "\r\n".join((f"RTSP/1.0 {status}", "CSeq: 1", *headers, "", "")).encode()


@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        (rtsp("401 Unauthorized"), DeviceRefusedError, "401"),
        (rtsp("403 Forbidden"), DeviceRefusedError, "403"),
        (rtsp("404 Not Found"), DeviceNotFoundError, "404"),
        (rtsp("453 Not Enough Bandwidth"), DeviceBusyError, "453"),
        (rtsp("500 Oops"), DeviceRefusedError, "500"),
        (rtsp("oops"), DeviceProtocolError, "does not speak RTSP"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", DeviceProtocolError, "does not speak RTSP"),
        (b"RTSP/1.0 200 OK\r\n" + b"X: y\r\n" * 10_000, DeviceProtocolError, "does not speak RTSP"),
        (b"RTSP/1.0 200 OK\r\nCSeq", DeviceProtocolError, "does not speak RTSP"),
        (b"", DeviceLostError, "hung up"),
    ],
)
def test_whatever_else_answers_is_a_typed_error(answer: bytes, error: type[CaptureError], told: str) -> None:
    with scripted(answer) as server, pytest.raises(error, match=told) as failure:
        open_camera(f"rtsp://127.0.0.1:{server.port}/door")
    assert (failure.value.source, bool(failure.value.remedy)) == (f"rtsp://127.0.0.1:{server.port}/door", True)


def test_a_stream_that_ffmpeg_cannot_read_is_a_typed_error() -> None:
    with scripted(rtsp("200 OK")) as server, pytest.raises(DeviceProtocolError, match="cannot be read"):
        open_camera(f"rtsp://127.0.0.1:{server.port}/door")


def test_passwords_are_never_shown_nor_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with RtspSimulator(SMALL, LOCKED) as camera:
        with pytest.raises(DeviceRefusedError) as refused:
            open_camera(camera.uri.replace("//", "//ada:guessed@"))
        assert refused.value.code == "401"
        with pytest.raises(DeviceRefusedError):
            open_camera(camera.uri)
        with closing(open_camera(camera.uri.replace("//", "//ada:s%2Fcret%401@"))) as device:
            sample = device.capture(FACE, Call(camera.uri, 20.0)).samples[0].sample
            assert (device.info.descriptor.uri, sample.device) == (camera.uri, camera.uri)
            assert "cret" not in repr(device.info)
    assert "guessed" not in str(refused.value)
    assert capfd.readouterr() == ("", "")


def test_pictures_are_red_green_blue_and_say_what_they_are() -> None:
    with RtspSimulator(SMALL) as camera, closing(open_camera(camera.uri)) as device:
        details = device.info.details
        assert (details["size"], details["fps"], details["codec"]) == ("320 x 240", "100", "MJPG")
        sample = device.capture(FACE, Call(camera.uri, 20.0)).samples[0].sample
    assert sample.simulated
    ramp = draw_test_card(0, 320, 240)[5, 280:].mean(axis=0)
    assert np.abs(sample.pixels[5, 280:].mean(axis=0) - ramp).max() < 25


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path: Path) -> None:
    context, _ = self_signed(tmp_path)
    with scripted(rtsp("200 OK"), tls=context) as server, pytest.raises(DeviceTrustError) as untrusted:
        open_camera(f"rtsps://127.0.0.1:{server.port}/door")
    assert untrusted.value.check == "certificate"


@pytest.mark.parametrize(
    ("misbehaviour", "error"),
    [
        (Misbehaviour.PULLED_OUT, (DeviceLostError,)),
        (Misbehaviour.HANGS, (DeviceTimeoutError,)),
        (Misbehaviour.TRICKLES, (DeviceTimeoutError,)),
        (Misbehaviour.SENDS_GARBAGE, (DeviceLostError, DeviceTimeoutError)),
        (Misbehaviour.LIES_ABOUT_LENGTH, (DeviceLostError, DeviceTimeoutError)),
    ],
)
def test_what_goes_wrong_in_mid_capture_is_told_and_the_next_one_works(
    misbehaviour: Misbehaviour, error: tuple[type[CaptureError], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (reading, rtsp_module, capture_feed):
        monkeypatch.setattr(module, "STALL_S", 1.0)
    with RtspSimulator(SMALL) as camera, closing(open_camera(camera.uri)) as device:
        assert isinstance(failure_in_mid_capture(device, camera, misbehaviour), error)
        assert device.capture(FACE, Call(camera.uri, 20.0)).samples


def test_an_opening_ends_when_cancelled() -> None:
    cancellation = Cancellation()
    timer = threading.Timer(0.2, cancellation.cancel)
    with RtspSimulator(SMALL) as camera, camera.misbehaving(Misbehaviour.HANGS):
        timer.start()
        with pytest.raises(CaptureError) as ended:
            open_camera(camera.uri, timeout_s=60.0, cancellation=cancellation)
    timer.join()
    assert ended.value.kind == "CaptureCancelledError"


def test_a_camera_that_says_nothing_is_given_up_in_time() -> None:
    with scripted(b"", hold=True) as server, pytest.raises(DeviceTimeoutError):
        open_camera(f"rtsp://127.0.0.1:{server.port}/door", timeout_s=0.5)
