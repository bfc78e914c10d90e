"""A thread that reads a camera and keeps its newest picture: whoever is slow misses pictures, and never sees old ones.

The thread also stands between a call and whatever a camera or a library does: a call waits for a picture no longer
than it may, even where a read never returns; such a thread is left behind, and gives the camera back when it wakes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from biometrics.errors import BiometricsError, CaptureError, DeviceProtocolError, DeviceTimeoutError
from biometrics.pictures import DecodedPicture
from biometrics.samples import now_utc
from devices.calls import Call
from devices.cameras.camera import is_over

STALL_S = 5.0
"""Between two pictures of an open camera; the slowest give one a second."""

_LOOK_S = 0.05
"""How often a call that waits looks whether it was cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A picture that came, not decoded yet.

    Parameters
    ----------
    decode
        Returns the picture, or raises `DeviceProtocolError`.
    at
        When it came, UTC.
    """

    decode: Callable[[], DecodedPicture]
    at: datetime = field(default_factory=now_utc)


@runtime_checkable
class Feed(Protocol):
    """A camera's pictures one after the other; used by one thread, but for `interrupt`."""

    def open(self, timeout_s: float) -> None:
        """Connect within that time; raise `CaptureError` by what went wrong."""
        ...

    def read(self) -> Taken:
        """Return the next picture; raise `CaptureError` when none comes within `STALL_S`, or none ever will."""
        ...

    def interrupt(self) -> None:
        """Let what the thread waits for end soon, where that is possible."""
        ...

    def close(self) -> None:
        """Give the camera back; also after `open` failed."""
        ...


class Reading:
    """Reads a feed from now until it is stopped, or fails.

    Parameters
    ----------
    feed
        Not open yet.
    uri
        Of the camera, without secrets, for errors.
    timeout_s
        To connect within.
    """

    def __init__(self, feed: Feed, uri: str, timeout_s: float) -> None:
        self._feed, self._uri = feed, uri
        self._change = threading.Condition()
        self._newest: Taken | None = None
        self._failure: BiometricsError | None = None
        self._stopped = self._over = False
        self.count = 0
        self._thread = threading.Thread(target=self._run, args=(timeout_s,), name="camera", daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether no picture will come any more."""
        return self._over

    def newer(self, than: int, call: Call) -> tuple[int, Taken] | None:
        """Return the newest picture and which one it is, counted from 1; None when the call is over before it comes.

        Parameters
        ----------
        than
            It comes after this one.

        Raises
        ------
        CaptureError
            When the camera failed, or gives no picture for too long.
        """
        stalled = time.monotonic() + STALL_S
        while not is_over(call):
            with self._change:
                if self._newest is not None and self.count > than:
                    return self.count, self._newest
                if self._failure is not None:
                    raise self._failure
                self._change.wait(min(_LOOK_S, call.remaining_s))
            if self.count and time.monotonic() > stalled:
                self.stop()
                raise stalled_error(self._uri)
        return None

    def stop(self) -> None:
        """End the thread; a call that waits for a picture is told that the camera is closed."""
        self._stopped = True
        self._feed.interrupt()
        with self._change:
            self._over = True
            self._change.notify_all()
        self._thread.join(timeout=0.5)

    def _run(self, timeout_s: float) -> None:
        failure: BiometricsError = CaptureError("the camera is closed", source=self._uri, remedy="open it again")
        try:
            self._feed.open(timeout_s)
            while not self._stopped:
                taken = self._feed.read()
                with self._change:
                    self._newest, self.count = taken, self.count + 1
                    self._change.notify_all()
        except BiometricsError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - nobody else would be told
            failure = DeviceProtocolError(
                f"the camera cannot be read: {type(error).__name__}", source=self._uri, remedy="try again"
            )
        finally:
            self._feed.close()
            with self._change:
                self._failure, self._over = failure, True
                self._change.notify_all()


def stalled_error(uri: str) -> DeviceTimeoutError:
    """Return the error for a camera that stands still."""
    return DeviceTimeoutError(
        f"the camera gave no picture for {STALL_S:g} s",
        source=uri,
        remedy="see that it is connected and free, then try again",
        timeout_s=STALL_S,
    )
