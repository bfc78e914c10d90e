"""Devices as they are connected and pulled out."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from types import TracebackType

from devices.calls import Cancellation, check_timeout
from devices.contract import DeviceDescriptor
from devices.drivers import Drivers
from devices.worker import GRACE_S


class DeviceEventKind(Enum):
    """What happened to a device."""

    APPEARED = "appeared"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEvent:
    """A device can be opened now, or cannot any more."""

    kind: DeviceEventKind
    descriptor: DeviceDescriptor


class DeviceWatch(Iterator[DeviceEvent], AsyncIterator[DeviceEvent]):
    """Looks for devices again and again, and yields what changed: first all that are there.

    Iterate over it with `for` or `async for`; either ends when the watch is closed. Only a search that succeeds says
    that devices are gone: those of a driver that fails, or hangs, stay. A device that came and went unseen by the
    reader is not told of.

    Parameters
    ----------
    drivers
        Which look.
    interval_s
        Seconds between the end of a search and the next one.
    timeout_s
        Seconds that a driver may look.

    Raises
    ------
    CaptureError
        When one of these is no time to wait.
    """

    def __init__(self, drivers: Drivers, *, interval_s: float = 2.0, timeout_s: float = 5.0) -> None:
        self._drivers = drivers
        self._interval_s = check_timeout(interval_s)
        self._timeout_s = check_timeout(timeout_s)
        self._known: dict[str, dict[str, DeviceDescriptor]] = {}
        self._events: deque[DeviceEvent] = deque()
        self._changed = threading.Condition()
        self._woken: list[Callable[[], object]] = []
        self._ending = Cancellation()
        self._thread = threading.Thread(target=self._watch, name="device watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the watch, and whoever waits for an event; closing again does nothing."""
        self._ending.cancel()
        self._wake()
        if threading.current_thread() is not self._thread:
            self._thread.join(2 * GRACE_S)

    def __next__(self) -> DeviceEvent:
        """Wait for something to happen."""
        with self._changed:
            while not self._events and not self._ending.wanted:
                # In slices, so that a close from a signal's handler is seen.
                self._changed.wait(GRACE_S)
            if self._ending.wanted:
                raise StopIteration
            return self._events.popleft()

    async def __anext__(self) -> DeviceEvent:
        """Wait for something to happen, without blocking the loop."""
        loop = asyncio.get_running_loop()
        while True:
            woken = asyncio.Event()

            def wake(woken: asyncio.Event = woken) -> None:
                loop.call_soon_threadsafe(woken.set)

            with self._changed:
                if self._ending.wanted:
                    raise StopAsyncIteration
                if self._events:
                    return self._events.popleft()
                self._woken.append(wake)
            try:
                await woken.wait()
            finally:
                with self._changed:
                    if wake in self._woken:
                        self._woken.remove(wake)

    def __iter__(self) -> DeviceWatch:
        """Return itself."""
        return self

    def __aiter__(self) -> DeviceWatch:
        """Return itself."""
        return self

    def __enter__(self) -> DeviceWatch:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the watch."""
        self.close()

    def _watch(self) -> None:
        try:
            while not self._ending.wanted:
                for search in self._drivers.search(self._timeout_s, self._ending):
                    if search.problem is None:
                        self._found(search.driver, {device.uri: device for device in search.devices})
                self._ending.wait(self._interval_s)
        finally:
            # Whoever waits must not wait for a watch that has ended, for whatever reason.
            self._ending.cancel()
            self._wake()

    def _found(self, driver: str, now: dict[str, DeviceDescriptor]) -> None:
        before, self._known[driver] = self._known.get(driver, {}), now
        gone = [before[uri] for uri in before if uri not in now]
        appeared = [now[uri] for uri in now if uri not in before]
        with self._changed:
            for descriptor in gone:
                self._tell_gone(descriptor)
            for descriptor in appeared:
                self._events.append(DeviceEvent(kind=DeviceEventKind.APPEARED, descriptor=descriptor))
        if gone or appeared:
            self._wake()

    def _tell_gone(self, descriptor: DeviceDescriptor) -> None:
        """Tell that a device is gone, unless nobody was told yet that it had come."""
        unread = next(
            (
                event
                for event in reversed(self._events)
                if event.descriptor.uri == descriptor.uri and event.kind is DeviceEventKind.APPEARED
            ),
            None,
        )
        if unread is not None:
            self._events.remove(unread)
        else:
            self._events.append(DeviceEvent(kind=DeviceEventKind.GONE, descriptor=descriptor))

    def _wake(self) -> None:
        with self._changed:
            woken, self._woken = self._woken, []
            self._changed.notify_all()
        for wake in woken:
            try:
                wake()
            except RuntimeError:
                continue  # its loop was closed meanwhile
