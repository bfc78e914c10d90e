"""Many prints on all cores."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from biometrics.arrays import GrayPixels
from devices.simulated.impression import take_impression
from devices.simulated.master import grow_master
from devices.simulated.profiles import ORDINARY, Profile
from devices.simulated.traits import FingerTraits

_AHEAD_PER_THREAD = 2
"""Finished prints that wait to be taken, per thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintOrder:
    """Which impressions of a finger are wanted."""

    traits: FingerTraits
    touches: tuple[int, ...]
    profile: Profile = ORDINARY


Delivery: TypeAlias = tuple[PrintOrder, tuple[GrayPixels, ...]]
"""An order and its pictures, one per touch."""


def simulate_prints(orders: Iterable[PrintOrder], *, threads: int) -> Iterator[Delivery]:
    """Yield every order with its pictures, in the order given, worked on `threads` at a time.

    Orders are taken as they are needed, a few ahead, so that any number of them streams through little memory.
    """
    remaining = iter(orders)
    waiting: deque[Future[Delivery]] = deque()
    pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="simulate")
    try:
        for order in islice(remaining, threads * _AHEAD_PER_THREAD):
            waiting.append(pool.submit(_deliver, order))
        while waiting:
            yield waiting.popleft().result()
            for order in islice(remaining, 1):
                waiting.append(pool.submit(_deliver, order))
    finally:
        pool.shutdown(cancel_futures=True)


def _deliver(order: PrintOrder) -> Delivery:
    master = grow_master(order.traits)
    return order, tuple(take_impression(master, touch, order.profile) for touch in order.touches)
