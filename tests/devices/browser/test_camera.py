"""Frames pushed from other threads of this process: what is taken, what is refused, what whoever waits sees of it."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from PIL import Image

from biometrics.errors import (
    CaptureCancelledError,
    CaptureError,
    DeviceLostError,
    DeviceProtocolError,
    DeviceRefusedError,
    DeviceTimeoutError,
    NothingPresentedError,
)
from biometrics.image_writing import encode_png
from biometrics.positions import Position
from devices.browser.camera import PushedCamera
from devices.browser.channel import FrameChannel, Pusher
from devices.browser.pushes import PushLimits, PushRefusal
from devices.calls import Call, Cancellation
from devices.contract import Captured, CaptureRequest, DeviceDescriptor, DeviceInfo, DeviceKind, Frame, FrameJudgement
from tests.devices.browser.cards import is_card, jpeg

URI = "browser:0"
FACE = CaptureRequest(positions=(Position.FACE,))
PLENTY_S = 60.0


def camera_of(*, simulated: bool = False, limits: PushLimits | None = None) -> PushedCamera:
    descriptor = DeviceDescriptor(uri=URI, kind=DeviceKind.CAMERA, name="camera", simulated=simulated)
    channel = FrameChannel(simulated=simulated, limits=limits or PushLimits())
    return PushedCamera(DeviceInfo(descriptor=descriptor, streams=True), channel)


def connected(channel: FrameChannel) -> Pusher:
    pusher = channel.connect()
    assert pusher is not None
    return pusher


def call(timeout_s: float = PLENTY_S, cancellation: Cancellation | None = None) -> Call:
    return Call(URI, timeout_s, cancellation)


def once_wanted(channel: FrameChannel, doing: Callable[[], object]) -> threading.Thread:
    """Do something in another thread as soon as somebody waits for frames."""
    wanted = threading.Event()

    def look() -> None:
        if channel.wanted:
            wanted.set()

    def follow() -> None:
        with channel.watching(look):
            look()
            assert wanted.wait(PLENTY_S)
        doing()

    thread = threading.Thread(target=follow)
    thread.start()
    return thread


def captured(camera: PushedCamera, doing: Callable[[], object], request: CaptureRequest = FACE) -> Captured:
    thread = once_wanted(camera.channel, doing)
    try:
        return camera.capture(request, call(request.timeout_s))
    finally:
        thread.join()


def test_a_frame_that_is_pushed_is_captured_with_its_time_and_place() -> None:
    camera = camera_of()
    pusher = connected(camera.channel)
    got = captured(camera, lambda: pusher.push(jpeg(3)))
    sample = got.samples[0].sample
    assert (sample.position, sample.device, sample.simulated) == (Position.FACE, URI, False)
    assert sample.pixels.shape == (240, 320, 3)
    assert is_card(sample.pixels)
    assert not sample.pixels.flags.writeable


def test_png_and_grey_pictures_are_taken() -> None:
    camera = camera_of()
    pusher = connected(camera.channel)
    assert captured(camera, lambda: pusher.push(jpeg(gray=True))).samples[0].sample.pixels.ndim == 2
    png = encode_png(np.full((200, 200, 3), 90, np.uint8))
    assert captured(camera, lambda: pusher.push(png)).samples[0].sample.pixels[0, 0].tolist() == [90, 90, 90]


def test_what_was_pushed_before_does_not_count() -> None:
    camera = camera_of()
    pusher = connected(camera.channel)
    assert pusher.push(jpeg(width=640, height=480)) is None
    assert camera.channel.newest is None, "nothing is kept while nobody waits"
    got = captured(camera, lambda: pusher.push(jpeg(width=160, height=160)))
    assert got.samples[0].sample.pixels.shape == (160, 160, 3)
    assert camera.channel.newest is None


def test_the_newest_wins_and_gaps_show_in_the_numbers() -> None:
    camera = camera_of()
    pusher = connected(camera.channel)
    frames = camera.stream(call())
    thread = once_wanted(camera.channel, lambda: pusher.push(jpeg(0)))
    first = next(frames)
    thread.join()
    for number in range(1, 5):
        assert pusher.push(jpeg(number, width=200 + number)) is None
    second = next(frames)
    assert (first.number, second.number, second.pixels.shape[1]) == (0, 4, 204)
    del frames
    assert not camera.channel.wanted


def test_frames_may_change_their_size() -> None:
    camera = camera_of()
    pusher = connected(camera.channel)
    sizes = [(320, 240), (240, 320), (1280, 720), (120, 120)]
    shapes = []
    for width, height in sizes:
        got = captured(camera, partial(pusher.push, jpeg(width=width, height=height)))
        shapes.append(got.samples[0].sample.pixels.shape[:2])
    assert shapes == [(height, width) for width, height in sizes]


def animation() -> bytes:
    encoded = io.BytesIO()
    pages = [Image.new("L", (200, 200), shade) for shade in (0, 99)]
    pages[0].save(encoded, "PNG", save_all=True, append_images=pages[1:])
    return encoded.getvalue()


def vast(side: int) -> bytes:
    """Return a PNG of some KB that declares so many pixels each way."""
    encoded = io.BytesIO()
    Image.new("1", (side, side)).save(encoded, "PNG")
    return encoded.getvalue()


REFUSED: dict[str, tuple[Callable[[], bytes], PushRefusal]] = {
    "nothing": (lambda: b"", PushRefusal.NOT_A_PICTURE),
    "garbage": (lambda: b"\xff\xd8\xff" + bytes(range(256)) * 9, PushRefusal.NOT_A_PICTURE),
    "cut": (lambda: jpeg(1)[:2000], PushRefusal.NOT_A_PICTURE),
    "gif": (lambda: b"GIF89a" + bytes(200), PushRefusal.NOT_A_PICTURE),
    "animation": (animation, PushRefusal.NOT_A_PICTURE),
    "bomb": (lambda: vast(20_000), PushRefusal.NOT_A_PICTURE),
    "vast": (lambda: vast(3_500), PushRefusal.NOT_A_PICTURE),
    "large": (lambda: jpeg(1) + bytes(4_000_000), PushRefusal.TOO_LARGE),
    "tiny": (lambda: jpeg(width=119, height=400), PushRefusal.WRONG_SIZE),
    "marked": (lambda: encode_png(np.zeros((200, 200), np.uint8), simulated=True), PushRefusal.SIMULATED),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_a_frame_is_refused_and_disturbs_nobody(name: str) -> None:
    made, expected = REFUSED[name]
    camera = camera_of()
    pusher = connected(camera.channel)
    refusals: list[PushRefusal | None] = []

    def push() -> None:
        refusals.extend((pusher.push(made()), pusher.push(jpeg(1))))

    assert is_card(captured(camera, push).samples[0].sample.pixels)
    assert refusals == [expected, None]


def test_marked_pictures_are_taken_by_a_simulated_camera_and_say_so() -> None:
    camera = camera_of(simulated=True)
    pusher = connected(camera.channel)
    marked = encode_png(np.zeros((200, 200), np.uint8), simulated=True)
    assert captured(camera, lambda: pusher.push(marked)).samples[0].sample.simulated


def test_frames_beyond_the_rate_are_refused() -> None:
    camera = camera_of(limits=PushLimits(most_a_second=3))
    pusher = connected(camera.channel)
    begun = time.monotonic()
    refusals = [pusher.push(jpeg(number)) for number in range(12)]
    most = 3 + 3 * (time.monotonic() - begun)
    assert refusals[:3] == [None] * 3
    assert refusals.count(None) <= most
    assert set(refusals[3:]) <= {None, PushRefusal.TOO_OFTEN}


def test_one_frame_at_a_time_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, may_end = threading.Event(), threading.Event()

    def slow(*_: object, **__: object) -> PushRefusal:
        inside.set()
        may_end.wait(PLENTY_S)
        return PushRefusal.NOT_A_PICTURE

    monkeypatch.setattr("devices.browser.channel.decode_push", slow)
    pusher = connected(FrameChannel())
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(pusher.push, b"")
        assert inside.wait(PLENTY_S)
        assert pusher.push(b"") is PushRefusal.TOO_OFTEN
        may_end.set()
        assert first.result() is PushRefusal.NOT_A_PICTURE


def test_there_is_one_pusher_at_a_time_whose_place_can_be_taken() -> None:
    channel = FrameChannel()
    first = connected(channel)
    assert channel.connect() is None
    second = channel.connect(take_over=True)
    assert second is not None
    assert first.push(jpeg()) is PushRefusal.NOT_CONNECTED
    first.leave()
    assert second.connected, "whoever was sent away sends nobody away"
    assert second.push(jpeg()) is None
    second.leave()
    assert second.push(jpeg()) is PushRefusal.NOT_CONNECTED
    connected(channel)
    channel.close()
    assert channel.connect(take_over=True) is None


def test_whoever_waits_learns_that_the_pusher_left_and_the_next_capture_works() -> None:
    camera = camera_of()
    pusher = connected(camera.channel)
    with pytest.raises(DeviceLostError) as lost:
        captured(camera, pusher.leave)
    assert lost.value.source == URI
    again = connected(camera.channel)
    assert captured(camera, lambda: again.push(jpeg())).samples


def test_a_pusher_whose_place_is_taken_is_lost_to_the_capture_under_way() -> None:
    camera = camera_of()
    connected(camera.channel)
    with pytest.raises(DeviceLostError):
        captured(camera, lambda: camera.channel.connect(take_over=True))


def test_a_capture_waits_for_a_browser() -> None:
    camera = camera_of()
    assert captured(camera, lambda: connected(camera.channel).push(jpeg())).samples
    camera.channel.close()
    with pytest.raises(NothingPresentedError, match="no browser is connected"):
        camera_of().capture(FACE, call(0.2))


def test_why_no_frame_came_is_told() -> None:
    camera = camera_of()
    pusher = connected(camera.channel)
    with pytest.raises(DeviceTimeoutError, match="sends no frames"):
        camera.capture(FACE, call(0.2))
    with pytest.raises(DeviceProtocolError):
        captured(camera, lambda: pusher.push(b"x"), CaptureRequest(positions=(Position.FACE,), timeout_s=0.3))


def test_a_camera_that_stands_still_ends_a_long_capture() -> None:
    camera = camera_of(limits=PushLimits(silence_s=0.2))
    pusher = connected(camera.channel)
    begun = time.monotonic()
    judging = CaptureRequest(positions=(Position.FACE,), timeout_s=PLENTY_S, judge=lambda _: FrameJudgement(score=None))
    with pytest.raises(DeviceTimeoutError):
        captured(camera, lambda: pusher.push(jpeg()), judging)
    assert time.monotonic() - begun < PLENTY_S / 2


def test_the_judge_chooses() -> None:
    camera = camera_of()
    pusher = connected(camera.channel)
    seen: list[Frame] = []

    def judge(frame: Frame) -> FrameJudgement:
        seen.append(frame)
        width = frame.pixels.shape[1]
        if len(seen) < 3:
            pusher.push(jpeg(width=150 if len(seen) == 1 else 400))
        return FrameJudgement(score=float(width), take=width == 400)

    request = CaptureRequest(positions=(Position.FACE,), timeout_s=PLENTY_S, judge=judge)
    got = captured(camera, lambda: pusher.push(jpeg(width=300)), request)
    assert (got.samples[0].sample.width, got.frames_seen) == (400, 3)


def test_a_judge_that_fails_leaves_nobody_waiting_for_frames() -> None:
    camera = camera_of()
    pusher = connected(camera.channel)

    def judge(_: Frame) -> FrameJudgement:
        raise ValueError("judge")

    with pytest.raises(ValueError, match="judge") as failed:
        captured(camera, lambda: pusher.push(jpeg()), CaptureRequest(positions=(Position.FACE,), judge=judge))
    assert not camera.channel.wanted, "not even while somebody holds the error"
    assert failed.tb is not None


def test_fingers_are_refused() -> None:
    with pytest.raises(DeviceRefusedError):
        camera_of().capture(CaptureRequest(positions=(Position.LEFT_INDEX,)), call())


def test_a_capture_that_waits_ends_when_it_is_cancelled_or_the_camera_closed() -> None:
    for end in ("cancel", "close"):
        camera, cancellation = camera_of(), Cancellation()
        thread = once_wanted(camera.channel, cancellation.cancel if end == "cancel" else camera.close)
        with pytest.raises(CaptureError) as ended:
            camera.capture(FACE, call(cancellation=cancellation))
        thread.join()
        assert isinstance(ended.value, CaptureCancelledError) == (end == "cancel")


def test_a_stream_ends_at_its_time_without_a_browser_and_fails_where_one_leaves() -> None:
    camera = camera_of()
    assert list(camera.stream(call(0.2))) == []
    pusher = connected(camera.channel)
    thread = once_wanted(camera.channel, pusher.leave)
    with pytest.raises(DeviceLostError):
        list(camera.stream(call()))
    thread.join()


def test_many_threads_push_while_one_reads() -> None:
    camera = camera_of(limits=PushLimits(most_a_second=100_000))
    pusher = connected(camera.channel)
    ending = threading.Event()

    def push() -> None:
        number = 0
        while not ending.is_set():
            number += 1
            assert pusher.push(jpeg(number) if number % 3 else b"garbage") in (
                None, PushRefusal.TOO_OFTEN, PushRefusal.NOT_A_PICTURE,
            )  # fmt: skip

    with ThreadPoolExecutor(4) as pool:
        pushing = [pool.submit(push) for _ in range(4)]
        frames = camera.stream(call())
        numbers = [next(frames).number for _ in range(20)]
        ending.set()
        for each in pushing:
            each.result()
    assert numbers == sorted(set(numbers))
