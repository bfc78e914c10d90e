"""How often a client may ask in vain: guessing identifiers or attributes becomes slow, honest mistakes do not."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from api.http.problems import Refusal

_SHARE = 10
"""One of so many requests that a client may make may be answered by no or by nobody, for as long as it goes on."""

_LEAST_PER_MINUTE = 10.0
_MOST_CLIENTS = 10_000


class MissLimit:
    """Counts answers of no and nobody per client, in one worker; safe to share between threads.

    Whoever has used up theirs gets no answer at all for a while: refusing only further misses would still tell them.

    Parameters
    ----------
    workers
        Among how many workers what a client may do is divided.
    clock
        Seconds of a clock that never goes back.
    """

    def __init__(self, *, workers: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._workers = workers
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._counting = threading.Lock()

    def require_room(self, client: str, per_minute: int) -> None:
        """Refuse a client that has asked in vain too often.

        Raises
        ------
        Refusal
            429, saying when it may ask again.
        """
        allowed = self._allowed_per_minute(per_minute)
        with self._counting:
            left = self._filled(client, allowed)
        if left < 1.0:
            wait_s = math.ceil((1.0 - left) * 60.0 / allowed)
            raise Refusal("rate", "too many questions of this client were in vain", retry_after_s=max(1, wait_s))

    def count(self, client: str, per_minute: int) -> None:
        """Count an answer of no or nobody."""
        allowed = self._allowed_per_minute(per_minute)
        with self._counting:
            left = self._filled(client, allowed)
            self._left[client] = (max(0.0, left - 1.0), self._clock())
            if len(self._left) > _MOST_CLIENTS:
                self._left.popitem(last=False)

    def _allowed_per_minute(self, per_minute: int) -> float:
        return max(1.0, max(_LEAST_PER_MINUTE, per_minute / _SHARE) / self._workers)

    def _filled(self, client: str, allowed: float) -> float:
        left, since = self._left.pop(client, (allowed, self._clock()))
        left = min(allowed, left + (self._clock() - since) * allowed / 60.0)
        self._left[client] = (left, self._clock())
        return left
