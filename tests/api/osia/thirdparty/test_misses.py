from __future__ import annotations

import pytest

from api.http.problems import Refusal
from api.osia.thirdparty.misses import MissLimit


class Clock:
    """Time that passes when a test says so."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def refused_s(limit: MissLimit, client: str = "bank", per_minute: int = 60) -> int:
    """Return for how long a client is refused, 0 where it is not."""
    try:
        limit.require_room(client, per_minute)
    except Refusal as refusal:
        assert refusal.status == 429
        assert refusal.retry_after_s is not None
        return refusal.retry_after_s
    return 0


def test_a_client_may_ask_in_vain_ten_times_a_minute_at_least() -> None:
    clock = Clock()
    limit = MissLimit(clock=clock)
    for _ in range(10):
        assert refused_s(limit) == 0
        limit.count("bank", 60)
    assert refused_s(limit) == 6
    assert refused_s(limit, "another") == 0
    clock.now_s += 5.9
    assert refused_s(limit) == 1
    clock.now_s += 0.2
    assert refused_s(limit) == 0
    limit.count("bank", 60)
    assert refused_s(limit) == 6


def test_asking_without_missing_costs_nothing() -> None:
    limit = MissLimit(clock=Clock())
    for _ in range(1_000):
        assert refused_s(limit) == 0


@pytest.mark.parametrize(("per_minute", "workers", "expected"), [(600, 1, 60), (600, 4, 15), (60, 4, 2), (1, 50, 1)])
def test_busy_clients_may_miss_more_and_workers_share(per_minute: int, workers: int, expected: int) -> None:
    limit, misses = MissLimit(workers=workers, clock=Clock()), 0
    while refused_s(limit, per_minute=per_minute) == 0:
        limit.count("bank", per_minute)
        misses += 1
    assert misses == expected


def test_a_long_absence_gives_no_more_than_a_minute_does() -> None:
    clock = Clock()
    limit = MissLimit(clock=clock)
    limit.count("bank", 60)
    clock.now_s += 1e6
    for _ in range(10):
        assert refused_s(limit) == 0
        limit.count("bank", 60)
    assert refused_s(limit) > 0
