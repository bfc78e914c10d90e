"""The tests of a driver's device as applications use it: opened by `devices.opened`, pulled out, hung, shared."""

# ruff: noqa: D102 - a test speaks through its name

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import fields, replace
from pathlib import Path

import pytest

from biometrics.errors import BiometricsError, CaptureCancelledError, CaptureError, DeviceBusyError, DeviceRefusedError
from devices.calls import Cancellation
from devices.conformance.rig import Fault, Rig
from devices.conformance.waiting import PROMPT_S, within
from devices.contract import CaptureRequest, FrameJudgement
from devices.drivers import Drivers
from devices.opened import OpenDevice, open_device
from devices.uris import DeviceUri

_HOLDER = """
import json, sys
from pathlib import Path
from biometrics.errors import CaptureError
from devices.choices import DeviceChoices
from devices.drivers import Drivers
from devices.opened import open_device
chosen, paths, uri = json.loads(sys.stdin.readline())
choices = DeviceChoices(**chosen | {name: Path(path) for name, path in paths.items()})
try:
    with open_device(uri, Drivers(choices)) as device:
        print("open", flush=True)
        sys.stdin.read() if sys.argv[1:] else None
except CaptureError as error:
    print(error.kind, error, flush=True)
"""


class OpenedContract:
    """Part of `devices.conformance.suite.DriverContract`."""

    def test_discovery_finds_it(self, rig: Rig) -> None:
        found = Drivers(rig.choices).discover(rig.discovery_s, only=DeviceUri.parse(rig.uri).scheme)
        assert found.problems == ()
        if rig.discoverable:
            descriptor = {device.uri: device for device in found.devices}[DeviceUri.parse(rig.uri).shown]
            with open_device(descriptor.uri, Drivers(rig.choices)) as device:
                known = device.info.descriptor
                assert replace(descriptor, simulated=known.simulated) == known, (
                    "only opening may tell what is simulated"
                )

    def test_an_examination_misses_nothing_that_the_device_needs(self, rig: Rig) -> None:
        scheme = DeviceUri.parse(rig.uri).scheme
        findings = Drivers(rig.choices).examine(rig.discovery_s, only=scheme)[scheme]
        assert [finding for finding in findings if not finding.fine and not finding.optional] == []

    def test_an_open_device_captures_again_and_again_and_is_closed_once(self, rig: Rig) -> None:
        with opened(rig) as device:
            for _ in range(2):
                assert device.capture(rig.request).samples
            assert device.info.descriptor.uri == DeviceUri.parse(rig.uri).shown
        device.close()
        with pytest.raises(CaptureError, match="closed"):
            device.capture(rig.request)

    def test_every_fault_is_a_typed_error_in_time_and_the_next_capture_works(
        self, rig: Rig, subtests: pytest.Subtests
    ) -> None:
        for name, fault in rig.faults.items():
            with subtests.test(fault=name):
                (_opening_fails if fault.at_opening else _capturing_fails)(rig, fault)

    def test_a_waiting_capture_is_cancelled_from_another_thread(self, rig: Rig) -> None:
        cancellation = Cancellation()
        with idle(rig) as (device, request), _soon(cancellation.cancel):
            within(PROMPT_S, lambda: _is_cancelled(device, request, cancellation))

    def test_closing_ends_a_waiting_capture(self, rig: Rig) -> None:
        with idle(rig) as (device, request), _soon(device.close):
            within(PROMPT_S, lambda: _is_cancelled(device, request, None))

    def test_a_second_capture_meanwhile_is_refused(self, rig: Rig) -> None:
        cancellation = Cancellation()
        with idle(rig) as (device, request):

            def second() -> None:
                with pytest.raises(DeviceBusyError):
                    device.capture(request)
                cancellation.cancel()

            with _soon(second):
                _is_cancelled(device, request, cancellation)

    def test_a_capture_ends_a_stream_that_nobody_reads_any_more(self, rig: Rig) -> None:
        with opened(rig) as device:
            if not device.info.streams:
                with pytest.raises(DeviceRefusedError):
                    next(device.stream(timeout_s=5.0))
                return
            stream = device.stream(timeout_s=60.0)
            first = next(stream)
            assert first.pixels.size
            assert device.capture(rig.request).samples
            assert next(stream, None) is None

    def test_an_exclusive_device_belongs_to_one_process_until_it_dies(self, rig: Rig) -> None:
        if not Drivers(rig.choices).of(DeviceUri.parse(rig.uri)).exclusive:
            pytest.skip("it may be open in several programs")
        with opened(rig):
            told = _in_another_process(rig)
            assert told.startswith("DeviceBusyError"), told
            assert f"process {os.getpid()}" in told
        with _held_by_another_process(rig) as holder:
            with pytest.raises(DeviceBusyError, match=f"process {holder.pid}"), opened(rig):
                pass
            holder.send_signal(signal.SIGKILL)
            holder.wait(10)
            with opened(rig) as device:
                assert device.capture(rig.request).samples


def opened(rig: Rig, uri: str | None = None) -> OpenDevice:
    """Open the rig's device as an application does."""
    return open_device(rig.uri if uri is None else uri, Drivers(rig.choices))


@contextmanager
def idle(rig: Rig) -> Iterator[tuple[OpenDevice, CaptureRequest]]:
    """Open the device while nothing is presented at it, with a request that waits for a minute."""
    request = replace(rig.request, timeout_s=60.0)
    if rig.idle is None:
        request = replace(request, judge=lambda frame: FrameJudgement(score=None))
    with nullcontext(rig.uri) if rig.idle is None else rig.idle() as uri, opened(rig, uri) as device:
        yield device, request


def _capturing_fails(rig: Rig, fault: Fault) -> None:
    request = replace(rig.request, timeout_s=fault.timeout_s or rig.request.timeout_s)
    with opened(rig) as device:
        device.capture(rig.request)
        with fault.begin(), pytest.raises(fault.expected) as failed:
            within(request.timeout_s + PROMPT_S, lambda: device.capture(request))
        _is_told(failed.value, rig)
        assert device.capture(rig.request).samples


def _opening_fails(rig: Rig, fault: Fault) -> None:
    timeout_s = fault.timeout_s or rig.request.timeout_s

    def opening() -> None:
        open_device(rig.uri, Drivers(rig.choices), timeout_s=timeout_s).close()

    with fault.begin(), pytest.raises(fault.expected) as failed:
        within(timeout_s + PROMPT_S, opening)
    _is_told(failed.value, rig)
    with opened(rig) as device:
        assert device.capture(rig.request).samples


def _is_told(error: BiometricsError, rig: Rig) -> None:
    assert error.source
    assert error.remedy
    uri = DeviceUri.parse(rig.uri)
    assert uri.text == uri.shown or uri.text not in str(error)


def _is_cancelled(device: OpenDevice, request: CaptureRequest, cancellation: Cancellation | None) -> None:
    with pytest.raises(CaptureCancelledError):
        device.capture(request, cancellation)


@contextmanager
def _soon(doing: Callable[[], None]) -> Iterator[None]:
    timer = threading.Timer(0.3, doing)
    timer.start()
    try:
        yield
    finally:
        timer.join()


def _process(rig: Rig, *arguments: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )
    assert process.stdin is not None
    chosen = {one.name: getattr(rig.choices, one.name) for one in fields(rig.choices)}
    paths = {name: str(path) for name, path in chosen.items() if isinstance(path, Path)}
    plain = {name: dict(value) if isinstance(value, Mapping) else value for name, value in chosen.items()}
    told = ({name: value for name, value in plain.items() if name not in paths}, paths, rig.uri)
    process.stdin.write(json.dumps(told).encode() + b"\n")
    process.stdin.flush()
    return process


def _in_another_process(rig: Rig) -> str:
    with _process(rig) as process:
        told, _ = process.communicate(timeout=60)
    return told.decode()


@contextmanager
def _held_by_another_process(rig: Rig) -> Iterator[subprocess.Popen[bytes]]:
    with _process(rig, "hold") as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"open\n"
            yield process
        finally:
            process.kill()
