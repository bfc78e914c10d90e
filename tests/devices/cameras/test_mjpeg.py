from __future__ import annotations

import io
import logging
import threading
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

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
from devices.calls import Call
from devices.cameras import http_feed, reading
from devices.cameras.mjpeg import driver
from devices.choices import DeviceChoices
from devices.contract import CaptureRequest, Device, Frame, FrameJudgement
from devices.simulators.camera_pictures import CameraPictures, draw_test_card
from devices.simulators.camera_server import Misbehaviour, Place
from devices.simulators.mjpeg import MjpegSimulator
from devices.uris import DeviceUri
from tests.devices.cameras.certificates import self_signed
from tests.devices.cameras.misbehaving import failure_in_mid_capture
from tests.devices.cameras.pictures import levels, number_of
from tests.devices.cameras.scripted import http, http_stream, scripted

FACE = CaptureRequest(positions=(Position.FACE,))
SECRET = "s/cret@1"


def open_camera(uri: str, *, timeout_s: float = 10.0, cameras: tuple[str, ...] = ()) -> Device:
    parsed = DeviceUri.parse(uri)
    return driver(DeviceChoices(cameras=cameras)).open(parsed, Call(parsed.shown, timeout_s))


def jpeg(number: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(levels(number)).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        (http("302 Found", "Location: http://127.0.0.1:1/"), DeviceRefusedError, "elsewhere"),
        (http("401 Unauthorized", 'WWW-Authenticate: Basic realm="x"'), DeviceRefusedError, "401"),
        (http("403 Forbidden"), DeviceRefusedError, "403"),
        (http("404 Not Found"), DeviceNotFoundError, "404"),
        (http("503 Service Unavailable"), DeviceBusyError, "as many viewers"),
        (http("500 Oops"), DeviceRefusedError, "status 500"),
        (http("200 OK", "Content-Type: text/html", body=b"<html>log in</html>"), DeviceProtocolError, "text/html"),
        (http("200 OK", "Content-Type: image/jpeg", body=jpeg(1)), DeviceProtocolError, "not a stream"),
        (http("200 OK", "Content-Type: multipart/x-mixed-replace"), DeviceProtocolError, "no boundary"),
        (http_stream().replace(b"200 OK", b"200 OK\r\nContent-Encoding: gzip"), DeviceProtocolError, "compressed"),
        (http_stream(), DeviceLostError, "ended in the middle"),
        (b"", DeviceLostError, "hung up"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n", DeviceProtocolError, "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000, DeviceProtocolError, "does not speak HTTP"),
        (http_stream(jpeg(1)[:200] + b"\xff\xd9"), DeviceProtocolError, "cannot be used"),
        (http_stream(b"\xff\xd8\xff\xe0" + bytes(5_000) + b"\xff\xd9"), DeviceProtocolError, "cannot be used"),
    ],
)  # fmt: skip
def test_whatever_else_answers_is_a_typed_error(answer: bytes, error: type[CaptureError], told: str) -> None:
    with scripted(answer) as server, pytest.raises(error, match=told) as failure:
        open_camera(f"mjpeg:http://127.0.0.1:{server.port}/video")
    assert failure.value.remedy
    assert failure.value.source == f"mjpeg:http://127.0.0.1:{server.port}/video"


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    bomb = jpeg(1).replace(b"\x08\x00\x30\x00\x40", b"\x08\xff\xdc\xff\xdc")
    assert bomb != jpeg(1)
    with scripted(http_stream(bomb)) as server, pytest.raises(DeviceProtocolError, match="million pixels"):
        open_camera(f"mjpeg:http://127.0.0.1:{server.port}/")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nX-", http_stream(), http_stream(jpeg(1))[:-300]])
def test_a_camera_that_stops_anywhere_is_given_up_in_time(answer: bytes) -> None:
    with scripted(answer, hold=True) as server, pytest.raises(DeviceTimeoutError):
        open_camera(f"mjpeg:http://127.0.0.1:{server.port}/", timeout_s=0.5)


def test_a_host_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(DeviceNotFoundError):
        open_camera("mjpeg:http://camera.invalid/")


def test_wrong_and_right_passwords_are_never_shown() -> None:
    with MjpegSimulator(CameraPictures(size=(64, 48)), Place(user="ada", password=SECRET)) as camera:
        with pytest.raises(DeviceRefusedError) as refused:
            open_camera(camera.uri.replace("//", "//ada:guessed@"))
        assert refused.value.code == "401"
        assert "guessed" not in str(refused.value)
        with closing(open_camera(camera.uri.replace("//", "//ada:s%2Fcret%401@"))) as device:
            sample = device.capture(FACE, Call(camera.uri, 10.0)).samples[0].sample
            assert (device.info.descriptor.uri, sample.device) == (camera.uri, camera.uri)
            assert "cret" not in repr(device.info)


def test_logs_hold_no_token_of_an_address(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("httpx").setLevel(logging.NOTSET)
    caplog.set_level(logging.INFO)
    with MjpegSimulator() as camera, closing(open_camera(f"{camera.uri}?token=secret-token")):
        assert "secret-token" not in caplog.text


def test_what_discovery_lists_is_opened_with_the_password_of_the_settings() -> None:
    with MjpegSimulator(CameraPictures(size=(64, 48)), Place(user="ada", password=SECRET)) as camera:
        settings = (camera.uri.replace("//", "//ada:s%2Fcret%401@"), "rtsp://another/door")
        (found,) = driver(DeviceChoices(cameras=settings)).discover(Call("mjpeg:", 1.0))
        assert found.uri == camera.uri
        open_camera(found.uri, cameras=settings).close()


def test_a_digest_is_sent_where_the_camera_knows_it() -> None:
    challenge = 'WWW-Authenticate: Digest realm="cam", nonce="abc", qop="auth", algorithm=MD5'
    basic = 'WWW-Authenticate: Basic realm="cam"'
    with scripted(http("401 Unauthorized", basic, challenge), http_stream(jpeg(1)), hold=False) as server:
        open_camera(f"mjpeg:http://ada:secret@127.0.0.1:{server.port}/video?x=1#kind=finger&ppi=500").close()
    first, second = server.requests
    assert b"uthorization" not in first
    assert b'Authorization: Digest username="ada"' in second
    assert b"secret" not in second
    assert second.startswith(b"GET /video?x=1 HTTP/1.1\r\n"), "what stands behind # is not the camera's business"


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, certificate = self_signed(tmp_path)
    with scripted(http_stream(jpeg(1)), tls=context) as server:
        uri = f"mjpeg:https://127.0.0.1:{server.port}/video"
        with pytest.raises(DeviceTrustError) as untrusted:
            open_camera(uri)
        assert untrusted.value.check == "certificate"
        assert "update-ca-certificates" in str(untrusted.value.remedy)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        open_camera(uri).close()


def test_https_where_http_is_spoken_is_a_typed_error() -> None:
    with scripted(http("400 Bad Request")) as server, pytest.raises(DeviceProtocolError, match="does not speak TLS"):
        open_camera(f"mjpeg:https://127.0.0.1:{server.port}/")


def test_pictures_are_red_green_blue_and_say_their_size_and_that_they_are_simulated() -> None:
    with MjpegSimulator(CameraPictures(size=(320, 240))) as camera, closing(open_camera(camera.uri)) as device:
        assert device.info.details == {"size": "320 x 240", "codec": "MJPG"}
        sample = device.capture(FACE, Call(camera.uri, 10.0)).samples[0].sample
        assert sample.simulated
        ramp = draw_test_card(0, 320, 240)[5, 280:].mean(axis=0)
        assert np.abs(sample.pixels[5, 280:].mean(axis=0) - ramp).max() < 25


@pytest.mark.parametrize(
    ("misbehaviour", "error"),
    [
        (Misbehaviour.PULLED_OUT, DeviceLostError),
        (Misbehaviour.HANGS, DeviceTimeoutError),
        (Misbehaviour.TRICKLES, DeviceTimeoutError),
        (Misbehaviour.SENDS_GARBAGE, DeviceProtocolError),
        (Misbehaviour.LIES_ABOUT_LENGTH, DeviceProtocolError),
    ],
)
def test_what_goes_wrong_in_mid_capture_is_told_and_the_next_one_works(
    misbehaviour: Misbehaviour, error: type[CaptureError], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (reading, http_feed):
        monkeypatch.setattr(module, "STALL_S", 1.0)
    with MjpegSimulator(CameraPictures(size=(64, 48))) as camera, closing(open_camera(camera.uri)) as device:
        assert isinstance(failure_in_mid_capture(device, camera, misbehaviour), error)
        assert device.capture(FACE, Call(camera.uri, 20.0)).samples


def test_a_real_camera_is_not_simulated() -> None:
    with scripted(http_stream(jpeg(1)), hold=True) as server:
        device = open_camera(f"mjpeg:http://127.0.0.1:{server.port}/")
        device.close()
    assert not device.info.descriptor.simulated


def test_a_slow_judge_sees_the_newest_picture_and_misses_others() -> None:
    seen: list[int] = []

    def judge(frame: Frame) -> FrameJudgement:
        threading.Event().wait(0.2)
        seen.append(frame.number)
        return FrameJudgement(score=1.0, take=len(seen) == 4)

    pictures = CameraPictures(fps=50.0, size=(64, 48))
    with MjpegSimulator(pictures) as camera, closing(open_camera(camera.uri)) as device:
        request = CaptureRequest(positions=(Position.FACE,), judge=judge)
        got = device.capture(request, Call(camera.uri, 30.0))
    assert got.frames_seen == 4
    assert seen[-1] - seen[0] > 3, "ten pictures came while each was judged"


def test_a_camera_that_was_away_while_nobody_looked_is_connected_anew() -> None:
    with MjpegSimulator(CameraPictures(size=(64, 48))) as camera:
        device = open_camera(camera.uri)
        port = camera.port
    with closing(device):
        with pytest.raises(DeviceNotFoundError):
            device.capture(FACE, Call(camera.uri, 10.0))
        with MjpegSimulator(CameraPictures(size=(64, 48)), Place(port=port)):
            assert number_of(device.capture(FACE, Call(camera.uri, 10.0)).samples[0].sample.pixels) >= 0


def test_a_simulator_cannot_take_the_place_of_a_camera_unnoticed() -> None:
    with scripted(http_stream(jpeg(1)), hold=True) as server:
        device = open_camera(f"mjpeg:http://127.0.0.1:{server.port}/video")
    with closing(device), MjpegSimulator(CameraPictures(size=(64, 48)), Place(port=server.port)):
        with suppress(DeviceLostError, DeviceTrustError):  # the loss is told first, unless it was noticed before
            device.capture(FACE, Call("mjpeg:", 10.0))
        with pytest.raises(DeviceTrustError, match="took the place"):
            device.capture(FACE, Call("mjpeg:", 10.0))


def test_closing_hangs_up_on_a_camera_that_says_nothing() -> None:
    with scripted(http_stream(jpeg(1)), hold=True) as server:
        device = open_camera(f"mjpeg:http://127.0.0.1:{server.port}/video")
        readers = [thread for thread in threading.enumerate() if thread.name == "camera"]
        device.close()
        for reader in readers:
            reader.join(reading.STALL_S - 2.0)
    assert len(readers) == 1
    assert not readers[0].is_alive()


def test_nothing_is_left_behind() -> None:
    before = threading.active_count()
    with MjpegSimulator(CameraPictures(size=(64, 48))) as camera:
        open_camera(camera.uri).close()
    assert threading.active_count() == before
