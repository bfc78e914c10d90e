"""Drivers that raise anything, give wrong things or never come back: a typed error in time, and then it works again."""

from __future__ import annotations

import itertools
import signal
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from biometrics.errors import (
    BiometricsError,
    CaptureCancelledError,
    CaptureError,
    DeviceBusyError,
    DeviceLostError,
    DeviceProtocolError,
    DeviceTimeoutError,
    ImageFormatError,
    ModelUnavailableError,
)
from biometrics.positions import Position
from biometrics.samples import now_utc
from devices.calls import Cancellation
from devices.conformance.waiting import PROMPT_S, within
from devices.contract import Captured, CapturedSample, CaptureRequest, DeviceInfo, Frame, FrameJudgement
from devices.opened import OpenDevice, open_device
from devices.worker import MOST_LEFT
from tests.devices.fakes import FACE, FakeDevice, FakeDriver, captured, described, frame, sample

SHORT = CaptureRequest(positions=(Position.FACE,), timeout_s=0.3)

pytestmark = pytest.mark.usefixtures("_hurry")


def raising(error: BaseException) -> Callable[..., Any]:
    def raise_it(*_: object) -> None:
        raise error

    return raise_it


def giving(value: object) -> Callable[..., Any]:
    return lambda *_: value


def used(device: OpenDevice, what: str, timeout_s: float = 5.0) -> object:
    if what == "stream":
        return list(itertools.islice(device.stream(timeout_s=timeout_s), 3))
    return device.capture(CaptureRequest(positions=(Position.FACE,), timeout_s=timeout_s))


def fails_and_works_again(fake: FakeDriver, what: str, how: Callable[..., Any], timeout_s: float = 5.0) -> CaptureError:
    """Let one thing go wrong, in an opening or a call, and return the error; afterwards all must be well."""
    if what in ("open", "info", "exclusive"):
        fake.on[what] = how
        with pytest.raises(CaptureError) as failed:
            within(timeout_s + PROMPT_S, lambda: open_device("fake:0", fake.drivers(), timeout_s=timeout_s))
        fake.on.clear()
        with open_device("fake:0", fake.drivers()) as device:
            assert device.capture(FACE).samples
        return failed.value
    with open_device("fake:0", fake.drivers()) as device:
        fake.on[what] = how
        with pytest.raises(CaptureError) as failed:
            within(timeout_s + PROMPT_S, lambda: used(device, what, timeout_s))
        fake.on.clear()
        assert device.capture(FACE).samples
        assert next(device.stream(timeout_s=5.0)).number >= 0
    return failed.value


@pytest.mark.parametrize("what", ["open", "info", "capture", "stream"])
@pytest.mark.parametrize(
    "error",
    [
        ValueError("hunter2"),
        KeyError("hunter2"),
        OSError(5, "hunter2"),
        MemoryError(),
        StopIteration("hunter2"),
        GeneratorExit(),
        KeyboardInterrupt(),
        SystemExit("hunter2"),
        BaseException("hunter2"),
        ImageFormatError("not an image"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_driver_raises_is_a_typed_error_without_its_words(
    fake: FakeDriver, what: str, error: BaseException
) -> None:
    failed = fails_and_works_again(fake, what, raising(error))
    assert type(failed) is DeviceProtocolError
    assert (failed.source, bool(failed.remedy)) == ("fake:0", True)
    assert "hunter2" not in "".join(traceback.format_exception(failed))
    assert isinstance(error, BiometricsError) or "the driver failed" in failed.message


@pytest.mark.parametrize(
    ("what", "given"),
    [
        ("open", None),
        ("open", object()),
        ("info", None),
        ("info", "a camera"),
        ("capture", None),
        ("capture", b"\xff\xd8"),
        ("capture", sample()),
        ("capture", Captured(samples=(sample(Position.RIGHT_INDEX),))),
        ("capture", Captured(samples=(sample(), sample()))),
        ("capture", Captured(samples=(sample(simulated=False),))),
        ("stream", None),
        ("stream", 7),
        ("stream", [None]),
        ("stream", ["frame"]),
        ("stream", itertools.repeat(frame())),
        ("stream", [frame(3), frame(2)]),
    ],
)
def test_wrong_answers_are_protocol_errors(fake: FakeDriver, what: str, given: object) -> None:
    failed = fails_and_works_again(fake, what, giving(given))
    assert type(failed) is DeviceProtocolError
    assert (failed.source, bool(failed.remedy)) == ("fake:0", True)


def test_values_that_cannot_be_made_are_typed_errors(fake: FakeDriver) -> None:
    assert fails_and_works_again(fake, "capture", lambda *_: Captured(samples=()))
    floats: Any = np.zeros((4, 4))
    assert fails_and_works_again(
        fake, "stream", lambda *_: iter([Frame(pixels=floats, number=0, captured_at=now_utc())])
    )
    with pytest.raises(DeviceProtocolError, match="empty"):
        Frame(pixels=np.zeros((0, 4), np.uint8), number=0, captured_at=now_utc())


@pytest.mark.parametrize("what", ["open", "info", "exclusive", "capture", "stream"])
def test_a_driver_that_hangs_for_good_is_given_up(fake: FakeDriver, what: str) -> None:
    failed = fails_and_works_again(fake, what, fake.hang, 0.3)
    assert isinstance(failed, DeviceTimeoutError)
    assert (failed.timeout_s, failed.source) == (0.3, "fake:0")


def test_a_stream_that_hangs_between_two_frames_is_given_up(fake: FakeDriver) -> None:
    def stopping(call: object) -> Any:
        yield frame()
        fake.hang()

    failed = fails_and_works_again(fake, "stream", stopping, 0.3)
    assert isinstance(failed, DeviceTimeoutError)


def test_a_driver_that_hangs_in_close_is_given_up_and_the_device_opened_again(fake: FakeDriver) -> None:
    fake.on["close"] = fake.hang
    device = open_device("fake:0", fake.drivers())
    within(PROMPT_S, device.close)
    with open_device("fake:0", fake.drivers()) as again:
        assert again.capture(FACE).samples


def test_a_device_that_hangs_is_asked_to_close_by_another_thread(fake: FakeDriver) -> None:
    waiting = threading.Event()
    fake.on["capture"] = lambda *_: waiting.wait()
    fake.on["close"] = waiting.set
    with open_device("fake:0", fake.drivers()) as device:
        with pytest.raises(DeviceTimeoutError):
            device.capture(SHORT)
        assert waiting.wait(PROMPT_S)


def test_a_device_that_opens_too_late_is_closed(fake: FakeDriver) -> None:
    fake.on["open"] = lambda call: fake.released.wait() and FakeDevice(fake)
    with pytest.raises(DeviceTimeoutError):
        open_device("fake:0", fake.drivers(), timeout_s=0.2)
    assert not fake.closed.is_set()
    fake.released.set()
    assert fake.closed.wait(PROMPT_S)


def test_threads_of_a_driver_that_hangs_do_not_pile_up(fake: FakeDriver) -> None:
    fake.on["capture"] = fake.on["close"] = fake.hang
    drivers, before = fake.drivers(), threading.active_count()
    errors = []
    for _ in range(MOST_LEFT):
        try:
            with open_device("fake:0", drivers) as device:
                device.capture(SHORT)
        except CaptureError as error:
            errors.append(type(error))
    assert errors[0] is DeviceTimeoutError
    assert errors[-1] is DeviceBusyError
    assert threading.active_count() - before <= MOST_LEFT + 2
    fake.on.clear()
    fake.released.set()
    _until(lambda: threading.active_count() <= before)
    with open_device("fake:0", drivers) as device:
        assert device.capture(FACE).samples


def test_cancelling_ends_a_call_that_hangs(fake: FakeDriver) -> None:
    fake.on["capture"] = fake.hang
    cancellation = Cancellation()
    with open_device("fake:0", fake.drivers()) as device:
        timer = threading.Timer(0.1, cancellation.cancel)
        timer.start()
        with pytest.raises(CaptureCancelledError):
            within(
                PROMPT_S, lambda: device.capture(CaptureRequest(positions=FACE.positions, timeout_s=60), cancellation)
            )
        timer.join()
        fake.on.clear()
        assert device.capture(FACE).samples


def test_ctrl_c_comes_through_a_call_that_hangs(fake: FakeDriver) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background ignores it
    try:
        _interrupt(fake)
    finally:
        signal.signal(signal.SIGINT, before)


def _interrupt(fake: FakeDriver) -> None:
    fake.on["capture"] = fake.hang
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(0.1, signal.pthread_kill, (main, signal.SIGINT))
    with open_device("fake:0", fake.drivers()) as device:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            within(PROMPT_S, lambda: device.capture(CaptureRequest(positions=FACE.positions, timeout_s=60)))
        timer.join()
        fake.on.clear()
        assert device.capture(FACE).samples


def test_a_flood_of_frames_leaves_the_newest_and_ends_in_time(fake: FakeDriver) -> None:
    fake.on["stream"] = lambda call: map(frame, itertools.count())
    with open_device("fake:0", fake.drivers()) as device:
        numbers = []
        begun = time.monotonic()
        for shown in device.stream(timeout_s=0.5):
            numbers.append(shown.number)
            time.sleep(0.05)
        assert time.monotonic() - begun < 0.5 + PROMPT_S
        assert numbers == sorted(set(numbers))
        assert numbers[-1] > len(numbers), "frames were left out"
        assert device.capture(FACE).samples


def test_what_a_judge_raises_comes_out_as_it_is_and_the_device_stays_open(fake: FakeDriver) -> None:
    def judged(request: CaptureRequest, call: object) -> Captured:
        assert request.judge is not None
        try:
            request.judge(frame())
        except ValueError as error:
            raise DeviceProtocolError("a driver takes it for its own") from error
        return captured()

    fake.on["capture"] = judged
    error = ValueError("of the judge")
    with open_device("fake:0", fake.drivers()) as device:
        for failure in (error, ModelUnavailableError("no weights"), KeyboardInterrupt()):
            with pytest.raises(type(failure)) as failed:
                device.capture(CaptureRequest(positions=FACE.positions, judge=raising(failure)))
            assert failed.value is failure
        with pytest.raises(TypeError, match="FrameJudgement"):
            device.capture(CaptureRequest(positions=FACE.positions, judge=giving(0.5)))
        good = giving(FrameJudgement(score=1.0))
        assert device.capture(CaptureRequest(positions=FACE.positions, judge=good)).samples
    assert fake.opens == 1


def test_what_drivers_tell_holds_no_secret_of_the_uri(fake: FakeDriver) -> None:
    uri, shown = "fake://user:secret@host/door?token=secret", "fake://host/door?token=***"
    told = DeviceInfo(descriptor=replace(described(uri), name=f"camera at {uri}"), details={"at": uri})
    fake.on["discover"] = giving((told.descriptor,))
    fake.on["info"] = lambda: told
    taken = CapturedSample(sample=replace(sample().sample, device=uri))
    fake.on["capture"] = giving(Captured(samples=(taken,)))
    found = fake.drivers().discover(5.0).devices
    assert [(one.uri, one.name) for one in found] == [(shown, f"camera at {shown}")]
    with open_device(uri, fake.drivers()) as device:
        assert "secret" not in repr(device.info)
        assert device.info.details == {"at": shown}
        assert device.capture(FACE).samples[0].sample.device == shown
        fake.on["capture"] = raising(DeviceLostError("user:secret@host is gone", remedy="ping user:secret@host"))
        with pytest.raises(DeviceLostError) as lost:
            device.capture(FACE)
    assert (lost.value.message, lost.value.source, lost.value.remedy) == ("host is gone", shown, "ping host")


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PROMPT_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)
