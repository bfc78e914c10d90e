"""How long events may wait for their anchor, and how long they have: by a clock that nobody sets."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

_HOPELESS_TIMES = 10
"""A process that starts with this many times the events of an anchor waiting, and can anchor none, does not begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorPolicy:
    """When to anchor, when to alarm, and when nothing more may be recorded; seconds and events.

    Parameters
    ----------
    every_s, every_events
        The log is anchored once an event has waited so long, or so many wait.
    alarm_after_s, stop_after_s
        Once an event has waited so long, an alarm is raised, and then nothing more is recorded.
    """

    every_s: float = 300.0
    every_events: int = 10_000
    alarm_after_s: float = 1800.0
    stop_after_s: float = 14_400.0


class Waiting:
    """How many events wait for an anchor outside, and since when; safe to use from the threads of one process.

    Parameters
    ----------
    policy
        How long they may.
    anchored
        Events that an anchor covers, or that only tell of one, as delivered.
    size
        Events in the log.
    waited_s
        For how long the first of those behind has waited already, as far as the log tells.
    clock
        Seconds of a clock that never goes back.
    """

    def __init__(
        self,
        policy: AnchorPolicy,
        *,
        anchored: int,
        size: int,
        waited_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy, self._clock = policy, clock
        self._anchored = anchored
        self._size = size
        self._since = clock() - max(0.0, waited_s) if size > anchored else None
        self._hopeless = size - anchored > policy.every_events * _HOPELESS_TIMES

    @property
    def events(self) -> int:
        """Events that wait."""
        return max(0, self._size - self._anchored)

    @property
    def age_s(self) -> float:
        """For how long the first of them has waited; 0 when none does."""
        return 0.0 if self._since is None else self._clock() - self._since

    @property
    def due(self) -> bool:
        """Whether it is time for an anchor."""
        return self.events >= self._policy.every_events or (self.events > 0 and self.age_s >= self._policy.every_s)

    @property
    def alarming(self) -> bool:
        """Whether somebody should look."""
        return self._hopeless or self.age_s >= self._policy.alarm_after_s

    @property
    def stopped(self) -> bool:
        """Whether nothing more may be recorded."""
        return self._hopeless or self.age_s >= self._policy.stop_after_s

    def grew(self, size: int) -> None:
        """Note that the log has, or is about to have, so many events."""
        self._size = max(self._size, size)
        if self._since is None and self._size > self._anchored:
            self._since = self._clock()

    def found(self, size: int) -> None:
        """Note how many events the log has: a section that was rolled back did not make it grow."""
        self._size = size
        if size <= self._anchored:
            self._since = None
        else:
            self.grew(size)

    def covered(self, size: int, since_s: float | None) -> None:
        """Note that the sinks hold an anchor of so many events; those behind came after a moment of the clock."""
        self._anchored, self._hopeless = max(self._anchored, size), False
        if self._size <= self._anchored:
            self._since = None
        elif since_s is not None:
            self._since = since_s
