from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from biometrics.errors import (
    CaptureCancelledError,
    DeviceProtocolError,
    DeviceRefusedError,
    DeviceTimeoutError,
    NothingPresentedError,
)
from biometrics.positions import Modality, Position
from biometrics.samples import now_utc
from biometrics.slaps import Slap
from devices.calls import Call, Cancellation
from devices.contract import CaptureRequest, Frame, FrameJudge, FrameJudgement
from devices.frames import Sensor, capture_best, decode_frame

FACE = Sensor(uri="video:clip.avi", simulated=True)
FINGER = Sensor(uri="file:prints", modality=Modality.FINGER, ppi=500.0)


def frames(*levels: int) -> Iterator[Frame]:
    for number, level in enumerate(levels):
        yield Frame(pixels=np.full((4, 6, 3), level, np.uint8), number=number, captured_at=now_utc())


def judged(*, take_from: int = 256, least: int = 0) -> FrameJudge:
    def judge(frame: Frame) -> FrameJudgement:
        level = int(frame.pixels[0, 0, 0])
        return FrameJudgement(score=float(level) if level >= least else None, take=level >= take_from)

    return judge


def face(judge: FrameJudge | None = None) -> CaptureRequest:
    return CaptureRequest(positions=(Position.FACE,), judge=judge)


def test_without_a_judge_the_first_frame_is_taken() -> None:
    got = capture_best(frames(3, 9), face(), Call("x", 1.0), FACE)
    (taken,) = got.samples
    assert (taken.sample.pixels[0, 0, 0], got.frames_seen) == (3, 1)
    assert (taken.sample.position, taken.sample.ppi, taken.sample.device) == (Position.FACE, None, FACE.uri)
    assert taken.sample.simulated


def test_the_first_that_the_judge_takes_ends_the_capture() -> None:
    coming = frames(3, 90, 50, 99)
    got = capture_best(coming, face(judged(take_from=40)), Call("x", 1.0), FACE)
    assert (got.samples[0].sample.pixels[0, 0, 0], got.frames_seen) == (90, 2)
    assert next(coming).number == 2


def test_else_the_best_is() -> None:
    got = capture_best(frames(3, 90, 50), face(judged()), Call("x", 1.0), FACE)
    assert (got.samples[0].sample.pixels[0, 0, 0], got.frames_seen) == (90, 3)


def test_frames_that_show_nothing_are_no_capture() -> None:
    with pytest.raises(NothingPresentedError) as failure:
        capture_best(frames(3, 9), face(judged(least=10)), Call("x", 1.0), FACE)
    assert (failure.value.source, bool(failure.value.remedy)) == (FACE.uri, True)


def test_no_frame_at_all_is_a_device_that_does_not_answer() -> None:
    with pytest.raises(DeviceTimeoutError):
        capture_best(frames(), face(), Call("x", 1.0), FACE)


def test_a_cancelled_capture_gives_nothing_even_with_a_good_frame() -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(CaptureCancelledError):
        capture_best(frames(90), face(judged()), Call("x", 1.0, cancellation), FACE)


def test_fingers_have_a_resolution_and_slaps_are_whole_pictures() -> None:
    finger = CaptureRequest(positions=(Position.LEFT_RING,))
    slap = CaptureRequest(positions=Slap.LEFT.fingers, slap=Slap.LEFT)
    taken = [capture_best(frames(7), request, Call("x", 1.0), FINGER).samples for request in (finger, slap)]
    assert [[one.sample.position for one in samples] for samples in taken] == [[Position.LEFT_RING], [Position.UNKNOWN]]
    assert [one.sample.ppi for samples in taken for one in samples] == [500.0, 500.0]


@pytest.mark.parametrize(("sensor", "position"), [(FACE, Position.LEFT_RING), (FINGER, Position.FACE)])
def test_a_sensor_of_something_else_refuses(sensor: Sensor, position: Position) -> None:
    with pytest.raises(DeviceRefusedError):
        capture_best(frames(7), CaptureRequest(positions=(position,)), Call("x", 1.0), sensor)


def test_pictures_are_decoded_in_the_order_red_green_blue() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 16), (250, 120, 10)).save(buffer, "JPEG", quality=95)
    pixels = decode_frame(buffer.getvalue(), "x").pixels
    assert pixels.shape == (16, 32, 3)
    assert np.abs(pixels[8, 8].astype(int) - (250, 120, 10)).max() < 6


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    buffer = io.BytesIO()
    Image.new("L", (16, 16)).save(buffer, "JPEG")
    bomb = buffer.getvalue().replace(b"\x08\x00\x10\x00\x10", b"\x08\xff\xdc\xff\xdc")
    with pytest.raises(DeviceProtocolError, match="million pixels") as failure:
        decode_frame(bomb, "mjpeg:http://camera/")
    assert failure.value.source == "mjpeg:http://camera/"


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"GIF89a", bytes(1000)])
def test_what_is_no_jpeg_picture_is_refused(data: bytes) -> None:
    with pytest.raises(DeviceProtocolError):
        decode_frame(data, "x")
