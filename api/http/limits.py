"""How much each client may ask: a bucket of tokens per client, filled by a clock that never goes back."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

_BURST_S = 10.0
"""A client may ask at once what it may ask within this long, and at least 10 times."""

_MOST_BUCKETS = 10_000
"""Clients remembered; the one that has been away longest is forgotten first, and begins with a full bucket."""


class RateLimits:
    """Counts the requests of clients in one worker.

    Parameters
    ----------
    workers
        Among how many workers each client's rate is divided.
    clock
        Seconds of a clock that never goes back.
    """

    def __init__(self, *, workers: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._workers = workers
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, client: str, per_minute: int) -> int:
        """Count a request; return 0 when it may be answered, else after how many seconds the next may be."""
        per_second = per_minute / 60.0 / self._workers
        room = max(10.0 / self._workers, per_second * _BURST_S, 1.0)
        now = self._clock()
        left, since = self._buckets.pop(client, (room, now))
        left = min(room, left + (now - since) * per_second)
        allowed = left >= 1.0
        self._buckets[client] = (left - 1.0 if allowed else left, now)
        if len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return 0 if allowed else max(1, math.ceil((1.0 - left) / per_second))
