"""Open devices for programs that run an event loop: the loop is never blocked, and a cancelled task ends its call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

from devices.calls import Cancellation
from devices.contract import Captured, CaptureRequest, DeviceInfo, Frame
from devices.drivers import Drivers
from devices.opened import OpenDevice, open_device

T = TypeVar("T")


class AsyncDevice:
    """An open device whose calls are awaited; made by `AsyncDevice.open`, used from one loop.

    Its threads only wait: the driver's work is done in the thread of `OpenDevice`. A task that is cancelled cancels its
    call, and goes on being cancelled when that has ended, within a second or so whatever the driver does.
    """

    def __init__(self, device: OpenDevice, pool: ThreadPoolExecutor) -> None:
        self._device = device
        self._pool = pool
        self._closed = False

    @classmethod
    async def open(cls, uri: str, drivers: Drivers, *, timeout_s: float = 10.0) -> AsyncDevice:
        """Open a device, as `open_device` does and with its errors."""
        # For a frame, a capture that ends its stream, one that is refused, and the closing.
        pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="device calls")
        cancellation = Cancellation()
        opened: list[OpenDevice] = []

        def opening() -> OpenDevice:
            opened.append(open_device(uri, drivers, timeout_s=timeout_s, cancellation=cancellation))
            return opened[0]

        try:
            return cls(await _waited(pool, opening, cancellation), pool)
        except BaseException:
            # Cancelled in the moment in which it was open already.
            for device in opened:
                pool.submit(device.close)
            pool.shutdown(wait=False)
            raise

    @property
    def info(self) -> DeviceInfo:
        """What the device said when it was last opened."""
        return self._device.info

    async def capture(self, request: CaptureRequest) -> Captured:
        """Capture, as `OpenDevice.capture` does and with its errors."""
        cancellation = Cancellation()
        return await self._waited(lambda: self._device.capture(request, cancellation), cancellation)

    async def stream(self, *, timeout_s: float) -> AsyncIterator[Frame]:
        """Show what the device sees, as `OpenDevice.stream` does and with its errors."""
        cancellation = Cancellation()
        frames = await self._waited(
            lambda: self._device.stream(timeout_s=timeout_s, cancellation=cancellation), cancellation
        )
        try:
            while (frame := await self._waited(lambda: next(frames, None), cancellation)) is not None:
                yield frame
        finally:
            cancellation.cancel()
            await self._waited(frames.close, cancellation)

    async def close(self) -> None:
        """Give the device back, and end what is under way; closing again does nothing."""
        if not self._closed:
            self._closed = True
            try:
                await _waited(self._pool, self._device.close, Cancellation())
            finally:
                self._pool.shutdown(wait=False)

    async def __aenter__(self) -> AsyncDevice:
        """Return itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        await self.close()

    async def _waited(self, work: Callable[[], T], cancellation: Cancellation) -> T:
        # A closed device refuses at once, in no thread.
        return work() if self._closed else await _waited(self._pool, work, cancellation)


async def _waited(pool: ThreadPoolExecutor, work: Callable[[], T], cancellation: Cancellation) -> T:
    """Await something done in a thread; when the task is cancelled, cancel the call and wait for the thread."""
    future = asyncio.get_running_loop().run_in_executor(pool, work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        cancellation.cancel()
        await asyncio.wait([future])
        if not future.cancelled():
            future.exception()  # seen, so that the loop does not complain of it
        raise
