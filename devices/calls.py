"""The time that a call at a device may take, and the wish to end it earlier."""

from __future__ import annotations

import math
import threading
import time
from weakref import WeakSet

from biometrics.errors import CaptureCancelledError, CaptureError, DeviceTimeoutError

LONGEST_TIMEOUT_S = 600.0
"""Ten minutes: longer than anybody stands at a device."""


class Cancellation:
    """Set once by whoever does not want a call any more; shared with the thread that serves it.

    Parameters
    ----------
    parents
        When one of them is cancelled, so is this one; not the other way round.
    """

    def __init__(self, *parents: Cancellation) -> None:
        self._wanted = threading.Event()
        # Entered again where a signal's handler cancels in the middle of an adoption.
        self._lock = threading.RLock()
        self._children: WeakSet[Cancellation] = WeakSet()
        for parent in parents:
            parent._adopt(self)

    @property
    def wanted(self) -> bool:
        """Whether somebody asked for the end."""
        return self._wanted.is_set()

    def cancel(self) -> None:
        """Ask for the end; asking again does nothing."""
        self._wanted.set()
        with self._lock:
            children = list(self._children)
        for child in children:
            child.cancel()

    def wait(self, seconds: float) -> bool:
        """Wait that long, or until the end is asked for; say whether it was."""
        return self._wanted.wait(max(0.0, seconds))

    def _adopt(self, child: Cancellation) -> None:
        with self._lock:
            self._children.add(child)
        if self.wanted:
            child.cancel()


class Call:
    """One call at a device: until when it must be answered, and whether it is still wanted.

    A driver asks `check` between steps, waits with `wait`, and gives `remaining_s` to whatever blocks.

    Parameters
    ----------
    uri
        Of the device, without secrets, for errors.
    timeout_s
        Seconds from now, above 0 and at most `LONGEST_TIMEOUT_S`.
    cancellation
        By which it is ended earlier.

    Raises
    ------
    CaptureError
        When the time is no such number.
    """

    def __init__(self, uri: str, timeout_s: float, cancellation: Cancellation | None = None) -> None:
        self.uri = uri
        self.timeout_s = check_timeout(timeout_s)
        self.cancellation = cancellation or Cancellation()
        self._deadline = time.monotonic() + timeout_s

    @property
    def over(self) -> bool:
        """Whether its time is up, or nobody wants it any more."""
        return self.cancellation.wanted or not self.remaining_s

    @property
    def remaining_s(self) -> float:
        """Seconds left, never less than 0."""
        return max(0.0, self._deadline - time.monotonic())

    def check(self) -> None:
        """Return while there is time and the call is wanted.

        Raises
        ------
        CaptureCancelledError
            When it is not wanted any more.
        DeviceTimeoutError
            When the time is up.
        """
        if self.cancellation.wanted:
            raise CaptureCancelledError("the capture was cancelled", source=self.uri, remedy="start it again")
        if not self.remaining_s:
            raise self.timed_out()

    def wait(self, seconds: float) -> None:
        """Wait that long, but no longer than the call may last.

        Raises
        ------
        CaptureCancelledError, DeviceTimeoutError
            As `check` does.
        """
        self.cancellation.wait(min(seconds, self.remaining_s))
        self.check()

    def timed_out(self) -> DeviceTimeoutError:
        """Return the error for a device that did not answer."""
        return DeviceTimeoutError(
            f"the device did not answer within {self.timeout_s:g} s",
            source=self.uri,
            remedy="see that it is connected and free, then try again",
            timeout_s=self.timeout_s,
        )


def check_timeout(timeout_s: float) -> float:
    """Return a time that a device may be waited for.

    Raises
    ------
    CaptureError
        When it is no number above 0, or above `LONGEST_TIMEOUT_S`.
    """
    if not (math.isfinite(timeout_s) and 0 < timeout_s <= LONGEST_TIMEOUT_S):
        raise CaptureError(
            f"{timeout_s} is no time to wait", remedy=f"give seconds, more than 0 and at most {LONGEST_TIMEOUT_S:g}"
        )
    return timeout_s
