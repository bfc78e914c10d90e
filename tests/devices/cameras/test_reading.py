from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from biometrics.errors import CaptureError, DeviceLostError, DeviceProtocolError, DeviceTimeoutError
from biometrics.pictures import DecodedPicture
from devices.calls import Call, Cancellation
from devices.cameras import reading as reading_module
from devices.cameras.camera import info_of
from devices.cameras.live import LiveCamera, first_picture
from devices.cameras.reading import Reading, Taken
from devices.frames import Sensor
from tests.devices.cameras.pictures import levels, number_of

URI = "v4l2:0"


class Puppet:
    """A feed that gives what it is told to."""

    def __init__(self) -> None:
        self.coming: queue.Queue[int | Exception | None] = queue.Queue()
        self.opened_within = 0.0
        self.closed = threading.Event()

    def open(self, timeout_s: float) -> None:
        self.opened_within = timeout_s

    def read(self) -> Taken:
        told = self.coming.get()
        if told is None:
            raise DeviceLostError("interrupted", source=URI)
        if isinstance(told, Exception):
            raise told
        return Taken(decode=lambda: DecodedPicture(pixels=levels(told), ppi=None))

    def interrupt(self) -> None:
        self.coming.put(None)

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def feed() -> Puppet:
    return Puppet()


@contextmanager
def live(feed: Puppet) -> Iterator[LiveCamera]:
    feed.coming.put(1)
    reading, _ = first_picture(feed, URI, Call(URI, 20.0))
    sensor = Sensor(uri=URI)
    camera = LiveCamera(lambda: feed, reading, info_of(sensor, "camera", {}), sensor)
    try:
        yield camera
    finally:
        camera.close()
    assert feed.closed.wait(20)


def wait_for(reading: Reading, count: int) -> None:
    while reading.count < count:
        assert reading.newer(reading.count, Call(URI, 20.0)) is not None


def test_a_call_sees_only_pictures_that_were_taken_after_it_began(feed: Puppet) -> None:
    with live(feed) as camera:
        frames = camera.frames(Call(URI, 20.0))
        threading.Timer(0.1, feed.coming.put, (2,)).start()
        frame = next(frames)
        assert (number_of(frame.pixels), frame.number) == (2, 0)


def test_what_was_missed_shows_in_the_numbers(feed: Puppet) -> None:
    with live(feed) as camera:
        frames = camera.frames(Call(URI, 20.0))
        threading.Timer(0.1, feed.coming.put, (2,)).start()
        next(frames)
        for number in (3, 4, 5):
            feed.coming.put(number)
        wait_for(camera._reading, 5)
        frame = next(frames)
        assert (number_of(frame.pixels), frame.number) == (5, 3)


def test_a_camera_that_stands_still_is_given_up(feed: Puppet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "STALL_S", 0.2)
    with live(feed) as camera, pytest.raises(DeviceTimeoutError, match="no picture for"):
        next(camera.frames(Call(URI, 600.0)))


def test_a_failure_in_a_call_is_told_and_the_next_call_connects_anew(feed: Puppet) -> None:
    with live(feed) as camera:
        timer = threading.Timer(0.1, feed.coming.put, (DeviceLostError("pulled out", source=URI),))
        timer.start()
        with pytest.raises(DeviceLostError, match="pulled out"):
            next(camera.frames(Call(URI, 20.0)))
        timer.join()
        feed.closed.clear()
        feed.coming.put(7)
        assert number_of(next(camera.frames(Call(URI, 20.0))).pixels) == 7


def test_whatever_a_library_raises_is_a_typed_error(feed: Puppet) -> None:
    feed.coming.put(RuntimeError("with a password in it"))
    with pytest.raises(DeviceProtocolError) as failure:
        first_picture(feed, URI, Call(URI, 20.0))
    assert "password" not in str(failure.value)


def test_an_opening_that_is_given_up_gives_the_camera_back(feed: Puppet) -> None:
    with pytest.raises(DeviceTimeoutError):
        first_picture(feed, URI, Call(URI, 0.2))
    assert feed.closed.wait(20)


def test_closing_ends_a_call_that_waits(feed: Puppet) -> None:
    with live(feed) as camera:
        frames = camera.frames(Call(URI, 60.0))
        threading.Timer(0.1, camera.close).start()
        with pytest.raises(CaptureError):
            next(frames)
        with pytest.raises(CaptureError, match="is closed"):
            next(camera.frames(Call(URI, 60.0)))


def test_a_cancelled_call_just_ends(feed: Puppet) -> None:
    cancellation = Cancellation()
    threading.Timer(0.1, cancellation.cancel).start()
    with live(feed) as camera:
        assert list(camera.frames(Call(URI, 60.0, cancellation))) == []
