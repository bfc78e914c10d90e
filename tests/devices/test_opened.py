from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from biometrics.errors import (
    CaptureCancelledError,
    CaptureError,
    DeviceBusyError,
    DeviceLostError,
    DeviceNotFoundError,
    DeviceProtocolError,
    DeviceRefusedError,
    DeviceTimeoutError,
    DeviceTrustError,
    NothingPresentedError,
)
from devices.calls import Call, Cancellation
from devices.choices import DeviceChoices
from devices.conformance.waiting import PROMPT_S, within
from devices.contract import Captured, CaptureRequest, Frame
from devices.opened import open_device
from tests.devices.fakes import FACE, FakeDriver, frame, streamed
from tests.devices.test_bad_drivers import raising

LONG = CaptureRequest(positions=FACE.positions, timeout_s=60.0)


@pytest.mark.parametrize(
    ("error", "opens"),
    [
        (DeviceLostError("pulled out"), 2),
        (DeviceProtocolError("garbage"), 2),
        (DeviceTimeoutError("silent", timeout_s=1.0), 2),
        (DeviceTrustError("unsigned", check="unsigned"), 1),
        (DeviceRefusedError("no", code="7"), 1),
        (NothingPresentedError("nobody"), 1),
        (CaptureCancelledError("cancelled"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_what_leaves_the_device_unknown_opens_it_anew(fake: FakeDriver, error: CaptureError, opens: int) -> None:
    with open_device("fake:0", fake.drivers()) as device:
        fake.on["capture"] = raising(error)
        with pytest.raises(type(error)) as failed:
            device.capture(FACE)
        assert (failed.value, failed.value.source, bool(failed.value.remedy)) == (error, "fake:0", True)
        assert opens == 1 or fake.closed.wait(PROMPT_S)
        fake.on.clear()
        device.capture(FACE)
    assert fake.opens == opens


def test_a_device_that_is_gone_is_looked_for_at_every_call(fake: FakeDriver) -> None:
    with open_device("fake:0", fake.drivers()) as device:
        fake.on["capture"] = raising(DeviceLostError("pulled out"))
        fake.on["open"] = raising(DeviceNotFoundError("nothing there"))
        with pytest.raises(DeviceLostError):
            device.capture(FACE)
        for _ in range(20):
            with pytest.raises(DeviceNotFoundError):
                device.capture(FACE)
        with pytest.raises(DeviceNotFoundError):
            device.stream(timeout_s=5.0)
        fake.on.clear()
        assert device.capture(FACE).samples


def test_errors_hold_no_secret_of_the_uri(fake: FakeDriver) -> None:
    uri = "fake:http://user:hunter2@host/live?token=hunter3"
    fake.on["open"] = raising(
        DeviceNotFoundError(
            f"{uri} is not there", source=uri, remedy="look at http://user:hunter2@host/live?token=hunter3"
        )
    )
    with pytest.raises(DeviceNotFoundError) as failed:
        open_device(uri, fake.drivers())
    assert "hunter" not in f"{failed.value} {failed.value!r}"
    assert failed.value.__cause__ is None
    assert failed.value.source == "fake:http://host/live?token=***"


def test_a_call_that_is_not_wanted_any_more_is_not_made(fake: FakeDriver) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(CaptureCancelledError):
        open_device("fake:0", fake.drivers(), cancellation=cancellation)
    assert not fake.opens
    with open_device("fake:0", fake.drivers()) as device:
        with pytest.raises(CaptureCancelledError):
            device.capture(FACE, cancellation)
        with pytest.raises(CaptureCancelledError):
            device.stream(timeout_s=5.0, cancellation=cancellation)
        with pytest.raises(CaptureError, match="no time"):
            device.stream(timeout_s=float("nan"))
        device.capture(FACE)


def test_closing_ends_a_capture_and_a_stream_in_other_threads(fake: FakeDriver) -> None:
    capturing = threading.Event()

    def capture(request: CaptureRequest, call: Call) -> Captured:
        capturing.set()
        while True:
            call.wait(1.0)

    fake.on["capture"] = capture
    device = open_device("fake:0", fake.drivers())
    ended: list[BaseException] = []

    def capture_there() -> None:
        try:
            device.capture(LONG)
        except CaptureCancelledError as error:
            ended.append(error)

    thread = threading.Thread(target=capture_there)
    thread.start()
    assert capturing.wait(PROMPT_S)
    with pytest.raises(DeviceBusyError):
        device.stream(timeout_s=1.0)
    within(PROMPT_S, device.close)
    thread.join(PROMPT_S)
    assert len(ended) == 1
    device.close()

    other = open_device("fake:0", fake.drivers())
    stream = other.stream(timeout_s=60.0)
    next(stream)
    other.close()
    assert next(stream, None) is None
    with pytest.raises(CaptureError, match="closed"):
        other.stream(timeout_s=1.0)


def test_a_stream_that_nobody_holds_ends_at_the_device(fake: FakeDriver) -> None:
    ended = threading.Event()

    def stream(call: Call) -> Iterator[Frame]:
        yield frame()
        call.cancellation.wait(60.0)
        ended.set()

    fake.on["stream"] = stream
    with open_device("fake:0", fake.drivers()) as device:
        for _ in device.stream(timeout_s=60.0):
            break
        gc.collect()
        assert ended.wait(PROMPT_S)


def test_a_stream_is_closed_by_its_reader_or_ends_by_itself(fake: FakeDriver) -> None:
    with open_device("fake:0", fake.drivers()) as device:
        with device.stream(timeout_s=60.0) as stream:
            assert next(stream).number >= 0
        assert list(stream) == []
        stream.close()
        fake.on["stream"] = lambda call: iter(())
        assert list(device.stream(timeout_s=60.0)) == []
    assert fake.opens == 1


def test_a_stream_that_shows_nothing_in_its_time_is_a_device_that_does_not_answer(fake: FakeDriver) -> None:
    def nothing(call: Call) -> Iterator[Frame]:
        call.cancellation.wait(call.remaining_s)
        yield from ()

    fake.on["stream"] = nothing
    with open_device("fake:0", fake.drivers()) as device:
        with pytest.raises(DeviceTimeoutError):
            list(device.stream(timeout_s=0.2))
        fake.on["stream"] = streamed
        assert list(device.stream(timeout_s=0.2))


def test_an_error_in_a_stream_comes_after_the_frame_before_it(fake: FakeDriver) -> None:
    def lost(call: Call) -> Iterator[Frame]:
        yield frame()
        raise DeviceLostError("pulled out")

    fake.on["stream"] = lost
    with open_device("fake:0", fake.drivers()) as device:
        stream = device.stream(timeout_s=60.0)
        assert next(stream).number == 0
        with pytest.raises(DeviceLostError):
            next(stream)
        fake.on.clear()
        device.capture(FACE)
    assert fake.opens == 2


def test_another_stream_takes_the_place_of_the_first(fake: FakeDriver) -> None:
    with open_device("fake:0", fake.drivers()) as device:
        first = device.stream(timeout_s=60.0)
        second = device.stream(timeout_s=60.0)
        assert list(first) == []
        assert next(second).number >= 0


def test_an_exclusive_device_is_open_once_whatever_its_parameters(fake: FakeDriver, tmp_path: Path) -> None:
    fake.on["exclusive"] = lambda: True
    drivers = fake.drivers(DeviceChoices(state=tmp_path))
    with open_device("fake:0?a=1", drivers) as device:
        with pytest.raises(DeviceBusyError, match="this program"):
            open_device("fake:0?a=2", drivers)
        open_device("fake:1", drivers).close()
        fake.on["capture"] = raising(DeviceLostError("pulled out"))
        with pytest.raises(DeviceLostError):
            device.capture(FACE)
        del fake.on["capture"]
        with pytest.raises(DeviceBusyError):
            open_device("fake:0", drivers)
        assert device.capture(FACE).samples
    open_device("fake:0", drivers).close()
    fake.on["open"] = raising(DeviceNotFoundError("nothing there"))
    for _ in range(2):
        with pytest.raises(DeviceNotFoundError):
            open_device("fake:0", drivers)


def test_a_cancelled_stream_shows_nothing_that_was_under_way(fake: FakeDriver) -> None:
    waits = threading.Event()

    def stream(call: Call) -> Iterator[Frame]:
        yield frame()
        waits.set()
        call.cancellation.wait(60.0)

    fake.on["stream"] = stream
    cancellation = Cancellation()
    with open_device("fake:0", fake.drivers()) as device:
        frames = device.stream(timeout_s=60.0, cancellation=cancellation)
        assert waits.wait(PROMPT_S)
        cancellation.cancel()
        assert list(frames) == []
