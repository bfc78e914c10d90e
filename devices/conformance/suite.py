"""The tests that every driver passes: a test file derives from `DriverContract` and says how to rig its device."""

# ruff: noqa: D102 - a test speaks through its name

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from importlib.metadata import entry_points

import pytest

from biometrics.errors import CaptureCancelledError, CaptureError, DeviceRefusedError, NothingPresentedError
from biometrics.samples import now_utc
from devices.calls import Call, Cancellation
from devices.conformance.opened_suite import OpenedContract
from devices.conformance.rig import Rig
from devices.conformance.waiting import PROMPT_S, within
from devices.contract import Captured, CaptureRequest, Device, Driver, FrameJudgement
from devices.uris import DeviceUri


def the_driver(rig: Rig) -> Driver:
    """Load the driver of the rig's URI by its entry point."""
    scheme = DeviceUri.parse(rig.uri).scheme
    (point,) = entry_points(group="kura.drivers", name=scheme)
    driver: Driver = point.load()(rig.choices)
    return driver


def opened(rig: Rig, uri: str | None = None) -> closing[Device]:
    """Open the device of the rig with nothing in between; closed at the end of a `with`."""
    parsed = DeviceUri.parse(rig.uri if uri is None else uri)
    return closing(the_driver(rig).open(parsed, Call(parsed.shown, 10.0)))


def captured(device: Device, request: CaptureRequest, cancellation: Cancellation | None = None) -> Captured:
    """Capture with a call of the request's time."""
    return device.capture(request, Call(device.info.descriptor.uri, request.timeout_s, cancellation))


class DriverContract(OpenedContract):
    """Derive a class named `Test...` with a fixture `rig`, of class or module scope, that gives a `Rig`."""

    def test_it_is_a_driver(self, rig: Rig) -> None:
        driver = the_driver(rig)
        assert isinstance(driver, Driver)
        assert DeviceUri.parse(rig.uri).scheme in driver.schemes

    def test_it_says_what_it_is_even_once_it_is_closed(self, rig: Rig) -> None:
        with opened(rig) as device:
            assert isinstance(device, Device)
            descriptor = device.info.descriptor
            assert (descriptor.uri, descriptor.simulated) == (DeviceUri.parse(rig.uri).shown, rig.simulated)
            assert descriptor.name
        assert device.info.descriptor == descriptor

    def test_samples_say_where_when_and_what_they_show(self, rig: Rig) -> None:
        before = now_utc()
        with opened(rig) as device:
            got = captured(device, rig.request)
            for taken in got.samples:
                sample = taken.sample
                assert (sample.device, sample.simulated) == (DeviceUri.parse(rig.uri).shown, rig.simulated)
                assert before <= sample.captured_at <= now_utc()
                assert sample.captured_at.utcoffset() == timedelta(0)
                assert sample.ppi == device.info.ppi
                if rig.request.slap is None:
                    assert sample.position is rig.request.positions[0]
        assert got.frames_seen >= 1

    def test_captures_follow_each_other(self, rig: Rig) -> None:
        with opened(rig) as device:
            for _ in range(2):
                captured(device, rig.request)

    def test_a_closed_device_captures_and_shows_nothing(self, rig: Rig) -> None:
        with opened(rig) as device:
            pass
        device.close()
        with pytest.raises(CaptureError) as refused:
            captured(device, rig.request)
        assert (refused.value.source, bool(refused.value.remedy)) == (DeviceUri.parse(rig.uri).shown, True)
        with pytest.raises(CaptureError):
            next(iter(device.stream(Call(rig.uri, 2.0))))

    def test_wrong_uris_are_refused_with_a_remedy(self, rig: Rig) -> None:
        for uri in rig.wrong_uris:
            with pytest.raises(CaptureError) as refused, opened(rig, uri):
                pass
            assert (refused.value.source, bool(refused.value.remedy)) == (DeviceUri.parse(uri).shown, True), uri

    def test_a_device_that_is_not_there_is_not_found(self, rig: Rig) -> None:
        with pytest.raises(rig.absent) as refused, opened(rig, rig.absent_uri):
            pass
        assert (refused.value.source, bool(refused.value.remedy)) == (DeviceUri.parse(rig.absent_uri).shown, True)

    def test_a_stream_shows_frames_and_ends_when_asked_or_is_refused(self, rig: Rig) -> None:
        cancellation = Cancellation()
        with opened(rig) as device:
            call = Call(rig.uri, 60.0, cancellation)
            if not device.info.streams:
                with pytest.raises(DeviceRefusedError):
                    next(iter(device.stream(call)))
                return
            numbers = []
            begun = time.monotonic()
            for frame in device.stream(call):
                assert frame.pixels.dtype == "uint8"
                assert frame.captured_at.utcoffset() == timedelta(0)
                numbers.append(frame.number)
                if len(numbers) == 3:
                    cancellation.cancel()
                    begun = time.monotonic()
                assert len(numbers) <= 4, "a cancelled stream goes on"
            assert time.monotonic() - begun < PROMPT_S
            assert len(numbers) >= 3
            assert numbers == sorted(set(numbers)), "the numbers of frames rise"
            captured(device, rig.request)

    def test_a_stream_ends_when_its_time_is_up(self, rig: Rig) -> None:
        with opened(rig) as device:
            if not device.info.streams:
                pytest.skip("it shows no frames")
            begun = time.monotonic()
            for _ in device.stream(Call(rig.uri, 0.5)):
                assert time.monotonic() - begun < 0.5 + PROMPT_S

    def test_a_capture_waits_for_what_is_presented_until_its_time_is_up(self, rig: Rig) -> None:
        def expected(device: Device, request: CaptureRequest) -> None:
            with pytest.raises(NothingPresentedError) as nothing:
                captured(device, replace(request, timeout_s=0.5))
            assert bool(nothing.value.remedy)

        within(0.5 + PROMPT_S, lambda: while_idle(rig, expected))

    def test_a_waiting_capture_ends_when_cancelled_and_the_next_one_works(self, rig: Rig) -> None:
        def cancelled(device: Device, request: CaptureRequest) -> None:
            cancellation = Cancellation()
            timer = threading.Timer(0.3, cancellation.cancel)
            timer.start()
            try:
                with pytest.raises(CaptureCancelledError):
                    captured(device, replace(request, timeout_s=60.0), cancellation)
            finally:
                timer.join()

        within(0.3 + PROMPT_S, lambda: while_idle(rig, cancelled))
        with opened(rig) as device:
            captured(device, rig.request)

    def test_every_fault_is_a_typed_error_of_the_driver_itself(self, rig: Rig, subtests: pytest.Subtests) -> None:
        for name, fault in rig.faults.items():
            if fault.at_opening:
                continue
            with subtests.test(fault=name), opened(rig) as device:
                request = replace(rig.request, timeout_s=fault.timeout_s or rig.request.timeout_s)
                with fault.begin(), pytest.raises(fault.expected):
                    within(request.timeout_s + PROMPT_S, partial(captured, device, request))


def while_idle(rig: Rig, doing: Callable[[Device, CaptureRequest], None]) -> None:
    """Do something with the open device while nothing is presented at it."""
    if rig.idle is not None:
        with rig.idle() as uri, opened(rig, uri) as device:
            doing(device, rig.request)
        return
    with opened(rig) as device:
        doing(device, replace(rig.request, judge=lambda frame: FrameJudgement(score=None)))
