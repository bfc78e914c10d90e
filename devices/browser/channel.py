"""Where pushed frames become frames that are waited for: any thread pushes, the newest wins, one frame is kept.

It is kept only while somebody waits for frames, and what was pushed before does not count: whoever captures sees what
the camera sees now.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from biometrics.arrays import Pixels
from biometrics.samples import now_utc
from devices.browser.pushes import DEFAULT_LIMITS, PushLimits, PushRefusal, Rate, decode_push


class FrameChannel:
    """Between one pusher at a time and whoever waits for frames; every method may be called from any thread.

    Parameters
    ----------
    simulated
        Whether pictures that are marked as simulated may be pushed.
    limits
        How much may be pushed.
    """

    def __init__(self, *, simulated: bool = False, limits: PushLimits = DEFAULT_LIMITS) -> None:
        self.simulated = simulated
        self.limits = limits
        self.changed = threading.Condition()
        self.pusher: Pusher | None = None
        self.newest: tuple[Pixels, datetime] | None = None
        self.taken = 0
        self.refused = 0
        self.closed = False
        self._readers = 0
        self._watchers: list[Callable[[], None]] = []

    @property
    def wanted(self) -> bool:
        """Whether somebody waits for frames."""
        return self._readers > 0 and not self.closed

    def connect(self, *, take_over: bool = False) -> Pusher | None:
        """Become the pusher; None while there is another one, unless that may be sent away, and once it is closed."""
        with self.changed:
            if self.closed or (self.pusher is not None and not take_over):
                return None
            self.pusher = Pusher(self)
            self._tell()
            return self.pusher

    def disconnect(self, pusher: Pusher) -> None:
        """Let a pusher go, where it still is the pusher."""
        with self.changed:
            if self.pusher is pusher:
                self.pusher = None
                self._tell()

    def put(self, pusher: Pusher, pushed: Pixels | PushRefusal) -> PushRefusal | None:
        """Take a frame, or count what is none; None when it was taken."""
        with self.changed:
            if self.pusher is not pusher:
                return PushRefusal.NOT_CONNECTED
            if isinstance(pushed, PushRefusal):
                self.refused += 1
                return pushed
            self.taken += 1
            self.newest = (pushed, now_utc()) if self._readers else None
            self.changed.notify_all()
            return None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Want frames inside."""
        with self.changed:
            self._readers += 1
            self._tell()
        try:
            yield
        finally:
            with self.changed:
                self._readers -= 1
                if not self._readers:
                    self.newest = None
                self._tell()

    @contextmanager
    def watching(self, watcher: Callable[[], None]) -> Iterator[None]:
        """Call `watcher` inside, from any thread, when `wanted`, `closed` or the pusher may have changed."""
        with self.changed:
            self._watchers.append(watcher)
        try:
            yield
        finally:
            with self.changed:
                self._watchers.remove(watcher)

    def close(self) -> None:
        """Send the pusher away and end every waiting; closing again does nothing."""
        with self.changed:
            self.closed = True
            self.pusher = self.newest = None
            self._tell()

    def _tell(self) -> None:
        self.changed.notify_all()
        for watcher in self._watchers:
            watcher()


class Pusher:
    """Who pushes; made by `FrameChannel.connect`."""

    def __init__(self, channel: FrameChannel) -> None:
        self._channel = channel
        self._rate = Rate(channel.limits.most_a_second)
        self._decoding = threading.Lock()

    @property
    def connected(self) -> bool:
        """Whether nobody took its place, and neither side left."""
        return self._channel.pusher is self

    def push(self, data: bytes) -> PushRefusal | None:
        """Give one frame as JPEG or PNG; None when it was taken. It raises for nothing that `data` can be."""
        if not self.connected:
            return PushRefusal.NOT_CONNECTED
        if not self._decoding.acquire(blocking=False):  # one at a time bounds what decoding takes
            return PushRefusal.TOO_OFTEN
        try:
            if not self._rate.admits():
                return PushRefusal.TOO_OFTEN
            return self._channel.put(self, decode_push(data, self._channel.limits, simulated=self._channel.simulated))
        finally:
            self._decoding.release()

    def count_refused(self) -> None:
        """Tell of a frame that was refused before it was whole."""
        self._channel.put(self, PushRefusal.TOO_LARGE)

    def leave(self) -> None:
        """Push no more: whoever waits for frames learns that the camera is gone. Leaving again does nothing."""
        self._channel.disconnect(self)
