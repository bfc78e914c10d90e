from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import pytest

from biometrics.errors import CaptureCancelledError, CaptureError, DeviceBusyError, DeviceLostError, DeviceTimeoutError
from devices.asynchronous import AsyncDevice
from devices.calls import Call
from devices.contract import Captured, CaptureRequest, Frame
from tests.devices.fakes import FACE, FakeDevice, FakeDriver, frame
from tests.devices.test_bad_drivers import SHORT, raising

pytestmark = pytest.mark.usefixtures("_hurry")

LONG = CaptureRequest(positions=FACE.positions, timeout_s=60.0)

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(main, 30))


class Waiting:
    """A capture that waits until its call is over, as a good driver's does."""

    def __init__(self, fake: FakeDriver) -> None:
        self.begun, self.ended = threading.Event(), threading.Event()
        fake.on["capture"] = self

    def __call__(self, request: CaptureRequest, call: Call) -> Captured:
        self.begun.set()
        try:
            while True:
                call.wait(1.0)
        finally:
            self.ended.set()


async def _seen(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, 10)


def test_captures_and_frames_are_awaited(fake: FakeDriver) -> None:
    async def main() -> None:
        async with await AsyncDevice.open("fake:0", fake.drivers()) as device:
            assert device.info.descriptor.uri == "fake:0"
            assert (await device.capture(FACE)).samples
            numbers = []
            async for shown in device.stream(timeout_s=60.0):
                numbers.append(shown.number)
                if len(numbers) == 3:
                    break
            assert numbers == sorted(set(numbers))
            assert [shown async for shown in device.stream(timeout_s=0.2)]
            fake.on["capture"] = raising(DeviceLostError("pulled out"))
            with pytest.raises(DeviceLostError):
                await device.capture(FACE)
            fake.on.clear()
            assert (await device.capture(FACE)).samples
        await device.close()
        with pytest.raises(CaptureError, match="closed"):
            await device.capture(FACE)
        with pytest.raises(CaptureError, match="closed"):
            async for _ in device.stream(timeout_s=1.0):
                pass

    run(main())
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("device fake")]


def test_the_loop_goes_on_while_a_device_hangs(fake: FakeDriver) -> None:
    async def main() -> None:
        async with await AsyncDevice.open("fake:0", fake.drivers()) as device:
            fake.on["capture"] = fake.hang
            capture = asyncio.ensure_future(device.capture(SHORT))
            ticks = 0
            while not capture.done():
                await asyncio.sleep(0.01)
                ticks += 1
            assert ticks > 5
            with pytest.raises(DeviceTimeoutError):
                await capture
            fake.on.clear()
            assert (await device.capture(FACE)).samples

    run(main())


def test_a_cancelled_task_ends_its_call(fake: FakeDriver) -> None:
    async def main() -> None:
        async with await AsyncDevice.open("fake:0", fake.drivers()) as device:
            waiting = Waiting(fake)
            capture = asyncio.ensure_future(device.capture(LONG))
            await _seen(waiting.begun)
            with pytest.raises(DeviceBusyError):
                await device.capture(LONG)
            capture.cancel()
            with pytest.raises(asyncio.CancelledError):
                await capture
            assert waiting.ended.is_set()
            fake.on.clear()
            assert (await device.capture(FACE)).samples

    run(main())


def test_a_cancelled_task_gives_up_a_device_that_hangs(fake: FakeDriver) -> None:
    async def main() -> None:
        async with await AsyncDevice.open("fake:0", fake.drivers()) as device:
            fake.on["capture"] = fake.hang
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(device.capture(LONG), 0.2)
            fake.on.clear()
            assert (await device.capture(FACE)).samples

    run(main())


def test_a_reader_who_is_cancelled_ends_the_stream(fake: FakeDriver) -> None:
    ended = threading.Event()

    def stream(call: Call) -> Iterator[Frame]:
        yield frame()
        call.cancellation.wait(60.0)
        ended.set()

    fake.on["stream"] = stream

    async def main() -> None:
        async with await AsyncDevice.open("fake:0", fake.drivers()) as device:

            async def read() -> None:
                async for _ in device.stream(timeout_s=60.0):
                    pass

            with pytest.raises(TimeoutError):
                await asyncio.wait_for(read(), 0.3)
            await _seen(ended)
            assert (await device.capture(FACE)).samples

    run(main())


def test_an_opening_that_is_cancelled_leaves_nothing_open(fake: FakeDriver) -> None:
    begun = threading.Event()

    def opening(call: Call) -> FakeDevice:
        begun.set()
        call.cancellation.wait(60.0)
        return FakeDevice(fake)

    fake.on["open"] = opening

    async def main() -> None:
        task = asyncio.ensure_future(AsyncDevice.open("fake:0", fake.drivers(), timeout_s=60.0))
        await _seen(begun)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await _seen(fake.closed)

    run(main())


def test_closing_ends_a_capture_that_is_awaited(fake: FakeDriver) -> None:
    async def main() -> None:
        waiting = Waiting(fake)
        device = await AsyncDevice.open("fake:0", fake.drivers())
        capture = asyncio.ensure_future(device.capture(LONG))
        await _seen(waiting.begun)
        await device.close()
        with pytest.raises(CaptureCancelledError):
            await capture

    run(main())
